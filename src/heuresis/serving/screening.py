"""Steps 3 and 9 of the lab: policies judge; silence, an error or a short answer all block."""

from collections.abc import Callable, Sequence
from typing import Any

from heuresis.contract import Backend
from heuresis.errors import PolicyError
from heuresis.memory.ledger import Ledger, now
from heuresis.memory.policy_log import log_policy_events
from heuresis.serving.context import Context
from heuresis.serving.policy import EgressPolicy, Policy, Verdict, worst
from heuresis.serving.slot import Slot

Ask = Callable[[Any], list[Verdict]]


def screen_before(
    ledger: Ledger, policies: Sequence[Policy], tool: str, slots: Sequence[Slot], context: Context
) -> None:
    """Judge requests; a blocked slot gets a PolicyError, a reviewed one a flag."""
    _log(ledger, judge_before(policies, tool, slots, context))


def judge_before(
    policies: Sequence[Policy], tool: str, slots: Sequence[Slot], context: Context
) -> list[dict[str, str]]:
    """Do as `screen_before`, and return the events for who writes them."""
    requests = [slot.request for slot in slots if slot.request is not None]
    verdicts = _judge(policies, len(requests), lambda policy: policy.before(tool, requests))
    return _apply(policies, tool, "before", slots, verdicts, context)


def screen_after(
    ledger: Ledger, policies: Sequence[Policy], tool: str, slots: Sequence[Slot], context: Context
) -> None:
    """Judge answers; a blocked answer is withheld."""
    _log(ledger, judge_after(policies, tool, slots, context))


def judge_after(
    policies: Sequence[Policy], tool: str, slots: Sequence[Slot], context: Context
) -> list[dict[str, str]]:
    """Do as `screen_after`, and return the events for who writes them."""
    answered = [slot for slot in slots if slot.request is not None and slot.response is not None]
    requests = [slot.request for slot in answered if slot.request is not None]
    responses = [slot.response for slot in answered if slot.response is not None]
    verdicts = _judge(
        policies, len(answered), lambda policy: policy.after(tool, requests, responses)
    )
    events = _apply(policies, tool, "after", answered, verdicts, context)
    for slot in answered:
        if isinstance(slot.error, PolicyError):
            slot.response = None
    return events


def screen_leaving(  # noqa: PLR0913, PLR0917  # one row of the log needs all of them
    ledger: Ledger,
    policies: Sequence[Policy],
    tool: str,
    backend: Backend[Any, Any],
    slots: Sequence[Slot],
    context: Context,
    *,
    is_sent: bool,
) -> None:
    """Judge what an endpoint would get; a blocked slot gets a PolicyError.

    Args:
        ledger: Where it is logged.
        policies: Those that judge where requests go are asked.
        tool: Name of the tool.
        backend: Where the requests go; nothing leaves for others than endpoints.
        slots: Open ones.
        context: Who calls.
        is_sent: Whether they are sent next, joined with what they need; then it is logged.
    """
    if backend.kind != "endpoint" or not slots:
        return
    asked = [policy for policy in policies if isinstance(policy, EgressPolicy)]
    requests = [slot.informed if is_sent else slot.request for slot in slots]
    verdicts = _judge(asked, len(slots), lambda policy: policy.leaving(tool, requests, backend))
    _log(ledger, _apply(policies, tool, "egress", slots, verdicts, context))
    gone = [verdict for verdict in verdicts if verdict.level == "ok" and verdict.rule_id]
    if is_sent and gone:
        rows = [_event_row(policies, tool, "egress", verdict, context) for verdict in gone]
        log_policy_events(ledger, rows)


def screen_forms(
    ledger: Ledger, policies: Sequence[Policy], kind: str, forms: Sequence[str], context: Context
) -> list[Verdict]:
    """Judge candidates and log what is not ok; a screen that cannot run blocks them."""
    verdicts = _judge(policies, len(forms), lambda policy: policy.judge(kind, forms))
    events = [
        _event_row(policies, kind, "candidate", verdict, context)
        for verdict in verdicts
        if verdict.level != "ok"
    ]
    if events:
        log_policy_events(ledger, events)
    return verdicts


def _judge(policies: Sequence[Policy], n: int, ask: Ask) -> list[Verdict]:
    if n == 0:
        return []
    columns = [_ask(policy, n, ask) for policy in policies]
    return [worst([column[i] for column in columns]) for i in range(n)]


def _ask(policy: Policy, n: int, ask: Ask) -> list[Verdict]:
    try:
        verdicts = list(ask(policy))
        worst(verdicts)  # a level that is not in the order raises
    except Exception as error:  # noqa: BLE001  # a screen that cannot run blocks, whatever broke
        reason = f"the {policy.name} screen could not run ({type(error).__name__})"
        return [Verdict("blocked", f"{policy.name}.cannot_run", reason)] * n
    if len(verdicts) != n:
        reason = f"the {policy.name} screen gave {len(verdicts)} verdicts for {n}"
        return [Verdict("blocked", f"{policy.name}.cannot_run", reason)] * n
    return verdicts


def _apply(  # noqa: PLR0913, PLR0917  # one row of the log needs all of them
    policies: Sequence[Policy],
    tool: str,
    phase: str,
    slots: Sequence[Slot],
    verdicts: Sequence[Verdict],
    context: Context,
) -> list[dict[str, str]]:
    events = []
    for slot, verdict in zip(slots, verdicts, strict=bool(policies)):
        if verdict.level == "ok":
            continue
        events.append(_event_row(policies, tool, phase, verdict, context))
        if verdict.level == "blocked":
            slot.error = PolicyError(verdict.message)
        else:
            what = verdict.told or f"({verdict.rule_id}): {verdict.reason}"
            slot.flag = f"Needs review {what}."
    return events


def _log(ledger: Ledger, events: Sequence[dict[str, str]]) -> None:
    if events:
        log_policy_events(ledger, events)


def _event_row(
    policies: Sequence[Policy], tool: str, phase: str, verdict: Verdict, context: Context
) -> dict[str, str]:
    """Return the row of the log for one verdict."""
    return {
        "origin": context.origin,
        "tool": tool,
        "phase": phase,
        "level": verdict.level,
        "rule_id": verdict.rule_id,
        "reason": verdict.reason,
        "subject": verdict.subject,
        "rules_digest": rules_digest(policies),
        "at": now(),
    }


def rules_digest(policies: Sequence[Policy]) -> str:
    """Join the digests of all rules in force; a policy that cannot say is named so."""
    return " ".join(_digest(policy) for policy in policies)


def _digest(policy: Policy) -> str:
    try:
        return policy.digest()
    except Exception:  # noqa: BLE001  # the block itself is logged all the same
        return f"{policy.name}:unreadable"
