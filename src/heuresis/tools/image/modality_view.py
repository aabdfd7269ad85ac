"""How the modality model sees a picture: reduced to 96 x 96 px, contrast stretched, in colour."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

SIDE_PX = 96
LOW_PERCENT, HIGH_PERCENT = 1.0, 99.0
SMALLEST_RANGE = 0.08  # a flat picture stays flat: its noise is not blown up to a pattern

BLANK_RANGE = 0.125  # of a view: two of 255 grey levels before the stretch

View = NDArray[np.float32]


def view(array: NDArray[Any]) -> View:
    """Return what the network gets, 3 x 96 x 96, 0 to 1; the aspect ratio is not kept.

    Width over height tells the source of a picture and not its kind, so it is taken away.

    Args:
        array: H x W or H x W x 3, uint8 or uint16.
    """
    small = shrunk(array, SIDE_PX, SIDE_PX)
    return np.ascontiguousarray(stretched(small).transpose(2, 0, 1))


def shrunk(array: NDArray[Any], height: int, width: int) -> View:
    """Return H x W x 3 at another size, 0 to 1, each pixel the mean of what it covers."""
    from PIL import Image

    if array.dtype == np.uint8:
        picture = Image.fromarray(np.ascontiguousarray(array))
        return _as_colour(np.asarray(_resized(picture, height, width), np.float32) / 255)
    scaled = array.astype(np.float32) / np.iinfo(array.dtype).max
    planes = [scaled] if scaled.ndim == 2 else list(np.moveaxis(scaled, 2, 0))
    small = [np.asarray(_resized(Image.fromarray(plane), height, width)) for plane in planes]
    return _as_colour(small[0] if len(small) == 1 else np.stack(small, axis=2))


def stretched(small: View) -> View:
    """Spread grey values over 0 to 1, all channels alike, so that colours keep their hue."""
    low, high = np.percentile(small, (LOW_PERCENT, HIGH_PERCENT)).tolist()
    spread: View = (small - low) / max(high - low, SMALLEST_RANGE)
    return np.clip(spread, 0, 1, out=spread)


def is_blank(seen: View) -> bool:
    """Whether a view shows nothing: no channel changes over the picture."""
    return bool((seen.max((1, 2)) - seen.min((1, 2))).max() < BLANK_RANGE)


def _as_colour(small: Any) -> View:
    colour: View = np.repeat(small[:, :, None], 3, axis=2) if small.ndim == 2 else small[:, :, :3]
    return colour


def _resized(picture: Any, height: int, width: int) -> Any:
    """Average down; where a side grows, interpolate it."""
    from PIL import Image

    shrink = (min(width, picture.width), min(height, picture.height))
    if shrink != picture.size:
        picture = picture.resize(shrink, Image.Resampling.BOX)
    if picture.size != (width, height):
        picture = picture.resize((width, height), Image.Resampling.BILINEAR)
    return picture
