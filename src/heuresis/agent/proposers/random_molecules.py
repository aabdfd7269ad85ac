"""The random control: the moves of evolution, with no eye on what was observed to be good."""

from collections.abc import Collection, Sequence
from random import Random

from heuresis.agent.proposers.molecule_limits import (
    ORGANIC,
    MoleculeLimits,
    canonical_forms,
    read_form,
)
from heuresis.agent.proposers.molecule_lineage import Lineage, first_guesses
from heuresis.agent.proposers.molecule_moves import Moves
from heuresis.agent.proposers.protocol import Observation, Proposal

STEPS_PER_PROPOSAL = 40
MIN_STEPS = 400


class RandomMolecules:
    """One random move from a start molecule or any earlier form, whatever its utility.

    The limits are those of `MoleculeLimits`.
    """

    kind = "random"

    def __init__(  # noqa: PLR0913  # the same keywords as evolution
        self,
        *,
        start: Sequence[str],
        seed: int,
        max_heavy_atoms: int = 50,
        elements: Collection[str] = ORGANIC,
        keep_core: str | None = None,
        min_similarity: float = 0.0,
    ) -> None:
        self._seed = seed
        self._told: tuple[str, ...] = ()
        self._limits = MoleculeLimits(
            start=start,
            max_heavy_atoms=max_heavy_atoms,
            elements=elements,
            keep_core=keep_core,
            min_similarity=min_similarity,
        )

    def tell(self, observations: Sequence[Observation]) -> None:
        """Note the forms, which may become parents; utilities are ignored.

        Raises:
            RequestError: A form is no molecule.
        """
        self._told = tuple(sorted({read_form(one.form) for one in observations}))

    def ask(self, n: int, known: Collection[str]) -> list[Proposal]:
        """Return up to n new molecules; the start molecules come first."""
        taken = set(canonical_forms(known)) | set(self._told)
        proposals = first_guesses(self._limits.start, n, taken)
        taken.update(one.form for one in proposals)
        rng = Random(self._seed)
        moves = Moves(self._limits, rng)
        parents = [Lineage(form) for form in sorted({*self._limits.start, *self._told})]
        for _ in range(max(STEPS_PER_PROPOSAL * n, MIN_STEPS)):
            if len(proposals) >= n:
                break
            made = moves.step(rng.choice(parents), rng.choice(parents))
            if made is not None and made.form not in taken:
                taken.add(made.form)
                proposals.append(made.propose())
        return proposals
