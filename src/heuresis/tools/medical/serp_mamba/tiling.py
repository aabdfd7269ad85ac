"""Probability of vessel over a whole view: overlapping tiles, each view turned four ways."""

from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from heuresis.tools.medical.serp_mamba.preparation import Floats

TILE_PX = 192
OVERLAP_PX = 18  # what nine tiles of 192 leave on a field of 540
AT_ONCE = 3
Predict = Callable[[Tensor], Tensor]
# As it is, mirrored in x, mirrored in y, both: the order of the four answers.
FLIPS: tuple[tuple[int, ...], ...] = ((), (1,), (0,), (0, 1))


def four_ways(view: Floats, predict: Predict) -> NDArray[np.float32]:
    """Return the probability map of each flip, turned back: 4 x H x W.

    Args:
        view: H x W, standardised.
        predict: Maps tiles (n, 1, h, w) to probabilities (n, h, w).
    """
    given = torch.from_numpy(np.ascontiguousarray(view))
    found = [over_tiles(given.flip(axes), predict).flip(axes) for axes in FLIPS]
    maps: NDArray[np.float32] = torch.stack(found).numpy()
    return maps


def over_tiles(view: Tensor, predict: Predict) -> Tensor:
    """Average overlapping tiles under a cosine window, (H, W) to (H, W)."""
    height, width = view.shape
    padded = _padded(view)
    corners = [(y, x) for y in starts(padded.shape[0]) for x in starts(padded.shape[1])]
    total, weight = torch.zeros_like(padded), torch.zeros_like(padded)
    window = cosine_window(TILE_PX)
    for k in range(0, len(corners), AT_ONCE):
        places = [np.s_[y : y + TILE_PX, x : x + TILE_PX] for y, x in corners[k : k + AT_ONCE]]
        with torch.inference_mode():
            answers: Any = predict(torch.stack([padded[place] for place in places])[:, None])
        for place, answer in zip(places, answers, strict=True):
            total[place] += answer * window
            weight[place] += window
    return (total / weight)[:height, :width]


def starts(length: int) -> list[int]:
    """Return where tiles begin: evenly spread, overlapping, the last one ending at the end."""
    n = 1 + max(0, -(-(length - TILE_PX) // (TILE_PX - OVERLAP_PX)))
    return [round(i * (length - TILE_PX) / max(1, n - 1)) for i in range(n)]


def cosine_window(size: int) -> Tensor:
    """Return weights that fall towards the edges but never to 0, (size, size)."""
    phase = (torch.arange(size) + 0.5) / size
    line = torch.sin(torch.pi * phase)
    return line[:, None] * line


def _padded(view: Tensor) -> Tensor:
    """Repeat the last row and column until a tile fits."""
    below, beside = (max(0, TILE_PX - side) for side in view.shape)
    grown = torch.nn.functional.pad(view[None, None], (0, beside, 0, below), mode="replicate")
    return grown[0, 0]
