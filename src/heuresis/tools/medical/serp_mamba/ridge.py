"""Vessels by formula: the ridge filter a network has to beat.

Source: doi:10.1016/S1361-8415(98)80009-1.
"""

import numpy as np

from heuresis.tools.medical.serp_mamba.preparation import Floats, Mask

SIGMAS_PX = (1, 2, 3)
THRESHOLD = 0.011  # best mean Dice on DRIVE's training images
RIM_PX = 6


def ridges(green: Floats, fov: Mask) -> Floats:
    """Return the strength of dark lines, H x W, 0 at the rim of the field.

    Args:
        green: H x W, 0 to 1, scaled to a field of view of 540 px.
        fov: H x W, true inside.
    """
    from scipy import ndimage
    from skimage.filters import sato

    strength = sato(green, sigmas=SIGMAS_PX, black_ridges=True)
    inner = ndimage.binary_erosion(fov, iterations=RIM_PX)
    found: Floats = np.where(inner, strength, 0).astype(np.float32)
    return found
