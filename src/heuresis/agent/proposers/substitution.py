"""Crystal proposers: substitution, which learns which types and compositions pay; and random."""

from collections.abc import Collection, Sequence
from random import Random

import numpy as np

from heuresis.agent.proposers.crystal_fillings import (
    ChargeRule,
    Filling,
    features,
    fillings,
    known_elements,
    likeness,
    log_prior,
)
from heuresis.agent.proposers.protocol import Observation, Proposal
from heuresis.agent.proposers.surrogate import Surrogate

MIN_OBSERVATIONS = 6
BOLDNESS = 0.5  # standard deviations of optimism
PRIOR_WEIGHT = 0.15  # what the most natural filling is worth in utility
EXPLORATION = 0.2  # share of picks drawn at random
PER_COMPOSITION = 2  # picks of one composition in a round at most
DIGITS = 9  # ranks must not hang on the last bit of a processor


class _Fillings:
    """What both proposers share: the space, and what was seen of it."""

    def __init__(
        self,
        *,
        elements: Sequence[str],
        n_elements: Sequence[int],
        max_atoms: int,
        charges: ChargeRule,
        seed: int,
    ) -> None:
        self._elements = known_elements(elements)
        self._n_elements = tuple(n_elements)
        self._max_atoms = max_atoms
        self._charges = charges
        self._rng = Random(seed)
        self._utilities: dict[str, float] = {}

    def tell(self, observations: Sequence[Observation]) -> None:
        """Learn utilities; a candidate that failed a gate counts as 0."""
        told = {one.form: 0.0 if one.failed_gate else one.utility for one in observations}
        self._utilities = dict(sorted(told.items()))

    def _untried(self, known: Collection[str]) -> list[Filling]:
        taken = set(known) | self._utilities.keys()
        return [one for one in self._all() if one.form not in taken]

    def _all(self) -> tuple[Filling, ...]:
        return fillings(self._elements, self._n_elements, self._max_atoms, self._charges)


class RandomCrystals(_Fillings):
    """Draws fillings without looking at results: the control."""

    kind = "random"

    def ask(self, n: int, known: Collection[str]) -> list[Proposal]:
        """Return up to n untried fillings, each as likely as any other."""
        untried = self._untried(known)
        drawn = self._rng.sample(untried, min(n, len(untried)))
        return [Proposal(one.form, operator=one.swaps) for one in drawn]


class Substitution(_Fillings):
    """Ranks all fillings by what the surrogate hopes for and by how natural the swap is."""

    kind = "substitution"

    def ask(self, n: int, known: Collection[str]) -> list[Proposal]:
        """Return up to n untried fillings: most by rank, a fifth by chance."""
        untried = self._untried(known)
        if not untried:
            return []
        hope, expected = self._beliefs(untried)
        order = sorted(range(len(untried)), key=lambda i: (-hope[i], untried[i].form))
        n_ranked = n - round(EXPLORATION * n)
        picked = _spread(order, untried, n_ranked, [])
        rest = [i for i in order[: len(order) // 2 or 1] if i not in picked]
        self._rng.shuffle(rest)
        picked = _spread(rest, untried, n - len(picked), picked)
        return [
            Proposal(
                untried[i].form,
                parents=self._parents(untried[i]),
                operator=untried[i].swaps,
                expected=expected[i],
            )
            for i in picked
        ]

    def _beliefs(self, untried: list[Filling]) -> tuple[list[float], list[float | None]]:
        priors = np.array([log_prior(one) for one in untried])
        rank = priors.argsort(kind="stable").argsort(kind="stable") / max(1, len(untried) - 1)
        tried = [one for one in self._all() if one.form in self._utilities]
        if len(tried) < MIN_OBSERVATIONS:
            return rank.round(DIGITS).tolist(), [None] * len(untried)
        surrogate = Surrogate(
            features(tried, self._elements), [self._utilities[one.form] for one in tried], likeness
        )
        forecast = surrogate.forecast(features(untried, self._elements), BOLDNESS)
        hope = (forecast.optimistic + PRIOR_WEIGHT * rank).round(DIGITS)
        return hope.tolist(), [float(value) for value in forecast.expected.round(DIGITS)]

    def _parents(self, filling: Filling) -> tuple[str, ...]:
        """Name the best crystal so far that shares the structure type, as its parent."""
        kin = [
            one
            for one in self._all()
            if one.prototype == filling.prototype and self._utilities.get(one.form, 0.0) > 0
        ]
        best = max(kin, key=lambda one: (self._utilities[one.form], one.form), default=None)
        return (best.form,) if best else ()


def _spread(
    order: Sequence[int], untried: Sequence[Filling], n: int, picked: Sequence[int]
) -> list[int]:
    """Add n of the order to the picked, few of one composition while there are others."""
    chosen = list(picked)
    goal = len(chosen) + n
    for i in order:
        if len(chosen) >= goal:
            break
        alike = sum(_shares(untried[j]) == _shares(untried[i]) for j in chosen)
        if alike < PER_COMPOSITION:
            chosen.append(i)
    spare = [i for i in order if i not in chosen]
    return chosen + spare[: goal - len(chosen)]


def _shares(filling: Filling) -> tuple[tuple[str, int], ...]:
    from math import gcd

    whole = gcd(*(count for _, count in filling.amounts))
    return tuple(sorted((element, count // whole) for element, count in filling.amounts))
