"""From tokens to pixels: each pixel joins, of the nine tokens around it, the one it looks like.

One choice serves all masks of a picture, so parts stay inside their wholes pixel for pixel. The
seed page upsamples r bilinearly; looking at colour instead keeps edges sharp.
"""

import numpy as np
from numpy.typing import NDArray

from heuresis.tools.image.pixels import Pixels
from heuresis.tools.vision.uniap.features import resized

LONGEST_PX = 1_024  # larger pictures are matched at this size
ALIKE_LAB = 5.0
SMOOTH_PX = 1.0
NEARNESS = 1.0  # weight of the squared distance, in tokens


def token_of_pixel(image: Pixels, height: int, width: int) -> NDArray[np.int32]:
    """Return the number of the token that each pixel belongs to, H x W.

    Args:
        image: H x W x 3.
        height: Tokens down.
        width: Tokens across.
    """
    full = image.shape[:2]
    shrink = min(1.0, LONGEST_PX / max(full))
    h, w = (max(1, round(side * shrink)) for side in full)
    chosen = _matched(resized(image, h, w) if shrink < 1 else image, height, width)
    if shrink == 1:
        return chosen
    rows = np.arange(full[0]) * h // full[0]
    columns = np.arange(full[1]) * w // full[1]
    return np.asarray(chosen[rows[:, None], columns[None]])


def _matched(image: Pixels, height: int, width: int) -> NDArray[np.int32]:
    from scipy.ndimage import gaussian_filter
    from skimage.color import rgb2lab

    lab = rgb2lab(image).astype(np.float32) / np.float32(ALIKE_LAB)
    looks = gaussian_filter(lab, (SMOOTH_PX, SMOOTH_PX, 0))
    y, own_y = _places(image.shape[0], height)
    x, own_x = _places(image.shape[1], width)
    means = _means(looks, own_y, own_x, height, width)
    best = np.full(image.shape[:2], np.inf, np.float32)
    chosen = np.zeros(image.shape[:2], np.int32)
    for dy in (0, -1, 1):  # its own token first: it wins a draw
        for dx in (0, -1, 1):
            row, column = np.clip(own_y + dy, 0, height - 1), np.clip(own_x + dx, 0, width - 1)
            apart = ((looks - means[row[:, None], column[None]]) ** 2).sum(axis=2)
            apart += NEARNESS * (((y - row) ** 2)[:, None] + ((x - column) ** 2)[None])
            closer = apart < best
            best = np.where(closer, apart, best)
            chosen = np.where(closer, row[:, None] * width + column[None], chosen)
    return chosen.astype(np.int32)


def _places(n_px: int, n: int) -> tuple[NDArray[np.float32], NDArray[np.intp]]:
    """Return where pixels lie, in tokens, and the token whose cell holds each."""
    at = ((np.arange(n_px) + 0.5) * n / n_px).astype(np.float32)
    return at - np.float32(0.5), np.minimum(at.astype(np.intp), n - 1)


def _means(
    looks: NDArray[np.float32],
    own_y: NDArray[np.intp],
    own_x: NDArray[np.intp],
    height: int,
    width: int,
) -> NDArray[np.float32]:
    cell = (own_y[:, None] * width + own_x[None]).ravel()
    count = np.maximum(np.bincount(cell, minlength=height * width), 1)
    sums = [
        np.bincount(cell, looks[:, :, c].ravel(), minlength=height * width) / count
        for c in range(looks.shape[2])
    ]
    return np.stack(sums, axis=1).reshape(height, width, -1).astype(np.float32)
