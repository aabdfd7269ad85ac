"""What is wrong with an image, as slots: a kind of degradation and how severe it is.

The verdict that follows is in `tiers`, the sentences made from slots in `wording`.
"""

from collections.abc import Iterable
from typing import Literal, get_args

from pydantic import Field

from heuresis.contract import Frozen
from heuresis.tools.image.degradations.kinds import ABOUT, KINDS, MODALITIES, KindName, Modality

__all__ = [
    "ABOUT",
    "KINDS",
    "MODALITIES",
    "SEVERITIES",
    "Finding",
    "KindName",
    "Modality",
    "Severity",
    "level",
    "visible",
]

Severity = Literal["none", "mild", "severe"]
SEVERITIES: tuple[Severity, ...] = get_args(Severity)


class Finding(Frozen):
    """One slot: a kind of degradation and its severity."""

    kind: KindName = Field(description="Kind of degradation.")
    severity: Severity = Field(description="How strong it is: none, mild or severe.")


def level(severity: Severity) -> int:
    """Return 0 for none, 1 for mild, 2 for severe."""
    return SEVERITIES.index(severity)


def visible(findings: Iterable[Finding]) -> list[Finding]:
    """Return the slots above none, the worst first, then in the order of KINDS."""
    seen = [finding for finding in findings if finding.severity != "none"]
    return sorted(seen, key=lambda one: (-level(one.severity), KINDS.index(one.kind)))
