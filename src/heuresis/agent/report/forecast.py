"""Whether the surrogate learned: what it expected against what was measured."""

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from heuresis.agent.report.record import Record

MIN_PAIRS = 4  # an interval of the correlation needs more than three


def forecasts(record: Record) -> list[tuple[float, float]]:
    """Return (expected, measured) utility of measured candidates that had not been seen before.

    Candidates brought back from earlier campaigns are left out: their value was known.
    """
    return [
        (one.expected, record.utilities[one.id])
        for one in record.measured
        if one.expected is not None and not one.retest
    ]


def spearman(pairs: Sequence[tuple[float, float]]) -> str:
    """Say the rank correlation with its 95 % interval (Fisher, with 1.06 for ranks).

    Source: Fieller, Hartley and Pearson, doi:10.1093/biomet/44.3-4.470.
    """
    rho = rank_correlation(pairs)
    if rho is None:
        return f"Too few or too equal forecasts ({len(pairs)}) for a rank correlation."
    n = len(pairs)
    said = f"Spearman rank correlation {rho:.2f}"
    if abs(rho) > 0.9999:
        return f"{said}, n = {n}; no interval at this limit."
    half = 1.96 * math.sqrt(1.06 / (n - 3))
    low, high = (math.tanh(math.atanh(rho) + sign * half) for sign in (-1, 1))
    verdict = "" if low > 0 else " The interval includes 0: that it learned is not shown."
    return f"{said}, 95% interval {low:.2f} to {high:.2f}, n = {n}.{verdict}".replace(
        "-", "\N{MINUS SIGN}"
    )


def rank_correlation(pairs: Sequence[tuple[float, float]]) -> float | None:
    """Return Spearman's rho, ties given their mean rank; None where it has no meaning."""
    if len(pairs) < MIN_PAIRS:
        return None
    expected, measured = (_ranks(np.array(side)) for side in zip(*pairs, strict=True))
    if expected.std() == 0 or measured.std() == 0:
        return None
    return float(np.corrcoef(expected, measured)[0, 1])


def _ranks(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Rank values, shape (n,), from 0; equal ones share the mean of their ranks."""
    _, group, count = np.unique(values, return_inverse=True, return_counts=True)
    last = np.cumsum(count)
    mean: NDArray[np.float64] = last - (count + 1) / 2
    return mean[group]
