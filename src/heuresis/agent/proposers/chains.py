"""Proposers of restoration chains: evolution guided by a surrogate, and the random control."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from random import Random
from typing import Any

import numpy as np
from numpy.typing import NDArray

from heuresis.agent.proposers.protocol import Observation, Proposal
from heuresis.agent.proposers.surrogate import Surrogate
from heuresis.contract import Restoration
from heuresis.errors import RequestError
from heuresis.tools.image.restoration.chain import LIMITS, Step, read_chain, write_chain

Chain = tuple[Step, ...]
MIN_OBSERVATIONS = 6
BOLDNESS = 0.7  # standard deviations of optimism
POOL = 300  # offspring made for the surrogate to choose from
EXPLORATION = 0.2  # share of picks drawn at random
N_PARENTS = 8
STRENGTH_WEIGHT = 0.7  # how far two strengths of an operation are apart, to two operations
ORDER_WEIGHT = 0.5  # how much hangs on what comes first
WIDTH = 1.2  # distance at which chains stop being alike
DIGITS = 9  # ranks must not hang on the last bit of a processor


@dataclass(frozen=True)
class Offspring:
    """A chain with its pedigree."""

    chain: Chain
    parents: tuple[str, ...]
    operator: str

    @property
    def form(self) -> Restoration:
        """Canonical text."""
        return write_chain(self.chain)


class _Chains:
    """What both proposers share: the steps there are, and what was seen."""

    def __init__(
        self, *, operations: Mapping[str, Sequence[float]], max_steps: int, seed: int
    ) -> None:
        self._steps = _known_steps(operations)
        self._max_steps = max_steps
        self._rng = Random(seed)
        self._utilities: dict[str, float] = {}

    def tell(self, observations: Sequence[Observation]) -> None:
        """Learn utilities; a candidate that failed a gate counts as 0."""
        told = {one.form: 0.0 if one.failed_gate else one.utility for one in observations}
        self._utilities = dict(sorted(told.items()))

    def _drawn(self) -> Chain:
        """Draw a chain: every length is as likely, then every step."""
        length = self._rng.randint(1, self._max_steps)
        return tuple(self._rng.choice(self._steps) for _ in range(length))

    def _draw(self, n: int, taken: set[str]) -> list[Offspring]:
        found: list[Offspring] = []
        for _ in range(60 * n):
            if len(found) >= n:
                break
            one = Offspring(self._drawn(), (), "drawn at random")
            if one.form not in taken:
                taken.add(one.form)
                found.append(one)
        return found


class RandomChains(_Chains):
    """Draws chains without looking at results: the control."""

    kind = "random"

    def ask(self, n: int, known: Collection[str]) -> list[Proposal]:
        """Return up to n untried chains."""
        drawn = self._draw(n, {*known, *self._utilities})
        return [Proposal(one.form, operator=one.operator) for one in drawn]


class ChainEvolution(_Chains):
    """Changes and joins the best chains; a surrogate picks among the offspring."""

    kind = "evolution"

    def ask(self, n: int, known: Collection[str]) -> list[Proposal]:
        """Return up to n untried chains: single steps first, then offspring of the best."""
        taken = {*known, *self._utilities}
        if len(self._utilities) < MIN_OBSERVATIONS:
            return [Proposal(one.form, operator=one.operator) for one in self._first(n, taken)]
        n_random = round(EXPLORATION * n)
        pool = self._offspring(set(taken))
        picked = self._pick(pool, n - n_random)
        taken |= {one.form for one, _ in picked}
        lucky = [(one, None) for one in self._draw(n - len(picked), taken)]
        return [
            Proposal(one.form, parents=one.parents, operator=one.operator, expected=expected)
            for one, expected in [*picked, *lucky]
        ]

    def _first(self, n: int, taken: set[str]) -> list[Offspring]:
        """Begin with one step of each operation, then draw."""
        singles = [Offspring((step,), (), "a single step") for step in self._steps]
        self._rng.shuffle(singles)
        singles.sort(key=lambda one: _rank_of_strength(one.chain[0], self._steps))
        fresh = [one for one in singles if one.form not in taken][:n]
        taken |= {one.form for one in fresh}
        return fresh + self._draw(n - len(fresh), taken)

    def _offspring(self, taken: set[str]) -> list[Offspring]:
        order = sorted(self._utilities, key=lambda form: (-self._utilities[form], form))
        parents = [(form, read_chain(form)) for form in order[:N_PARENTS]]
        found: list[Offspring] = []
        for _ in range(4 * POOL):
            if len(found) >= POOL:
                break
            one = self._made(parents)
            if one is not None and one.form not in taken:
                taken.add(one.form)
                found.append(one)
        return found

    def _made(self, parents: Sequence[tuple[str, Chain]]) -> Offspring | None:
        (form, chain), (other_form, other) = self._rng.choice(parents), self._rng.choice(parents)
        move = self._rng.choice(("add", "drop", "replace", "swap", "strength", "join"))
        changed = self._changed(move, chain, other)
        if not 1 <= len(changed) <= self._max_steps or changed == chain:
            return None
        origin = (form, other_form) if move == "join" and other_form != form else (form,)
        return Offspring(changed, origin, move)

    def _changed(self, move: str, chain: Chain, other: Chain) -> Chain:
        rng, steps = self._rng, list(chain)
        at = rng.randrange(len(steps)) if steps else 0
        if move == "add" or not steps:
            steps.insert(rng.randint(0, len(steps)), rng.choice(self._steps))
        elif move == "drop":
            del steps[at]
        elif move == "replace":
            steps[at] = rng.choice(self._steps)
        elif move == "swap":
            to = rng.randrange(len(steps))
            steps[at], steps[to] = steps[to], steps[at]
        elif move == "strength":
            kin = [one for one in self._steps if one.operation == steps[at].operation]
            steps[at] = rng.choice(kin)
        else:
            cut = rng.randint(0, len(other))
            return (*steps[: rng.randint(0, len(steps))], *other[cut:])
        return tuple(steps)

    def _pick(self, pool: Sequence[Offspring], n: int) -> list[tuple[Offspring, float | None]]:
        if not pool:
            return []
        tried = list(self._utilities)
        surrogate = Surrogate(
            self._features([read_chain(form) for form in tried]),
            [self._utilities[form] for form in tried],
            _likeness,
        )
        forecast = surrogate.forecast(self._features([one.chain for one in pool]), BOLDNESS)
        hope, expected = forecast.optimistic.round(DIGITS), forecast.expected.round(DIGITS)
        order = sorted(range(len(pool)), key=lambda i: (-hope[i], pool[i].form))
        return [(pool[i], float(expected[i])) for i in order[:n]]

    def _features(self, chains: Sequence[Chain]) -> NDArray[np.float64]:
        return np.array([_described(chain, self._steps) for chain in chains])


def _known_steps(operations: Mapping[str, Sequence[float]]) -> list[Step]:
    """List the steps; raises RequestError for operations or strengths there are not."""
    unknown = sorted(operations.keys() - LIMITS.keys())
    if unknown:
        raise RequestError(
            f"space.operations: got {', '.join(unknown)}, allowed: {', '.join(LIMITS)}"
        )
    steps = [
        Step(name, float(strength))
        for name, strengths in sorted(operations.items())
        for strength in sorted(set(strengths))
    ]
    if not steps:
        raise RequestError("space.operations: got no strengths, allowed: one or more an operation")
    for step in steps:
        read_chain(str(step))  # refuses strengths outside of the operation's limits
    return steps


def _rank_of_strength(step: Step, steps: Sequence[Step]) -> int:
    """Return how many weaker steps of its operation there are, middle ones first."""
    kin = [one.strength for one in steps if one.operation == step.operation]
    middle = (len(kin) - 1) / 2
    return round(2 * abs(sorted(kin).index(step.strength) - middle))


def _described(chain: Chain, steps: Sequence[Step]) -> list[float]:
    """Describe a chain: how often each operation and each strength of it comes, and how early."""
    names = sorted({step.operation for step in steps})
    operations = [float(sum(one.operation == name for one in chain)) for name in names]
    strengths = [STRENGTH_WEIGHT * chain.count(step) for step in steps]
    firsts = [
        ORDER_WEIGHT
        * next((1 - i / len(chain) for i, s in enumerate(chain) if s.operation == name), 0)
        for name in names
    ]
    return [*operations, *strengths, *firsts]


def _likeness(left: NDArray[Any], right: NDArray[Any]) -> NDArray[np.float64]:
    apart = ((left[:, None, :] - right[None, :, :]) ** 2).sum(axis=2)
    return np.asarray(np.exp(-apart / (2 * WIDTH**2)), np.float64)
