"""What goes wrong in photographs of the eye's background: uneven light and dark spots.

Arrays are H x W x 3, 0 to 1. Source of the kinds: MedQ-Deg, arXiv:2603.07769; shapes are ours.
"""

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float32]
LIT = 0.1  # brightest channel of the lit part
RADIUS = (0.03, 0.09)  # of a spot, share of the longest side
DEPTH = (0.5, 0.85)  # share of the light a spot takes


def uneven_light(x: Array, edge: float, generator: np.random.Generator) -> Array:
    """Shade from a bright place outwards; at the farthest corner `edge` of the light is left."""
    v, u = np.mgrid[-1 : 1 : x.shape[0] * 1j, -1 : 1 : x.shape[1] * 1j]
    at = generator.uniform(-0.6, 0.6, 2)
    far = np.hypot(u - at[0], v - at[1])
    shade = 1 - (1 - edge) * np.clip(far / far.max() * 1.25, 0, 1) ** 1.5
    found: Array = (x * shade[:, :, None]).astype(np.float32)
    return found


def haze(x: Array, share: float) -> Array:
    """Draw the lit part towards its mean; the black surround stays black."""
    lit = (x.max(axis=2) > LIT)[:, :, None]
    mean = (x * lit).sum(axis=(0, 1)) / max(int(lit.sum()), 1)
    return np.where(lit, mean + np.float32(share) * (x - mean), x).astype(np.float32)


def dark_spots(x: Array, n_spots: float, generator: np.random.Generator) -> Array:
    """Lay soft dark discs over the lit part, as dust on the lens does."""
    height, width = x.shape[:2]
    lit = np.argwhere(x.max(axis=2) > LIT)
    places = lit if len(lit) else np.argwhere(np.ones((height, width), bool))
    v, u = np.mgrid[:height, :width]
    shade = np.ones((height, width))
    for _ in range(round(n_spots)):
        y, z = places[generator.integers(len(places))]
        radius = generator.uniform(*RADIUS) * max(height, width)
        far = np.hypot(v - y, u - z) / radius
        shade *= 1 - generator.uniform(*DEPTH) / (1 + np.exp(np.clip(8 * (far - 1), -50, 50)))
    return (x * shade[:, :, None]).astype(np.float32)
