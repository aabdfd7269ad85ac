"""What a rule of the screen says: a level, its id, a reason in general words."""

from collections.abc import Iterable
from dataclasses import dataclass

from heuresis.serving.policy import SEVERITY, Level, Verdict

CLEAR = "screen.clear"
UNREADABLE = "screen.unreadable"
CANNOT_RUN = "screen.cannot_run"
GENERIC = "screen.generic"

# What a caller is told, by the beginning of a rule's id. Which list, family or likeness spoke would
# tell a model what to change, so that stays in the log of policy events.
CHEMICAL_WEAPON = "chemical_weapon: chemical weapon agents and what is near them"
CLASSES = {
    "agents": CHEMICAL_WEAPON,
    "cwc": CHEMICAL_WEAPON,
    "near": CHEMICAL_WEAPON,
    "similar": CHEMICAL_WEAPON,
    "controlled": "controlled: controlled drugs and what is near them",
    "energetic": "energetic: explosives and other energetic materials",
    "poison": "toxin: toxins and banned or restricted poisons",
    "toxin": "toxin: toxins and banned or restricted poisons",
}
OWN = "screen"  # rules of the screen itself: what it could not read or judge


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


def told(verdict: Verdict) -> str:
    """Say which class of rule spoke, and nothing of which rule or why."""
    head = verdict.rule_id.partition(".")[0]
    if head == OWN:
        return f"{verdict.rule_id}: {verdict.reason}"
    name, _, words = CLASSES.get(head, "hazard: hazardous substances").partition(": ")
    verb = "refused" if verdict.level == "blocked" else "held for a person"
    return f"hazard.{name}: {verb}: {words}"
