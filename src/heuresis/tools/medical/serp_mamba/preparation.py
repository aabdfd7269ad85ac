"""From a fundus photograph to what the network reads: green, evened out, one scale, no rim.

The scale is the first thing that differs between cameras: every field of view is brought to the
diameter of DRIVE's. Frame: height x width, origin top-left, pixels.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

DIAMETER_PX = 540.0
RED_SHARES = (0.1, 0.15, 0.2)  # of the 95th percentile of red; above lies the field of view
ROUND = 0.03  # of the field may lie outside its disc: tags and notches of the camera
TILES, CLIP = 8, 2 / 256  # contrast-limited equalisation, as OpenCV's 8 x 8 tiles and clip 2
RIM_PX = 3
BLANK = 0.015  # standard deviation of green; photographs, bad ones too, had 0.034 at least

Floats = NDArray[np.float32]
Mask = NDArray[np.bool_]


@dataclass(frozen=True)
class View:
    """A photograph as the network reads it.

    Attributes:
        shade: H x W, 0 to 1, evened out; beyond the field of view its rim goes on.
        green: H x W, 0 to 1, as photographed.
        fov: H x W, true inside the field of view.
        box: Top, left, bottom, right of the view in the original, in pixels.
        size: Height and width of the original.
    """

    shade: Floats
    green: Floats
    fov: Mask
    box: tuple[int, int, int, int]
    size: tuple[int, int]

    @property
    def is_blank(self) -> bool:
        """Whether there is nothing to see: evening out would turn faint noise into structure."""
        return float(self.green[self.fov].std()) < BLANK

    def standardised(self) -> Floats:
        """Return the shade with mean 0 and standard deviation 1 in the field of view."""
        inside = self.shade[self.fov]
        scaled: Floats = (self.shade - inside.mean()) / max(float(inside.std()), 1e-3)
        return scaled

    def restore(self, probability: Floats, fov: Mask) -> Floats:
        """Bring a probability of the view's size back to the original's; 0 outside of `fov`."""
        top, left, bottom, right = self.box
        whole = np.zeros(self.size, np.float32)
        whole[top:bottom, left:right] = resized(probability, (bottom - top, right - left))
        return np.where(fov, np.clip(whole, 0, 1), np.float32(0))


def field_of_view(image: NDArray[Any]) -> Mask:
    """Find the round field by its red light: H x W x 3 to H x W; all false where none is.

    The largest piece above a tenth of the 95th percentile, with holes filled; above more where
    that is not round, as in dark eyes before a grey surround.
    """
    red = image[:, :, 0].astype(np.float32)
    bright = max(float(np.percentile(red, 95)), 1.0)
    found = [_largest_piece(red > share * bright) for share in RED_SHARES]
    return next((fov for fov in found if beyond_disc(fov) < ROUND), found[0])


def dark_corners(fov: Mask) -> int:
    """Count corners of the photograph that lie outside the field."""
    return int(4 - fov[[0, 0, -1, -1], [0, -1, 0, -1]].sum())


def beyond_disc(fov: Mask) -> float:
    """Return the share of a field outside the disc on its longer side; 1 where there is none."""
    if not fov.any():
        return 1.0
    top, left, bottom, right = bounds(fov)
    y = np.arange(fov.shape[0])[:, None] + 0.5 - (top + bottom) / 2
    x = np.arange(fov.shape[1]) + 0.5 - (left + right) / 2
    outside = fov & (y * y + x * x > (diameter_px(fov) / 2) ** 2)
    return float(outside.sum() / fov.sum())


def _largest_piece(bright: Mask) -> Mask:
    from scipy import ndimage

    pieces, n = ndimage.label(bright)
    if n == 0:
        return bright
    largest = 1 + int(np.argmax(np.bincount(pieces.ravel())[1:]))
    filled: Mask = ndimage.binary_fill_holes(pieces == largest)
    return filled


def diameter_px(fov: Mask) -> float:
    """Return the longer side of the field's bounding box: cameras cut it above and below."""
    if not fov.any():
        return 0.0
    top, left, bottom, right = bounds(fov)
    return float(max(bottom - top, right - left))


def bounds(fov: Mask) -> tuple[int, int, int, int]:
    """Return top, left, bottom, right of what is true, half-open."""
    rows, columns = np.flatnonzero(fov.any(1)), np.flatnonzero(fov.any(0))
    return int(rows[0]), int(columns[0]), int(rows[-1]) + 1, int(columns[-1]) + 1


def prepare(image: NDArray[Any], fov: Mask) -> View:
    """Cut to the field of view, scale it to 540 px, even out the green channel.

    Args:
        image: H x W x 3, uint8.
        fov: H x W, true inside, not empty.
    """
    from skimage.exposure import equalize_adapthist

    box = bounds(fov)
    part = (slice(box[0], box[2]), slice(box[1], box[3]))
    factor = DIAMETER_PX / diameter_px(fov)
    size = tuple(max(1, round((b - a) * factor)) for a, b in (box[::2], box[1::2]))
    green = resized(image[part][:, :, 1].astype(np.float32) / 255, (size[0], size[1]))
    inside = resized(fov[part].astype(np.float32), (size[0], size[1])) > 0.5
    kernel = [max(1, side // TILES) for side in size]
    filled = np.clip(_beyond_rim(green, inside), 0, 1).astype(np.float32)
    shade = equalize_adapthist(filled, kernel, CLIP).astype(np.float32)
    return View(shade, green, inside, box, (image.shape[0], image.shape[1]))


def resized(array: NDArray[Any], size: tuple[int, int]) -> Floats:
    """Return H x W at another size, bilinear, smoothed first where it shrinks."""
    import torch
    from torch.nn.functional import interpolate

    if array.shape == size:
        return array
    given = torch.from_numpy(np.ascontiguousarray(array, np.float32))[None, None]
    out = interpolate(given, size, mode="bilinear", antialias=True, align_corners=False)
    found: Floats = out[0, 0].numpy()
    return found


def _beyond_rim(green: Floats, inside: Mask) -> Floats:
    """Continue the field outwards: a black surround would be the strongest edge of all."""
    from scipy import ndimage

    core = ndimage.binary_erosion(inside, iterations=RIM_PX)
    if not core.any():
        return green
    nearest = ndimage.distance_transform_edt(~core, return_distances=False, return_indices=True)
    continued: Floats = green[tuple(nearest)]
    return continued
