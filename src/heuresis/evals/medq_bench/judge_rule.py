"""The rule judge: both texts become slots, and the four axes are counted; free and deterministic.

Ours, after the four axes of MedQ-Bench (arXiv 2510.01691). It scores 0 for a verdict that is not
there, and gives no score where the reference's own verdict cannot be read.
"""

from collections.abc import Mapping

from heuresis.evals.medq_bench.judgement import Judgement
from heuresis.tools.medical.medq.findings import level
from heuresis.tools.medical.medq.pair_reading import PairReading, read_pair
from heuresis.tools.medical.medq.reading import (
    GENERIC,
    Slot,
    implied_tier,
    read,
    specific,
)
from heuresis.tools.medical.medq.tiers import TIERS, Tier
from heuresis.tools.medical.medq.wording import Better

NAME = "rule judge 1"
TOLERATED = 0.5  # share of wrong slots that still earns a point
Levels = dict[str, int]  # kind, or 'first kind', to 0 .. 2; 0 where it is denied


def judge_description(reference: str, candidate: str) -> Judgement:
    """Judge the text on one image."""
    truth, said = read(reference), read(candidate)
    here, there = _levels(said.slots), _levels(truth.slots)
    return Judgement(
        completeness=completeness(there, here),
        preciseness=preciseness(there, here),
        consistency=_nearness(implied_tier(said.slots), said.verdict),
        quality_accuracy=None if truth.verdict is None else _nearness(truth.verdict, said.verdict),
    )


def judge_comparison(reference: str, candidate: str) -> Judgement:
    """Judge the text on two images; the verdict is right or wrong, there is nothing between."""
    truth, said = read_pair(reference), read_pair(candidate)
    here, there = _pair_levels(said), _pair_levels(truth)
    right = None if truth.better is None else 2 * (truth.better == said.better)
    return Judgement(
        completeness=completeness(there, here),
        preciseness=preciseness(there, here),
        consistency=_follows(here, said.better),
        quality_accuracy=right,
    )


def completeness(reference: Mapping[str, int], candidate: Mapping[str, int]) -> int:
    """Score the share of the reference's kinds that are named: all 2, some 1, none 0."""
    wanted = {kind for kind, how in reference.items() if how}
    named = {kind for kind, how in candidate.items() if how}
    if not wanted:
        return 0 if named else 2
    share = len(wanted & named) / len(wanted)
    return 2 if share == 1 else 1 if share > 0 else 0


def preciseness(reference: Mapping[str, int], candidate: Mapping[str, int]) -> int:
    """Score the share of the candidate's slots that contradict: none 2, up to half 1, more 0.

    A kind wrongly named contradicts, and one that is off by two levels, denials included. A denial
    that the reference shares is no slot.
    """
    slots = {kind: how for kind, how in candidate.items() if how or _meant(reference, kind)}
    wrong = [
        kind
        for kind, how in slots.items()
        if (how and kind not in _present(reference)) or abs(how - _meant(reference, kind)) >= 2
    ]
    share = len(wrong) / len(slots) if slots else 0.0
    return 2 if share == 0 else 1 if share <= TOLERATED else 0


def _present(levels: Mapping[str, int]) -> set[str]:
    return {kind for kind, how in levels.items() if how}


def _meant(levels: Mapping[str, int], kind: str) -> int:
    """Return a kind's level; "no degradation" speaks of every kind of that image."""
    if not kind.endswith(GENERIC):
        return levels.get(kind, 0)
    prefix = kind.removesuffix(GENERIC)
    return max((how for other, how in levels.items() if other.startswith(prefix)), default=0)


def _levels(slots: tuple[Slot, ...], prefix: str = "") -> Levels:
    """Return levels by kind; the generic kind only where nothing more exact is said."""
    return {f"{prefix}{slot.kind}": level(slot.severity) for slot in specific(slots)}


def _pair_levels(reading: PairReading) -> Levels:
    return _levels(reading.first, "first ") | _levels(reading.second, "second ")


def _nearness(one: Tier, other: Tier | None) -> int:
    """Score two verdicts: same 2, neighbours 1, opposite or absent 0."""
    if other is None:
        return 0
    return 2 - abs(TIERS.index(one) - TIERS.index(other))


def _follows(levels: Mapping[str, int], better: Better | None) -> int:
    """Score whether the named winner is the one with less wrong: same 2, tie against one 1."""
    if better is None:
        return 0
    burden = {
        which: sum(how for kind, how in levels.items() if kind.startswith(which))
        for which in ("first", "second")
    }
    if burden["first"] == burden["second"]:
        return 2 if better == "tie" else 1
    winner = "first" if burden["first"] < burden["second"] else "second"
    return 2 if better == winner else 1 if better == "tie" else 0
