"""What a job does, part by part; one repeated after a crash runs nothing twice."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row

from heuresis.contract import Cost
from heuresis.errors import ServiceError
from heuresis.memory import jobs
from heuresis.memory.jobs import JobStatus
from heuresis.memory.ledger import Ledger
from heuresis.serving import catalogue
from heuresis.serving.context import Context
from heuresis.serving.faults import reach
from heuresis.serving.lab import Lab
from heuresis.serving.remote.above import Assistant, Campaigns, StoppedError

AT_ONCE: Mapping[Cost, int] = {  # requests between two looks at whether somebody asked to stop
    Cost.FREE: 256,
    Cost.CHEAP: 8,
    Cost.MODERATE: 1,
    Cost.DEAR: 1,
}
MAX_TEXT_CHARS = 4_000  # of an event


@dataclass(frozen=True)
class Ending:
    """How a job ended, or that it waits."""

    status: JobStatus
    reason: str
    facts: Mapping[str, Any]


@dataclass(frozen=True)
class Work:
    """Does jobs of every kind.

    Attributes:
        lab: The door to tools.
        assistant: Answers messages; None where there is none.
        campaigns: Searches; None where there are none.
        is_leaving: Whether this process is about to end.
    """

    lab: Lab
    assistant: Assistant | None
    campaigns: Campaigns | None
    is_leaving: Callable[[], bool]

    def do(self, job: Row[Any]) -> Ending | None:
        """Do a job from where it stands; None where it was put down, for somebody to go on with.

        Raises:
            HeuresisError: What stopped it.
        """
        kinds = {"tool": self._tool, "turn": self._turn, "campaign": self._campaign}
        body = json.loads(job.body)
        return kinds[job.kind](job, body)

    @property
    def _ledger(self) -> Ledger:
        return self.lab.ledger

    def _tool(self, job: Row[Any], body: dict[str, Any]) -> Ending | None:
        requests = body["requests"]
        n_at_once = AT_ONCE[catalogue.load(body["tool"]).card.cost]
        at = job.n_done
        while at < len(requests):
            if self.is_leaving():
                return None
            context = Context(origin=f"{job.channel}:{job.key_id}:{job.id}:{at}")
            part = requests[at : at + n_at_once]
            outcomes = self.lab.run_many(body["tool"], part, context, body["backend"])
            reach("job.ran")
            told = [[one.run_id, one.status.value, one.cached] for one in outcomes]
            facts = {"first": at, "n_total": len(requests), "runs": told}
            at += len(part)
            if not jobs.progress(self._ledger, job.id, at, "progressed", facts | {"n_done": at}):
                return self._stopped(job) if at < len(requests) else _done(len(requests))
            reach("job.told")
        return _done(len(requests))

    def _turn(self, job: Row[Any], body: dict[str, Any]) -> Ending | None:
        if self.assistant is None:
            raise ServiceError("assistant: none here; `heuresis api serve` offers one")
        self.assistant.say(body["session_id"], body["text"], body["files"], job.id)
        try:
            said = self.assistant.answer(job.id, self._watch(job))
        except StoppedError:
            return self._stopped(job)
        facts = {"text": said.text, "ending": said.ending, **said.facts}
        return Ending("waiting" if said.ending == "waiting" else "done", "", facts)

    def _campaign(self, job: Row[Any], body: dict[str, Any]) -> Ending | None:
        if self.campaigns is None:
            raise ServiceError("campaigns: none here; `heuresis api serve` offers them")
        self.campaigns.start(body["spec"], job.id)
        try:
            self.campaigns.drive(job.id, self._watch(job))
        except StoppedError:
            ending = self._stopped(job)
            if ending is not None:
                self.campaigns.stop(job.id)
            return ending
        return Ending("done", "", {"campaign_id": job.id})

    def _watch(self, job: Row[Any]) -> Callable[[str, str, Mapping[str, Any]], None]:
        """Return what notes events, and ends what it watches where it must not go on."""

        def note(name: str, text: str, facts: Mapping[str, Any]) -> None:
            body = {"text": text[:MAX_TEXT_CHARS], "facts": _small(facts)}
            goes_on = jobs.progress(self._ledger, job.id, 0, name, body)
            if not goes_on or self.is_leaving():
                raise StoppedError(f"job {job.id}: stopped")

        return note

    def _stopped(self, job: Row[Any]) -> Ending | None:
        if not jobs.is_cancelled(self._ledger, job.id):
            return None
        return Ending("cancelled", "cancelled by its caller", {})


def _done(n_total: int) -> Ending:
    return Ending("done", "", {"n_done": n_total, "n_total": n_total})


def _small(facts: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return facts that an event can carry; what is long is in the ledger anyway."""
    return facts if len(json.dumps(facts, default=str)) <= MAX_TEXT_CHARS else {}
