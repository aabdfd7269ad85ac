"""What a search believes of candidates not yet tried: chance to score, and utility if they score.

Two Gaussian processes over one measure of likeness. One learns which candidates score at all, from
every observation; one learns how much, from those that score. Their product is the expected
utility, so that many failures teach what to avoid and do not flatten the scale among the good.
Source: doi:10.7551/mitpress/3206.001.0001, sections 2.2, 5.4.1 and 6.5.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

MAX_POINTS = 2000
MIN_SCORING = 3
NOISE_RATIOS = (0.003, 0.01, 0.03, 0.1, 0.3, 1.0)
CHANCE_LIMITS = (0.02, 0.99)

Vector = NDArray[np.float64]
Features = NDArray[Any]
Likeness = Callable[[Features, Features], NDArray[np.float64]]


@dataclass(frozen=True)
class Forecast:
    """Beliefs about some candidates, each an array of shape (n_candidates,).

    Attributes:
        expected: Expected utility in [0, 1].
        optimistic: Utility that is still plausible; what to rank by when exploring.
    """

    expected: Vector
    optimistic: Vector


class Surrogate:
    """Learns once from all observations, then forecasts.

    Args:
        features: One row for each candidate, shape (n_candidates, n_features).
        utilities: Utility of each in [0, 1]; 0 means that it failed or is worthless.
        likeness: Kernel of two feature arrays, shape (n_left, n_right); 1 for equal rows.
    """

    def __init__(self, features: Features, utilities: Sequence[float], likeness: Likeness) -> None:
        values = np.asarray(utilities, dtype=np.float64)
        kept = _thin(values)
        values = values[kept]
        self._likeness = likeness
        self._features = features[kept]
        self._scoring = values > 0
        kernel = likeness(self._features, self._features)
        self._chance = fit(kernel, self._scoring.astype(np.float64))
        good = self._scoring
        self._utility = (
            fit(kernel[np.ix_(good, good)], values[good]) if good.sum() >= MIN_SCORING else None
        )
        self._typical = float(values[good].mean()) if good.any() else 0.5

    def forecast(self, features: Features, boldness: float) -> Forecast:
        """Return beliefs about candidates.

        Args:
            features: As for learning, shape (n_candidates, n_features).
            boldness: Standard deviations added to be optimistic.
        """
        kernel = self._likeness(self._features, features)
        chance, chance_std = self._chance.predict(kernel)
        if self._utility is None:
            mean, std = np.full(len(features), self._typical), np.zeros(len(features))
        else:
            mean, std = self._utility.predict(kernel[self._scoring])
        likely = np.clip(chance, *CHANCE_LIMITS)
        hoped = np.clip(chance + 0.5 * boldness * chance_std, *CHANCE_LIMITS)
        return Forecast(
            expected=likely * np.clip(mean, 0, 1), optimistic=hoped * (mean + boldness * std)
        )


@dataclass(frozen=True)
class Process:
    """A fitted Gaussian process with a constant mean.

    Attributes:
        mean: Constant mean of the values.
        scale: Standard deviation of the values about the mean, without noise.
        factor: Cholesky factor of kernel plus noise ratio, as scipy gives it.
        weights: Solution for the centred values, shape (n_points,).
    """

    mean: float
    scale: float
    factor: Any
    weights: Vector

    def predict(self, kernel: NDArray[np.float64]) -> tuple[Vector, Vector]:
        """Return mean and standard deviation, given the kernel (n_points, n_queries)."""
        from scipy.linalg import cho_solve

        mean = self.mean + kernel.T @ self.weights
        spread = 1.0 - np.einsum("ij,ij->j", kernel, cho_solve(self.factor, kernel))
        return mean, self.scale * np.sqrt(np.clip(spread, 0.0, None))


def fit(kernel: NDArray[np.float64], values: Vector) -> Process:
    """Fit by the highest marginal likelihood over NOISE_RATIOS; mean and scale are exact.

    Args:
        kernel: Similarities of the points, shape (n_points, n_points), ones on the diagonal.
        values: What was observed, shape (n_points,).
    """
    best: Process | None = None
    best_score = -np.inf
    for ratio in NOISE_RATIOS:
        process, score = _fit_at(kernel, values, ratio)
        if best is None or score > best_score:
            best, best_score = process, score
    assert best is not None  # NOISE_RATIOS is not empty
    return best


def _fit_at(kernel: NDArray[np.float64], values: Vector, ratio: float) -> tuple[Process, float]:
    from scipy.linalg import cho_factor, cho_solve

    n = len(values)
    factor = cho_factor(kernel + ratio * np.eye(n), lower=True)
    ones = cho_solve(factor, np.ones(n))
    mean = float(ones @ values / ones.sum())
    weights = cho_solve(factor, values - mean)
    variance = max(float((values - mean) @ weights) / n, 1e-12)
    score = -0.5 * n * np.log(variance) - float(np.log(np.diag(factor[0])).sum())
    return Process(mean, float(np.sqrt(variance)), factor, weights), score


def _thin(values: Vector) -> NDArray[np.int64]:
    """Keep at most MAX_POINTS: the best half, and the rest at even steps of rank."""
    order = np.argsort(-values, kind="stable")
    half = MAX_POINTS // 2
    if len(order) <= MAX_POINTS:
        return np.sort(order)
    steps = np.linspace(half, len(order) - 1, MAX_POINTS - half).astype(np.int64)
    return np.sort(np.concatenate([order[:half], order[steps]]))
