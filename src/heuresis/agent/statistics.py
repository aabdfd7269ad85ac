"""Curves of campaigns and what can be said of their differences: paired, with intervals."""

import random
from collections.abc import Sequence
from statistics import fmean, median

from heuresis.contract import Frozen

DRAWS = 2_000
LEVEL = 0.95
TOP = 10


class Estimate(Frozen):
    """A median over seeds with its bootstrap interval."""

    median: float
    low: float
    high: float
    level: float
    n_seeds: int

    @property
    def excludes_zero(self) -> bool:
        """Whether the whole interval lies on one side of zero."""
        return self.low > 0 or self.high < 0


def best_so_far(utilities: Sequence[float]) -> list[float]:
    """Return the running maximum; entry i is the best of the first i + 1."""
    curve: list[float] = []
    for value in utilities:
        curve.append(max(value, curve[-1] if curve else 0.0))
    return curve


def area(curve: Sequence[float], n_calls: int) -> float:
    """Return the mean of best-so-far over a budget; a curve that ended early stays level."""
    if not curve:
        return 0.0
    kept = list(curve[:n_calls])
    return fmean(kept + [kept[-1]] * (n_calls - len(kept)))


def mean_top(utilities: Sequence[float], n: int = TOP) -> float:
    """Return the mean of the n highest; missing ones count as 0."""
    best = sorted(utilities, reverse=True)[:n]
    return sum(best) / n


def bootstrap_median(values: Sequence[float], seed: int = 0) -> Estimate:
    """Estimate a median with a percentile bootstrap interval over seeds.

    Source: Efron, doi:10.1214/aos/1176344552.
    """
    chance = random.Random(seed)
    draws = sorted(median(chance.choices(values, k=len(values))) for _ in range(DRAWS))
    tail = (1 - LEVEL) / 2
    return Estimate(
        median=median(values),
        low=draws[int(tail * DRAWS)],
        high=draws[int((1 - tail) * DRAWS) - 1],
        level=LEVEL,
        n_seeds=len(values),
    )
