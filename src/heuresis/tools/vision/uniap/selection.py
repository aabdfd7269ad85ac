"""Prompts: points, a granularity and boxes choose from masks that are there already."""

from collections.abc import Callable, Sequence
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

M = TypeVar("M")
Rectangle = tuple[int, int, int, int]
BANDS = ("fine", "medium", "coarse")


def holding(masks: Sequence[M], holds: Callable[[M], bool]) -> list[M]:
    """Keep the masks that hold what was pointed at."""
    return [mask for mask in masks if holds(mask)]


def band(masks: Sequence[M], granularity: str) -> list[M]:
    """Keep a third of masks sorted from large to small: the last, the middle, the first.

    Thirds overlap where there are too few, so that none is empty while there is a mask.
    """
    n = len(masks)
    if not n:
        return []
    third = -(-n // 3)
    start = {"coarse": 0, "medium": (n - third) // 2, "fine": n - third}[granularity]
    return list(masks[start : start + third])


def best_in_boxes(
    masks: Sequence[M], box_of: Callable[[M], Rectangle], boxes: Sequence[Rectangle]
) -> list[M]:
    """Keep for each box the mask whose own box has the best IoU, in the order of the masks."""
    if not masks:
        return []
    own = np.array([box_of(mask) for mask in masks], float)
    chosen = {int(np.argmax(box_overlaps(own, np.array(box, float)))) for box in boxes}
    return [masks[i] for i in sorted(chosen)]


def box_overlaps(many: NDArray[np.float64], one: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the IoU of half-open boxes (n, 4), x0 y0 x1 y1, with one box (4,)."""
    width = np.minimum(many[:, 2], one[2]) - np.maximum(many[:, 0], one[0])
    height = np.minimum(many[:, 3], one[3]) - np.maximum(many[:, 1], one[1])
    both = np.clip(width, 0, None) * np.clip(height, 0, None)
    area = (many[:, 2] - many[:, 0]) * (many[:, 3] - many[:, 1])
    share: NDArray[np.float64] = both / (area + (one[2] - one[0]) * (one[3] - one[1]) - both)
    return share


def rectangle(inside: NDArray[np.bool_]) -> Rectangle:
    """Return the smallest half-open box around a mask, x0 y0 x1 y1."""
    rows, columns = np.flatnonzero(inside.any(axis=1)), np.flatnonzero(inside.any(axis=0))
    return int(columns[0]), int(rows[0]), int(columns[-1]) + 1, int(rows[-1]) + 1
