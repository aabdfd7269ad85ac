"""Does a fundus photograph show an eye's structure? Numbers that do not depend on the camera.

Of the logarithm of light inside the lit field: how much it varies at seven sizes, whether the
variation is dark on bright (vessels are), and how much is burnt out or black. A linear rule over
them was learned on simulated losses of other cameras than those it was measured on.
"""

from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

SIGMAS_PX = (0.8, 1.2, 1.8, 2.7, 4.0, 6.0, 9.0)  # at a longest side of 128 px
LIT, BURNT, BLACK = 0.08, 0.97, 0.08
RIM_PX, LEAST_CORE_PX = 6, 400
SMALLEST = 1e-4
N_FEATURES = len(SIGMAS_PX) + 4 + 3


def structure_features(array: NDArray[Any]) -> NDArray[np.float32]:
    """Return the fourteen numbers of a prepared image, H x W or H x W x 3, uint8."""
    from scipy.ndimage import gaussian_filter

    scaled = array.astype(np.float32) / 255
    colour = scaled if scaled.ndim == 3 else np.repeat(scaled[:, :, None], 3, axis=2)
    brightest = colour.max(axis=2)
    core = _core(brightest > LIT)
    light = colour @ np.array([0.3, 0.6, 0.1], np.float32)
    log_light = np.log(light + 0.03)
    smooth = [log_light, *(gaussian_filter(log_light, sigma) for sigma in SIGMAS_PX)]
    bands = [np.log((fine - coarse)[core].std() + SMALLEST) for fine, coarse in pairwise(smooth)]
    skews = [_skewness((smooth[i] - smooth[i + 2])[core]) for i in range(1, 5)]
    burnt, black = (brightest[core] > BURNT).mean(), (light[core] < BLACK).mean()
    return np.array([*bands, *skews, burnt, black, (brightest > LIT).mean()], np.float32)


def _core(lit: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Return the lit field without its rim; everything where hardly anything is lit."""
    from scipy.ndimage import binary_erosion

    core: NDArray[np.bool_] = binary_erosion(lit, iterations=RIM_PX, border_value=0)
    return core if core.sum() >= LEAST_CORE_PX else np.ones_like(lit)


def _skewness(values: NDArray[np.float32]) -> float:
    centred = values - values.mean()
    return float((centred**3).mean() / (centred.std() ** 3 + 1e-6))
