"""Where candidates stand against the start: improved, worse, or not to be told apart."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from heuresis.agent.proposers.molecule_lineage import START
from heuresis.agent.report.numerals import Shown, joint_std, show, show_difference
from heuresis.agent.report.record import Record
from heuresis.agent.spec import Objective
from heuresis.agent.utility import losses
from heuresis.memory.campaigns import CandidateView, Number

N_STD = 2.0  # a difference counts above so many joint standard deviations

Change = Literal[
    "improved",
    "worse",
    "within uncertainty",
    "unchanged",
    "better, no uncertainty stated",
    "worse, no uncertainty stated",
]
BETTER: Change = "better, no uncertainty stated"
SAME = "not distinguishable from the start molecule"
WORDS: dict[Change, str] = {
    "improved": "improved",
    "within uncertainty": f"{SAME} in",
    "better, no uncertainty stated": "better, no uncertainty stated",
    "worse": "worse",
    "worse, no uncertainty stated": "worse, no uncertainty stated",
}


@dataclass(frozen=True)
class Comparison:
    """One objective: the start, the best, and what lies between."""

    objective: Objective
    start: Shown
    best: Shown
    difference: Shown
    change: Change


def baseline(record: Record) -> CandidateView | None:
    """Return the best measured start molecule: what an improvement is measured against."""
    starts = [one for one in record.ranked if one.operator == START]
    return starts[0] if starts else None


def why_no_baseline(record: Record) -> str:
    """Say why nothing can be compared with the start."""
    if record.spec.kind != "molecule":
        return "This space has no start, so there is nothing to compare the best candidate with."
    starts = [one for one in record.candidates if one.operator == START]
    reasons = sorted({one.failed_gate.gate for one in starts if one.failed_gate})
    if reasons:
        return f"No start molecule was measured: stopped by {', '.join(reasons)}."
    return "No start molecule was measured in this campaign, so no improvement can be stated."


def compare(record: Record, new: CandidateView, old: CandidateView) -> list[Comparison]:
    """Compare two measured candidates on every objective."""
    return [
        Comparison(
            objective=objective,
            start=show(old.values[objective.name]),
            best=show(new.values[objective.name]),
            difference=show_difference(new.values[objective.name], old.values[objective.name]),
            change=change(objective, new.values, old.values),
        )
        for objective in record.spec.objectives
    ]


def change(objective: Objective, new: Mapping[str, Number], old: Mapping[str, Number]) -> Change:
    """Judge one objective's difference by the joint uncertainty of the two numbers."""
    name = objective.name
    (before,), (after,) = (
        losses([objective], {name: numbers[name].value}) for numbers in (old, new)
    )
    gain = before - after
    spread = joint_std(new[name], old[name])
    if gain == 0:
        return "unchanged"
    if not spread:
        return BETTER if gain > 0 else "worse, no uncertainty stated"
    if abs(gain) <= N_STD * spread:
        return "within uncertainty"
    return "improved" if gain > 0 else "worse"


def is_better(record: Record, candidate: CandidateView, start: CandidateView) -> bool:
    """Whether any objective beats the start's, beyond the uncertainty where one is stated."""
    kinds = {change(o, candidate.values, start.values) for o in record.spec.objectives}
    return not kinds.isdisjoint(("improved", BETTER))


def mark(record: Record, candidate: CandidateView, start: CandidateView | None) -> str:
    """Say in a few words how a candidate compares with the start; empty without one."""
    if start is None:
        return ""
    if candidate.operator == START:
        return "start molecule"
    found: dict[Change, list[str]] = {}
    for objective in record.spec.objectives:
        kind = change(objective, candidate.values, start.values)
        found.setdefault(kind, []).append(objective.name)
    if found.keys() <= {"within uncertainty", "unchanged"}:
        return SAME
    return "; ".join(f"{WORDS[kind]}: {', '.join(found[kind])}" for kind in WORDS if kind in found)
