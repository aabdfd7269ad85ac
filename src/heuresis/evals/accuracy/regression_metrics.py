"""How wrong are predicted numbers, and does the stated uncertainty know where?"""

import math
from typing import Any

LEVEL = 0.9
WIDTH_90 = 1.6448536269514722  # standard deviations on each side of a normal's central 90 %

# Arrays are (n,): truth, predicted in one unit; std the stated standard deviation in that unit.


def mean_absolute_error(truth: Any, predicted: Any) -> float:
    """Mean of |error|, in the unit of the data."""
    return float(abs(truth - predicted).mean())


def median_absolute_error(truth: Any, predicted: Any) -> float:
    """Median of |error|, in the unit of the data; a few wild items do not move it."""
    import numpy as np

    return float(np.median(abs(truth - predicted)))


def root_mean_square_error(truth: Any, predicted: Any) -> float:
    """Root of the mean squared error, in the unit of the data."""
    return float(((truth - predicted) ** 2).mean() ** 0.5)


def explained_share(truth: Any, predicted: Any) -> float:
    """R2; nan where the truth does not vary."""
    from sklearn.metrics import r2_score

    if len(truth) < 2 or truth.min() == truth.max():
        return math.nan
    return float(r2_score(truth, predicted))


def rank_agreement(first: Any, second: Any) -> float:
    """Spearman's correlation; nan where one side does not vary."""
    from scipy.stats import spearmanr

    if len(first) < 2 or first.min() == first.max() or second.min() == second.max():
        return math.nan
    return float(spearmanr(first, second).statistic)


def error_ranking(truth: Any, predicted: Any, std: Any) -> float:
    """Spearman's correlation of |error| with the stated std; 0 means it says nothing."""
    return rank_agreement(abs(truth - predicted), std)


def coverage(truth: Any, predicted: Any, std: Any) -> float:
    """Share inside the normal interval of nominal 90 %."""
    return float((abs(truth - predicted) <= WIDTH_90 * std).mean())


def sparsification_error(truth: Any, predicted: Any, std: Any) -> float:
    """Area between dropping by std and dropping by error, over that of dropping at random.

    0 where the std drops the worst predictions first, 1 where it is no better than chance.
    Source: Ilg et al., arXiv:1802.07095.
    """
    error = abs(truth - predicted)
    best = _mean_of_the_rest(error, error)
    chance = float((error.mean() - best).mean())
    if std.min() == std.max() or chance == 0:
        return math.nan
    return float((_mean_of_the_rest(error, std) - best).mean()) / chance


def _mean_of_the_rest(error: Any, by: Any) -> Any:
    """Mean error of the n, n - 1, ..., 1 items of least `by`; equal ones share their mean."""
    import numpy as np

    _, group = np.unique(by, return_inverse=True)
    level = (np.bincount(group, weights=error) / np.bincount(group))[group]
    kept = level[np.argsort(by, kind="stable")]
    return (np.cumsum(kept) / np.arange(1, len(kept) + 1))[::-1]


ERRORS = {
    "MAE": mean_absolute_error,
    "median |error|": median_absolute_error,
    "RMSE": root_mean_square_error,
    "R2": explained_share,
    "Spearman": rank_agreement,
}
IN_UNIT = {"MAE", "median |error|", "RMSE"}  # the others are pure numbers
UNCERTAINTY = {
    "Spearman of |error| and std": error_ranking,
    "sparsification error / random": sparsification_error,
    "coverage of nominal 90 %": coverage,
}
