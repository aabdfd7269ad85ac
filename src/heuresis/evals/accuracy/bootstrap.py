"""How sure is a metric? A percentile bootstrap over the items it was computed on."""

import math
from collections.abc import Callable
from typing import Any

from heuresis.evals.accuracy.table import LEVEL, Score

N_DRAWS = 1_000
MIN_SHARE = 0.5  # of draws on which the metric has a value, for an interval to be stated

Statistic = Callable[..., float]


def score(
    statistic: Statistic, *arrays: Any, n_draws: int = N_DRAWS, seed: int = 0
) -> Score | None:
    """Compute a metric and its interval; None where the metric has no value on these items.

    Source: Efron, doi:10.1214/aos/1176344552.

    Args:
        statistic: Takes the arrays, each (n, ...); nan where it has no meaning.
        arrays: Resampled together along the first axis.
        n_draws: Resamples.
        seed: Of the resampling.
    """
    import numpy as np

    value = float(statistic(*arrays))
    if math.isnan(value):
        return None
    chance, n = np.random.default_rng(seed), len(arrays[0])
    draws = np.empty(n_draws)
    for i in range(n_draws):
        chosen = chance.integers(0, n, n)
        draws[i] = statistic(*(array[chosen] for array in arrays))
    found = draws[~np.isnan(draws)]
    if len(found) < MIN_SHARE * n_draws:
        return Score(value=value)
    low, high = np.quantile(found, [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
    return Score(value=value, low=float(low), high=float(high))


def scores(
    statistics: dict[str, Statistic], *arrays: Any, n_draws: int = N_DRAWS
) -> dict[str, Score]:
    """Score several metrics on the same items; those without a value are left out."""
    found = {name: score(each, *arrays, n_draws=n_draws) for name, each in statistics.items()}
    return {name: each for name, each in found.items() if each is not None}
