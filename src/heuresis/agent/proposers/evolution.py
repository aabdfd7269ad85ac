"""Evolution: good molecules have offspring, and a surrogate picks which offspring to try."""

from collections.abc import Collection, Sequence
from random import Random

import numpy as np
from numpy.typing import NDArray

from heuresis.agent.proposers.molecule_kernel import count_prints, one_thread, similarity
from heuresis.agent.proposers.molecule_limits import (
    ORGANIC,
    MoleculeLimits,
    canonical_forms,
    read_form,
)
from heuresis.agent.proposers.molecule_lineage import Lineage, first_guesses
from heuresis.agent.proposers.molecule_moves import Moves
from heuresis.agent.proposers.protocol import Observation, Proposal
from heuresis.agent.proposers.surrogate import Forecast, Surrogate

MIN_OBSERVATIONS = 10  # with fewer, offspring are tried as they come
STEPS_PER_PROPOSAL = 20
MIN_STEPS = 200
MAX_GENERATIONS = 12  # more than GENERATIONS only while the pool is too small
GENERATIONS = 4  # later ones also breed from the most promising untried offspring
N_PARENTS = 30
PARENT_LIKENESS = 0.95  # parents more alike than this count as one
PICK_LIKENESS = 0.7
EXPLORATION = 0.2  # share of picks drawn from the pool at random
BOLDNESS = 1.0  # standard deviations of optimism
DIGITS = 9  # forecasts are rounded, so that rank does not hang on the last bit of a processor


