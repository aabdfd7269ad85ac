"""Fifteen numbers of an image that anybody can check: light, colour, sharpness, spread."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

NAMES = (
    "mean_red",
    "mean_green",
    "mean_blue",
    "std_red",
    "std_green",
    "std_blue",
    "green_p05",
    "green_p50",
    "green_p95",
    "laplacian_variance",
    "mean_gradient",
    "entropy_bits",
    "share_dark",
    "share_bright",
    "channel_spread",
)
DARK, BRIGHT = 0.05, 0.9


def hand_features(array: NDArray[Any]) -> NDArray[np.float32]:
    """Return the numbers in the order of NAMES; values 0 to 1, but entropy in bits.

    Args:
        array: H x W or H x W x 3, uint8.
    """
    scaled = array.astype(np.float32) / np.float32(255)
    colour = scaled if scaled.ndim == 3 else np.repeat(scaled[:, :, None], 3, axis=2)
    grey: NDArray[np.float32] = colour @ np.array([0.299, 0.587, 0.114], np.float32)
    down, across = np.gradient(grey)
    found = [
        *colour.mean(axis=(0, 1)),
        *colour.std(axis=(0, 1)),
        *np.percentile(colour[:, :, 1], (5, 50, 95)),
        _laplacian(grey).var(),
        np.hypot(down, across).mean(),
        _entropy_bits(grey),
        (grey < DARK).mean(),
        (grey > BRIGHT).mean(),
        (colour.max(axis=2) - colour.min(axis=2)).mean(),
    ]
    return np.array(found, np.float32)


def _laplacian(grey: NDArray[np.float32]) -> NDArray[np.float32]:
    inner = grey[1:-1, 1:-1]
    around = grey[:-2, 1:-1] + grey[2:, 1:-1] + grey[1:-1, :-2] + grey[1:-1, 2:]
    found: NDArray[np.float32] = around - 4 * inner
    return found


def _entropy_bits(grey: NDArray[np.float32]) -> float:
    counts = np.bincount(np.clip(grey * 255, 0, 255).astype(np.uint8).ravel(), minlength=256)
    shares = counts[counts > 0] / grey.size
    return float(-(shares * np.log2(shares)).sum())
