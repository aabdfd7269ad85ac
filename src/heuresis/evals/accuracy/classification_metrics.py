"""How good are predicted probabilities of a yes: do they rank, and are they rates?"""

import math
from typing import Any

N_BINS = 10

# Arrays are (n,): truth 0 or 1, chance the predicted probability of 1.


def ranking_area(truth: Any, chance: Any) -> float:
    """AUROC; nan where only one class is present."""
    from sklearn.metrics import roc_auc_score

    return float(roc_auc_score(truth, chance)) if _has_both(truth) else math.nan


def average_precision(truth: Any, chance: Any) -> float:
    """Average precision of the positive class; nan where only one class is present."""
    from sklearn.metrics import average_precision_score

    return float(average_precision_score(truth, chance)) if _has_both(truth) else math.nan


def brier_score(truth: Any, chance: Any) -> float:
    """Mean squared difference of probability and truth."""
    return float(((chance - truth) ** 2).mean())


def calibration_error(truth: Any, chance: Any, n_bins: int = N_BINS) -> float:
    """Expected calibration error over bins of equal mass; items of one probability stay together.

    Source: Nixon et al., arXiv:1904.01685.
    """
    import numpy as np

    order = np.argsort(chance, kind="stable")
    level, first = np.unique(chance[order], return_index=True)
    start = np.searchsorted(level, chance[order][_cuts(len(chance), n_bins)])
    edges = np.unique(np.append(first[start], len(chance)))
    gaps = np.add.reduceat(chance[order] - truth[order], edges[:-1])
    return float(abs(gaps).sum() / len(chance))


def _has_both(truth: Any) -> bool:
    return bool(0 < truth.sum() < len(truth))


def _cuts(n: int, n_bins: int) -> list[int]:
    return [n * i // n_bins for i in range(min(n, n_bins))]


PROBABILITY = {
    "AUROC": ranking_area,
    "average precision": average_precision,
    "Brier": brier_score,
    "ECE": calibration_error,
}
