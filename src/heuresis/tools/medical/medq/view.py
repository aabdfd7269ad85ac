"""How the quality model sees an image: averaged down to 128 px, never enlarged, on a black canvas.

Every image passes this same way, degraded or not, so that the way itself cannot be learned.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from heuresis.tools.image.degradations.kinds import Modality

WORKING_PX = 128
SMALL_PX = 64  # images up to here may get a smaller canvas, which saves time
ON_SMALL: tuple[Modality, ...] = (
    "chest_xray",
    "ct",
)  # only they had many such images to learn from
MIN_SIDE_PX = 24

View = NDArray[np.uint8]


def prepared(array: NDArray[Any]) -> View:
    """Return an image as h x w or h x w x 3, uint8, its longest side 128 px at most.

    Args:
        array: H x W or H x W x 3, uint8 or uint16.
    """
    from PIL import Image

    eight = array if array.dtype == np.uint8 else (array >> 8).astype(np.uint8)
    longest = max(eight.shape[:2])
    if longest <= WORKING_PX:
        return _plain(eight)
    height, width = (max(1, round(n * WORKING_PX / longest)) for n in eight.shape[:2])
    picture = Image.fromarray(np.ascontiguousarray(eight))
    return _plain(np.asarray(picture.resize((width, height), Image.Resampling.BOX)))


def canvas_px(view: View, modality: Modality) -> int:
    """Return the side of the canvas an image goes on."""
    is_small = max(view.shape[:2]) <= SMALL_PX and modality in ON_SMALL
    return SMALL_PX if is_small else WORKING_PX


@dataclass(frozen=True)
class Canvas:
    """Images of one canvas size, ready for the network.

    Attributes:
        planes: n x 3 x s x s: grey, red minus green, blue minus green; 0 outside the image.
        inside: n x 1 x s x s: 1 where there is image.
    """

    planes: NDArray[np.float32]
    inside: NDArray[np.float32]


def on_canvas(views: Sequence[View], side: int) -> Canvas:
    """Put images of at most `side` px in the middle of black squares."""
    planes = np.zeros((len(views), 3, side, side), np.float32)
    inside = np.zeros((len(views), 1, side, side), np.float32)
    for i, view in enumerate(views):
        height, width = view.shape[:2]
        y, x = (side - height) // 2, (side - width) // 2
        here = (slice(y, y + height), slice(x, x + width))
        planes[(i, slice(None), *here)] = _planes(view)
        inside[(i, 0, *here)] = 1
    return Canvas(planes, inside)


def _planes(view: View) -> NDArray[np.float32]:
    scaled = view.astype(np.float32) / 255
    if scaled.ndim == 2:
        return np.stack([scaled, np.zeros_like(scaled), np.zeros_like(scaled)])
    red, green, blue = np.moveaxis(scaled, 2, 0)
    return np.stack([0.299 * red + 0.587 * green + 0.114 * blue, red - green, blue - green])


def _plain(array: View) -> View:
    """Drop colour where there is none, so that grey is told the same way however it was stored."""
    if array.ndim == 3 and (np.ptp(array[:, :, :3].astype(np.int16), axis=2) <= 2).all():
        return np.ascontiguousarray(array[:, :, 0])
    return np.ascontiguousarray(array[:, :, :3] if array.ndim == 3 else array)
