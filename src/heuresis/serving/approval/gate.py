"""The lab's step that asks whether a call may run by itself; whatever goes wrong here blocks.

Hazards and privacy are judged before, by screens that no approval passes over.
"""

import hashlib
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from heuresis.contract import Backend, FileRef, texts_in
from heuresis.errors import PolicyError, RequestError, ServiceError
from heuresis.memory import approvals
from heuresis.memory.approvals import Asking, Standing
from heuresis.memory.ledger import Ledger, now
from heuresis.memory.policy_log import log_policy_events
from heuresis.serving.approval.judging import Facts, Ruling, judge
from heuresis.serving.approval.origins import asker_of, kind_of, party_of, session_of
from heuresis.serving.approval.rules import RuleBook, rule_book
from heuresis.serving.context import Context
from heuresis.serving.privacy import PrivacyPolicy
from heuresis.serving.slot import Slot
from heuresis.settings import Settings
from heuresis.tools.registry import AnyTool

PREFIX = "approval"
CANNOT = "the rules of approval could not be applied, so nothing runs"


@dataclass(frozen=True)
class Call:
    """One call as the rules see it: a tool, its backend, and who began it.

    Attributes:
        tool: What is asked.
        backend: Which way.
        origin: Of the call.
        cause: Origin of whoever began it: the call's own, or that of the call that needs it.
        asked: Digest of what a person was shown; empty for the requests themselves.
    """

    tool: AnyTool
    backend: Backend[Any, Any]
    origin: str
    cause: str
    asked: str = ""

    @classmethod
    def of(cls, tool: AnyTool, backend: Backend[Any, Any], context: Context) -> "Call":
        """Describe a call made in a context."""
        return cls(tool, backend, context.origin, context.cause or context.origin, context.asked)


