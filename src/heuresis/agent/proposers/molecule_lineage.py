"""Where a molecule came from: the known forms behind it and the moves made since."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Self

from heuresis.agent.proposers.protocol import Proposal

START = "start"


@dataclass(frozen=True)
class Lineage:
    """A molecule with its way from known forms.

    Attributes:
        form: Canonical SMILES.
        parents: Known forms it came from; empty for a known form itself.
        steps: Names of the moves made since then.
    """

    form: str
    parents: tuple[str, ...] = ()
    steps: tuple[str, ...] = ()

    @property
    def roots(self) -> tuple[str, ...]:
        """Known forms a child of this molecule comes from."""
        return self.parents or (self.form,)

    def child(self, form: str, step: str, mates: Sequence[Self] = ()) -> "Lineage":
        """Return what one move made of this molecule and its mates."""
        roots = [root for one in (self, *mates) for root in one.roots]
        return Lineage(form, tuple(dict.fromkeys(roots)), (*self.steps, step))

    def propose(self, expected: float | None = None) -> Proposal:
        """Return the proposal to try this molecule."""
        return Proposal(self.form, self.parents, ", then ".join(self.steps), expected)


def first_guesses(start: Sequence[str], n: int, taken: Collection[str]) -> list[Proposal]:
    """Propose the start molecules themselves, so that every campaign knows its baseline."""
    return [Proposal(form, (), START) for form in start if form not in taken][: max(n, 0)]
