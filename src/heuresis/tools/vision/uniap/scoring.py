"""How long a mask lives over the thresholds, and how unlike its surroundings it is."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from heuresis.tools.vision.uniap.features import FeatureMap
from heuresis.tools.vision.uniap.hierarchy import KINDS, Level, Proposal, overlaps

UNCHANGED = 0.95  # IoU


def scores(
    masks: Sequence[Proposal], found: Sequence[Level], seen: FeatureMap
) -> NDArray[np.float64]:
    """Return persistence times contrast of each mask, 0 to 1; it is no probability."""
    if not masks:
        return np.zeros(0)
    stack = np.array([mask.inside for mask in masks])
    return persistence(stack, found) * contrast(stack, seen)


def persistence(stack: NDArray[np.bool_], found: Sequence[Level]) -> NDArray[np.float64]:
    """Return the share of the threshold range over which each of (m, n) masks stays the same."""
    at = np.array([level.threshold for level in found])
    ends = np.append(at[1:], at[-1] - (at[0] - at[-1]) / max(1, len(at) - 1))
    width = at - ends if len(at) > 1 else np.ones(1)
    alive = np.zeros((len(stack), len(found)), bool)
    for number, level in enumerate(found):
        for kind in KINDS:
            labels = level.partition(kind)
            alive[:, number] |= _best_overlap(stack, labels) >= UNCHANGED
    share: NDArray[np.float64] = alive @ width / width.sum()
    return share


def contrast(stack: NDArray[np.bool_], seen: FeatureMap) -> NDArray[np.float64]:
    """Return how much liker a mask's inside is to its mean than the ring around it, 0 to 1."""
    from scipy.ndimage import binary_dilation

    cross = np.array([[0, 1, 0], [1, 1, 1], [0, 1, 0]], bool)[None]
    shaped = stack.reshape(-1, seen.height, seen.width)
    ring = (binary_dilation(shaped, cross) & ~shaped).reshape(len(stack), -1)
    inside = stack.astype(np.float64)
    means = inside @ seen.rows
    means /= np.maximum(np.linalg.norm(means, axis=1, keepdims=True), 1e-12)
    like = means @ seen.rows.T
    within = (like * inside).sum(axis=1) / inside.sum(axis=1)
    around = (like * ring).sum(axis=1) / np.maximum(ring.sum(axis=1), 1)
    difference = np.where(ring.any(axis=1), within - around, 0.0)  # all of the picture: no ring
    clipped: NDArray[np.float64] = np.clip(difference, 0, 1)
    return clipped


def _best_overlap(stack: NDArray[np.bool_], labels: NDArray[np.intp]) -> NDArray[np.float64]:
    parts = labels[None] == np.arange(int(labels.max()) + 1)[:, None]
    best: NDArray[np.float64] = overlaps(stack, parts).max(axis=1)
    return best