class Evolution:
    """Graph genetic algorithm with a surrogate; below ten observations, without one.

    Parents are drawn by rank of utility among unlike molecules. About twenty steps are made for
    each proposal, over four generations that also breed from untried offspring the surrogate likes.
    The picks have the highest optimistic utility, are unlike one another, and leave a fifth to
    chance. The limits are those of `MoleculeLimits`.
    """

    kind = "evolution"

    def __init__(  # noqa: PLR0913  # one keyword for each limit of a campaign file
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
        self._utilities: dict[str, float] = {}
        self._limits = MoleculeLimits(
            start=start,
            max_heavy_atoms=max_heavy_atoms,
            elements=elements,
            keep_core=keep_core,
            min_similarity=min_similarity,
        )

    def tell(self, observations: Sequence[Observation]) -> None:
        """Learn utilities; a candidate that failed a gate counts as 0.

        Raises:
            RequestError: A form is no molecule.
        """
        told = {
            read_form(one.form): 0.0 if one.failed_gate else one.utility for one in observations
        }
        self._utilities = dict(sorted(told.items()))

    def ask(self, n: int, known: Collection[str]) -> list[Proposal]:
        """Return up to n new molecules; the start molecules come first."""
        taken = canonical_forms(known) | self._utilities.keys()
        first = first_guesses(self._limits.start, n, taken)
        n_more = n - len(first)
        if n_more <= 0:
            return first
        with one_thread():
            search = _Search(self._limits, Random(self._seed), self._utilities)
            search.breed(n_more, taken | {one.form for one in first})
            return first + search.pick(n_more)


class _Search:
    """One round: breeds a pool of untried molecules and picks from it."""

    def __init__(self, limits: MoleculeLimits, rng: Random, utilities: dict[str, float]) -> None:
        self._rng = rng
        self._moves = Moves(limits, rng)
        self._parents = choose_parents(limits.start, utilities)
        self._surrogate = (
            Surrogate(count_prints(list(utilities)), list(utilities.values()), similarity)
            if len(utilities) >= MIN_OBSERVATIONS
            else None
        )
        self._pool: list[Lineage] = []
        self._prints = count_prints([])
        self._forecast = Forecast(np.zeros(0), np.zeros(0))

    def breed(self, n: int, taken: Collection[str]) -> None:
        """Fill the pool with new molecules, in a bounded number of steps."""
        seen = set(taken)
        n_steps = max(STEPS_PER_PROPOSAL * n, MIN_STEPS) // GENERATIONS
        for generation in range(MAX_GENERATIONS):
            if generation >= GENERATIONS and len(self._pool) >= n:
                break
            parents = self._parents + (self._promising(n) if generation else [])
            for _ in range(n_steps):
                made = self._moves.step(self._draw(parents), self._draw(parents))
                if made is not None and made.form not in seen:
                    seen.add(made.form)
                    self._pool.append(made)
            self._look_ahead()

    def pick(self, n: int) -> list[Proposal]:
        """Return n of the pool: by hope, unlike one another, the last fifth by chance."""
        order = self._by_hope()
        if self._surrogate is None:
            self._rng.shuffle(order)
        n_hope = n - round(EXPLORATION * n)
        likeness = similarity(self._prints, self._prints)
        picked = pick_unlike(order, likeness, n_hope, [])
        rest = [i for i in order if i not in picked]
        self._rng.shuffle(rest)
        picked = pick_unlike(rest, likeness, n - len(picked), picked)
        return [self._pool[i].propose(self._expected(i)) for i in picked]

    def _look_ahead(self) -> None:
        """Forecast what has joined the pool since the last generation."""
        fresh = count_prints([one.form for one in self._pool[len(self._prints) :]])
        self._prints = np.concatenate([self._prints, fresh])
        if self._surrogate is not None and len(fresh):
            new, old = self._surrogate.forecast(fresh, BOLDNESS), self._forecast
            self._forecast = Forecast(
                expected=np.concatenate([old.expected, new.expected.round(DIGITS)]),
                optimistic=np.concatenate([old.optimistic, new.optimistic.round(DIGITS)]),
            )

    def _by_hope(self) -> list[int]:
        if self._surrogate is None:
            return list(range(len(self._pool)))
        hope = self._forecast.optimistic
        return sorted(range(len(self._pool)), key=lambda i: (-hope[i], self._pool[i].form))

    def _promising(self, n: int) -> list[Lineage]:
        if self._surrogate is None:
            return []
        return [self._pool[i] for i in self._by_hope()[:n]]

    def _draw(self, parents: list[Lineage]) -> Lineage:
        n_ranked = len(self._parents)
        if len(parents) > n_ranked and self._rng.random() < 0.5:
            return self._rng.choice(parents[n_ranked:])
        weights = [1 / (rank + 3) for rank in range(n_ranked)]
        return self._rng.choices(self._parents, weights=weights)[0]

    def _expected(self, i: int) -> float | None:
        return None if self._surrogate is None else float(self._forecast.expected[i])


def choose_parents(start: Sequence[str], utilities: dict[str, float]) -> list[Lineage]:
    """Return the best unlike molecules, best first, then the start molecules.

    Args:
        start: Start molecules, which stay parents at the end of the ranking.
        utilities: Utility by form.
    """
    ranked = sorted(
        (form for form in utilities if utilities[form] > 0),
        key=lambda form: (-utilities[form], form),
    )
    ranked = list(dict.fromkeys([*ranked[: 5 * N_PARENTS], *start]))
    prints = count_prints(ranked)
    chosen = pick_unlike(
        list(range(len(ranked))), similarity(prints, prints), N_PARENTS, [], PARENT_LIKENESS
    )
    return [Lineage(ranked[i]) for i in chosen]


def pick_unlike(
    order: Sequence[int],
    likeness: NDArray[np.float64],
    n: int,
    picked: Sequence[int],
    limit: float = PICK_LIKENESS,
) -> list[int]:
    """Add up to n rows in order, passing over those too like one already picked, then fill up.

    Args:
        order: Rows, best first.
        likeness: Similarity of all pairs, shape (n_rows, n_rows).
        n: How many to add.
        picked: Rows picked before.
        limit: Highest similarity between picks while others remain.
    """
    chosen = list(picked)
    goal = len(chosen) + min(n, len(order))
    for i in order:
        if len(chosen) >= goal:
            break
        if not chosen or likeness[i, chosen].max() <= limit:
            chosen.append(i)
    spare = (i for i in order if i not in set(chosen))
    return chosen + [i for i, _ in zip(spare, range(goal - len(chosen)), strict=False)]
