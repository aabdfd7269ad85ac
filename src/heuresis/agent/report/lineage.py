"""Where the best candidate came from: its parents, back to the start."""

from dataclasses import dataclass

from heuresis.agent.report.record import WITHHELD, Record
from heuresis.memory import accounts
from heuresis.memory.campaigns import CandidateView
from heuresis.memory.ledger import Ledger


@dataclass(frozen=True)
class Step:
    """One ancestor.

    Attributes:
        form: Its form; empty where it is withheld or unknown.
        operator: What made it.
        round: When; None for one of an earlier campaign.
        utility: As measured here; None where it was not.
        run_ids: The runs its utility was computed from.
        remark: What else a reader should know, such as another parent.
    """

    form: str
    operator: str
    round: int | None
    utility: float | None
    run_ids: tuple[str, ...] = ()
    remark: str = ""


def trace(ledger: Ledger, record: Record, candidate: CandidateView) -> list[Step]:
    """Return the line of first parents, from the candidate back to its origin."""
    steps: list[Step] = []
    here: CandidateView | None = candidate
    met: set[str] = set()
    while here is not None and here.digest not in met:
        met.add(here.digest)
        steps.append(_step(record, here))
        first = here.parents[0] if here.parents else None
        here = record.by_digest.get(first) if first else None
        if first and here is None:
            steps.append(_outsider(ledger, first))
    return steps


def _step(record: Record, one: CandidateView) -> Step:
    is_measured = record.fates[one.id] == "measured"
    others = len(one.parents) - 1
    remark = f"{others} other parent(s)" if others > 0 else ""
    if record.is_withheld(one):
        remark = WITHHELD
    return Step(
        form="" if record.is_withheld(one) else one.form,
        operator=one.operator,
        round=one.round,
        utility=record.utilities[one.id] if is_measured else None,
        run_ids=tuple(dict.fromkeys(number.run_id for number in one.values.values())),
        remark=remark,
    )


def _outsider(ledger: Ledger, digest: str) -> Step:
    form = accounts.forms_named(ledger, [digest]).get(digest, "")
    known = "known from an earlier campaign" if form else f"not a candidate: {digest[:19]}…"
    return Step(form=form, operator="", round=None, utility=None, remark=known)
