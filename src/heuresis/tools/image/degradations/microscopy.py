"""What goes wrong under the microscope: a stain that fades and shifts, bubbles and debris.

Arrays are H x W x 3, 0 to 1. Source of the kinds: MedQ-Deg, arXiv:2603.07769; shapes are ours.
"""

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float32]
DARKEST = 1 / 255
RADIUS = (0.04, 0.1)  # of a disc, share of the longest side
TINTS = ((0.35, 0.06, 0.08), (0.12, 0.1, 0.1), (0.8, 0.78, 0.75))  # blood, dirt, air


def stain_shift(x: Array, share: float, generator: np.random.Generator) -> Array:
    """Scale optical density; `share` of it is left, a little more or less in each channel."""
    density = -np.log(np.clip(x, DARKEST, 1))
    tilt = 1 + generator.uniform(-1, 1, x.shape[2]) * 0.5 * (1 - share)
    found: Array = np.exp(-density * np.float32(share) * tilt).astype(np.float32)
    return found


def bubbles(x: Array, n_discs: float, generator: np.random.Generator) -> Array:
    """Lay opaque discs with a darker rim over the field."""
    height, width = x.shape[:2]
    v, u = np.mgrid[:height, :width]
    out = x.copy()
    for _ in range(round(n_discs)):
        y, z = generator.uniform(0, height), generator.uniform(0, width)
        radius = generator.uniform(*RADIUS) * max(height, width)
        far = np.hypot(v - y, u - z) / radius
        cover = 1 / (1 + np.exp(np.clip(20 * (far - 1), -50, 50)))
        rim = 1 - 0.5 * np.exp(-((far - 0.92) ** 2) / 0.006)
        tint = np.array(TINTS[generator.integers(len(TINTS))], np.float32)
        cover_3 = (cover * 0.95)[:, :, None]
        out = (out * (1 - cover_3) + tint * rim[:, :, None] * cover_3).astype(np.float32)
    return out
