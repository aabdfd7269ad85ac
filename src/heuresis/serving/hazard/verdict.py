"""What a rule of the screen says: a level, its id, a reason in general words."""

from collections.abc import Iterable
from dataclasses import dataclass

from heuresis.serving.policy import SEVERITY, Level

CLEAR = "screen.clear"
UNREADABLE = "screen.unreadable"
CANNOT_RUN = "screen.cannot_run"
GENERIC = "screen.generic"


@dataclass(frozen=True, slots=True)
class Finding:
    """One rule that spoke.

    Attributes:
        level: How bad it is.
        rule_id: Which rule.
        class_name: The class of substance, in general words.
        source: The public list that names the class.
    """

    level: Level
    rule_id: str
    class_name: str
    source: str

    @property
    def reason(self) -> str:
        """Say the class and its public source; never what in the subject matched."""
        verb = "refused" if self.level == "blocked" else "held for a person"
        return f"{verb}: {self.class_name} ({self.source})"


def worst(findings: Iterable[Finding]) -> Finding | None:
    """Return the most severe finding, the first among equals; None where nothing spoke."""
    return max(findings, key=lambda finding: SEVERITY[finding.level], default=None)
