"""What a proposer is: it is told what was observed and asked what to try next."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol


@dataclass(frozen=True)
class Observation:
    """What is known of one candidate.

    Attributes:
        form: Canonical SMILES, or CIF text.
        utility: Desirability over all objectives in [0, 1]; 0 where it failed a gate.
        values: Value by objective name, in the objective's unit; empty where unmeasured.
        failed_gate: Name of the gate that stopped it, or None.
    """

    form: str
    utility: float
    values: Mapping[str, float] = field(default_factory=dict)
    failed_gate: str | None = None


@dataclass(frozen=True)
class Proposal:
    """A candidate to try, with its pedigree.

    Attributes:
        form: Canonical SMILES, or CIF text.
        parents: Forms it was made from; empty for a first guess.
        operator: What made it, such as 'mutation' or 'substitution Fe->Co'.
        expected: Utility the proposer's surrogate expects, or None without one.
        retest: Why a form that is already known is proposed again; empty for new forms.
    """

    form: str
    parents: tuple[str, ...] = ()
    operator: str = ""
    expected: float | None = None
    retest: str = ""


class Proposer(Protocol):
    """Holds no state between rounds: it is rebuilt and told everything, so a crash costs nothing.

    The same seed, space and observations give the same proposals.
    """

    kind: str

    def tell(self, observations: Sequence[Observation]) -> None:
        """Learn from all observations so far, good and bad."""
        ...

    def ask(self, n: int, known: Collection[str]) -> list[Proposal]:
        """Return up to n proposals whose forms are not in `known`; fewer when it has no more."""
        ...
