"""Which verdict the findings imply: good, usable or reject."""

from collections.abc import Iterable
from typing import Literal, get_args

from heuresis.tools.medical.medq.findings import Finding, visible

Tier = Literal["good", "usable", "reject"]
TIERS: tuple[Tier, ...] = get_args(Tier)
MAX_MILD = 2


def tier_of(findings: Iterable[Finding]) -> Tier:
    """Return the verdict: no finding is good; one or two mild ones are usable; more is reject.

    Our rule, after the consistency axis of MedQ-Bench (arXiv 2510.01691).
    """
    seen = visible(findings)
    if not seen:
        return "good"
    if seen[0].severity == "severe" or len(seen) > MAX_MILD:
        return "reject"
    return "usable"
