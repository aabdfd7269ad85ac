"""What the API and the MCP server offer of the rooms above serving, joined here only."""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel
from sqlalchemy import Row

from heuresis.agent.assistant import turn
from heuresis.agent.assistant.state import Event
from heuresis.agent.campaign import check, drive, start
from heuresis.agent.report.summary import summary_table
from heuresis.agent.spec import CampaignSpec
from heuresis.agent.state import Progress
from heuresis.commands.campaign_view import standing
from heuresis.errors import RequestError
from heuresis.memory import approval_queue, campaigns, grants, sessions
from heuresis.memory.ledger import Ledger
from heuresis.serving.context import Context
from heuresis.serving.jobs.crew import Crew
from heuresis.serving.lab import Lab
from heuresis.serving.open_lab import open_recall
from heuresis.serving.remote.above import OnEvent, Said
from heuresis.serving.remote.doorkeeper import Doorkeeper
from heuresis.serving.remote.parts import Parts
from heuresis.serving.remote.refusals import UnknownError
from heuresis.settings import Settings

N_BEST = 10


@dataclass(frozen=True)
class AssistantHere:
    """The assistant of this installation."""

    lab: Lab
    settings: Settings

    def say(
        self, session_id: str, text: str, files: Sequence[Mapping[str, Any]], message_id: str
    ) -> None:
        """See `Assistant.say`."""
        facts = {"attachments": [dict(one) for one in files]}
        ledger = self.lab.ledger
        sessions.say(ledger, session_id, "person", text, facts=facts, message_id=message_id)

    def answer(self, message_id: str, on_event: OnEvent) -> Said:
        """See `Assistant.answer`."""

        def tell(event: Event) -> None:
            on_event(event.name, event.text, event.facts)

        came_to = turn.answer(message_id, self.lab, self.settings, tell)
        told = {name: came_to.facts[name] for name in ("runs", "fills") if name in came_to.facts}
        return Said(came_to.ending, came_to.text, {**told, "approvals": list(came_to.approvals)})


@dataclass(frozen=True)
class CampaignsHere:
    """The campaigns of this installation."""

    lab: Lab
    settings: Settings

    @property
    def spec(self) -> type[BaseModel]:
        """See `Campaigns.spec`."""
        return CampaignSpec

    def check(self, spec: CampaignSpec) -> None:
        """See `Campaigns.check`; names no file of this computer, whatever the caller asks for."""
        for text in _texts(spec.model_dump(mode="json")):
            if text.startswith("@"):
                raise RequestError(f"{text[:80]!r}: got a file's name, allowed: its content")
        check(spec)

    def start(self, spec: str, campaign_id: str) -> None:
        """See `Campaigns.start`."""
        start(CampaignSpec.model_validate_json(spec), self.lab, self.settings, campaign_id)

    def drive(self, campaign_id: str, on_event: OnEvent) -> None:
        """See `Campaigns.drive`."""

        def tell(progress: Progress) -> None:
            facts = {"round": progress.round, "rounds": progress.rounds}
            on_event("progressed", f"{progress.node}: {progress.text}", facts)

        spec = campaigns.get(self.lab.ledger, campaign_id).spec_digest
        began = Context(origin=f"http:campaign:{campaign_id}", asked=spec)  # no person's command
        recall = open_recall(self.lab, self.settings)
        drive(campaign_id, self.lab, self.settings, recall, tell, began)

    def stop(self, campaign_id: str) -> None:
        """See `Campaigns.stop`."""
        campaigns.end(self.lab.ledger, campaign_id, "person")

    def standing(self, campaign_id: str) -> dict[str, Any]:
        """See `Campaigns.standing`."""
        try:
            row = campaigns.get(self.lab.ledger, campaign_id)
        except RequestError:
            return {}  # queued, and not yet begun
        best = summary_table(self.lab, row.id, N_BEST)
        found = {**standing(self.lab.ledger, row), "best": best}
        return dict(json.loads(json.dumps(found, default=str)))


@dataclass(frozen=True)
class ApprovalsHere:
    """A person's word, given with an `admin` key."""

    lab: Lab

    def decide(self, request_id: str, scope: str, who: str, why: str) -> str:
        """See `Approvals.decide`."""
        request = _found(approval_queue.find_request, self.lab, request_id)
        if scope == "denied":
            return grants.deny(self.lab.ledger, request, who, why)
        return grants.grant(self.lab.ledger, request, scope, who, why)

    def revoke(self, decision_id: str, who: str, why: str) -> None:
        """See `Approvals.revoke`."""
        decision = _found(approval_queue.find_decision, self.lab, decision_id)
        grants.revoke(self.lab.ledger, decision, who, why)


def make_parts(lab: Lab, settings: Settings, *, keyless: bool, n_threads: int = 2) -> Parts:
    """Join what this installation offers.

    Args:
        lab: The door to tools.
        settings: Where things are.
        keyless: Whether callers of this computer need no key as long as none was made.
        n_threads: Jobs done at the same time.
    """
    assistant, found = AssistantHere(lab, settings), CampaignsHere(lab, settings)
    crew = Crew(lab, assistant, found, n_threads=n_threads, lease_s=settings.lease_s)
    return Parts(
        lab=lab,
        recall=open_recall(lab, settings),
        crew=crew,
        doorkeeper=Doorkeeper(lab.ledger, keyless=keyless),
        assistant=assistant,
        campaigns=found,
        approvals=ApprovalsHere(lab),
        session_hours=settings.approval_session_hours,
    )


def _found(find: Callable[[Ledger, str], Row[Any]], lab: Lab, name: str) -> Row[Any]:
    try:
        return find(lab.ledger, name)
    except RequestError as error:
        raise UnknownError(f"approval {name!r}: got an unknown id") from error


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict | list):
        for part in value.values() if isinstance(value, dict) else value:
            yield from _texts(part)
