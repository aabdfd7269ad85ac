"""Ways in which a picture gets worse, or merely other, without becoming another kind of picture."""

import io
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from heuresis.tools.image.modality_view import shrunk

Pixels = NDArray[np.uint8]
Change = Callable[[Pixels], NDArray[Any]]


def blurred(array: Pixels, sigma_px: float) -> Pixels:
    """Blur by a bell of that standard deviation."""
    from PIL import Image, ImageFilter

    return np.asarray(Image.fromarray(array).filter(ImageFilter.GaussianBlur(sigma_px)))


def noisy(array: Pixels, std: float, chance: Any) -> Pixels:
    """Add bell-shaped noise; std as a share of full scale."""
    grain = chance.standard_normal(array.shape, np.float32) * np.float32(std * 255)
    noisier: Pixels = np.clip(array + grain, 0, 255).astype(np.uint8)
    return noisier


def compressed(array: Pixels, quality: int) -> Pixels:
    """Pass through JPEG."""
    from PIL import Image

    buffer = io.BytesIO()
    Image.fromarray(array).save(buffer, "JPEG", quality=quality)
    return np.asarray(Image.open(buffer))


def toned(array: Pixels, gain: float, offset: float, gamma: float = 1.0) -> Pixels:
    """Scale, shift and bend grey values; they are cut at 0 and 1."""
    levels = np.clip(offset + gain * (np.arange(256) / 255) ** gamma, 0, 1)
    table = np.round(levels * 255).astype(np.uint8)
    changed: Pixels = table[array]
    return changed


def as_grey(array: Pixels) -> Pixels:
    """Drop colour."""
    if array.ndim == 2:
        return array
    shade = array.astype(np.float32) @ np.array([0.299, 0.587, 0.114], np.float32)
    return np.round(shade).astype(np.uint8)


def resized(array: Pixels, longest_px: int) -> Pixels:
    """Bring the longest side to a length."""
    height, width = array.shape[:2]
    factor = longest_px / max(height, width)
    size = (max(8, round(height * factor)), max(8, round(width * factor)))
    small = shrunk(array, *size)
    return np.round((small[:, :, 0] if array.ndim == 2 else small) * 255).astype(np.uint8)


def bordered(array: Pixels, share: float, value: int = 0, tall: bool = False) -> Pixels:
    """Put bars on two sides, each a share of the picture."""
    bar = round(array.shape[0 if tall else 1] * share)
    around = ((bar, bar), (0, 0)) if tall else ((0, 0), (bar, bar))
    pad = around if array.ndim == 2 else (*around, (0, 0))
    return np.pad(array, pad, constant_values=value)


def deepened(array: Pixels) -> NDArray[Any]:
    """Store in 16 bits; only grey pictures can be."""
    return array.astype(np.uint16) * 257 if array.ndim == 2 else array


def changes(seed: int = 0) -> dict[str, Change]:
    """Return the changes of the eval by name; strengths are those of the stated table."""
    chance = np.random.default_rng(seed)
    return {
        "as it is": lambda a: a,
        "64 px": lambda a: resized(a, 64),
        "blur, 2 % of the longest side": lambda a: blurred(a, 0.02 * max(a.shape[:2])),
        "noise, std 0.10": lambda a: noisy(a, 0.10, chance),
        "JPEG quality 15": lambda a: compressed(a, 15),
        "dark, gain 0.2": lambda a: toned(a, 0.2, 0.0),
        "low contrast, gain 0.3": lambda a: toned(a, 0.3, 0.35),
        "grey": as_grey,
        "inverted": lambda a: np.asarray(255 - a),
        "letterbox, black bars of 20 %": lambda a: bordered(a, 0.2),
        "16 bits": deepened,
    }