class ApprovalGate:
    """Judges calls by the rules, and looks up what a person allowed.

    Args:
        ledger: Where approvals are.
        settings: The person's rules, and how long an approval for a session holds.
    """

    def __init__(self, ledger: Ledger, settings: Settings) -> None:
        self._ledger = ledger
        self._settings = settings
        self._privacy = PrivacyPolicy(settings.egress_allowed)

    def book(self) -> RuleBook:
        """Return the rules in force now.

        Raises:
            RequestError: The person's file cannot be read, or breaks the form.
        """
        return rule_book(self._settings.own_rules)

    def rule(
        self,
        call: Call,
        *,
        has_files: bool | None = None,
        arguments: Callable[[], Any] | None = None,
    ) -> Ruling:
        """Judge a call, or as much as is known of it.

        Args:
            call: What is asked, and who began it.
            has_files: Whether the request names files; None where that is not known.
            arguments: Returns the request as JSON data; None where it is not known.

        Raises:
            RequestError: The person's file of rules cannot be read, or breaks the form.
        """
        is_endpoint = call.backend.kind == "endpoint"
        server = str(getattr(call.backend, "endpoint", "")) if is_endpoint else None
        facts = Facts(
            tool=call.tool.name,
            cost=call.tool.card.cost,
            origin=kind_of(call.cause),
            party=party_of(call.cause),
            backend=call.backend.name,
            server=server,
            is_released=server is not None and self._privacy.releases(server),
            has_files=has_files,
            arguments=arguments,
        )
        return judge(self.book(), facts)

    def look(self, call: Call, ruling: Ruling, n: int | None) -> Standing:
        """Return how a call stands that was ruled to be asked for; it waits in the queue, if new.

        Args:
            call: With the digest of what the person is shown.
            ruling: What the rules said.
            n: How many requests it is, at most; None for all those of a campaign.
        """
        asking = _asking(call, ruling, call.asked, n)
        return approvals.look(self._ledger, asking, self._settings.approval_session_hours)

    def screen(self, call: Call, slots: Sequence[Slot]) -> None:
        """Let requests pass, or give them a PolicyError that says what a person can do.

        Raises:
            ServiceError: The ledger cannot be read or written; then nothing runs either.
        """
        if not slots:
            return
        try:
            self._screen(call, slots)
        except ServiceError:
            raise
        except RequestError as error:
            self._refuse(call, "cannot_run", f"{CANNOT}: {error}", slots)
        except Exception as error:  # noqa: BLE001  # rules that break must block, whatever broke
            self._refuse(call, "cannot_run", f"{CANNOT} ({type(error).__name__})", slots)

    def _screen(self, call: Call, slots: Sequence[Slot]) -> None:
        for ruling, mine in self._judged(call, slots):
            if ruling.verdict == "ask" and ruling.is_sure:
                self._ask(call, ruling, mine)
            elif ruling.verdict != "allowed" or not ruling.is_sure:
                self._refuse(call, ruling.rule_id, ruling.why, mine)

    def _judged(self, call: Call, slots: Sequence[Slot]) -> list[tuple[Ruling, list[Slot]]]:
        """Group the requests by what the rules say."""
        ruling = self.rule(call)
        if ruling.is_sure:  # no rule before it looks at single requests
            return [(ruling, list(slots))]
        groups: dict[Ruling, list[Slot]] = {}
        for slot in slots:
            groups.setdefault(self._rule_one(call, slot), []).append(slot)
        return list(groups.items())

    def _rule_one(self, call: Call, slot: Slot) -> Ruling:
        has_files = bool(texts_in(slot.request, FileRef))
        return self.rule(call, has_files=has_files, arguments=lambda: json.loads(slot.text))

    def _ask(self, call: Call, ruling: Ruling, slots: Sequence[Slot]) -> None:
        """Pass what a person allowed; the rest waits, and says under which id."""
        asking = _asking(call, ruling, call.asked or digest_of_texts(slots), len(slots))
        hours = self._settings.approval_session_hours
        # By the cause: the needs of a step belong to it.
        standing = approvals.take(self._ledger, asking, hours, origin=call.cause)
        if standing.state == "granted":
            why = f"allowed by the approval {standing.approval_id}"
            self._log(call, ruling.rule_id, why, asking.arguments, level="ok")
            return
        self._refuse(call, ruling.rule_id, told(ruling, standing), slots)

    def _refuse(self, call: Call, rule_id: str, why: str, slots: Sequence[Slot]) -> None:
        for slot in slots:
            slot.error = PolicyError(f"{PREFIX}.{rule_id}: {why}")
        self._log(call, rule_id, why, call.asked or digest_of_texts(slots), level="blocked")

    def _log(self, call: Call, rule_id: str, why: str, subject: str, *, level: str) -> None:
        row = {
            "origin": call.origin,
            "tool": call.tool.name,
            "phase": f"{PREFIX}:{level}",
            "level": level,
            "rule_id": f"{PREFIX}.{rule_id}",
            "reason": why,
            "subject": subject,
            "rules_digest": self._rules_digest(),
            "at": now(),
        }
        log_policy_events(self._ledger, [row])

    def _rules_digest(self) -> str:
        try:
            return self.book().digest
        except RequestError:
            return f"{PREFIX}:unreadable"


def told(ruling: Ruling, standing: Standing) -> str:
    """Say why a call does not run, and what a person can do."""
    if standing.state == "denied":
        said = f" ({standing.why})" if standing.why else ""
        return f"a person denied it{said}; the rule asks because {ruling.why}"
    if standing.state == "crowded":
        return f"{ruling.why}; too many calls wait already, see `heuresis approval list`"
    grant = f"heuresis approval grant {standing.request_id}"
    return f"{ruling.why}, so a person is asked first: `{grant}`"


def digest_of_texts(slots: Sequence[Slot]) -> str:
    """Digest what is asked of a tool, in whatever order."""
    text = "\x1f".join(sorted(slot.text for slot in slots))
    return "sha256:" + hashlib.sha256(text.encode()).hexdigest()


def _asking(call: Call, ruling: Ruling, arguments: str, n: int | None) -> Asking:
    session_id, message_id = session_of(call.cause)
    card, many = call.tool.card, "a whole campaign" if n is None else f"{n} request(s)"
    where = str(getattr(call.backend, "endpoint", ""))
    sent = f" Data goes to {where or 'a server'}." if call.backend.kind == "endpoint" else ""
    return Asking(
        asker=asker_of(call.cause),
        coverage=ruling.coverage,
        arguments=arguments,
        tool=card.name,
        backend=call.backend.name,
        rule_id=ruling.rule_id,
        text=f"{card.name}, {many}, cost class {card.cost}: {ruling.why}.{sent}",
        session_id=session_id,
        message_id=message_id,
    )
