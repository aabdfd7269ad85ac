"""What goes wrong in computed tomography: too few views, a missing wedge, too few photons.

The error of a reconstruction is added to the image: what filtered back-projection does to a whole
scan alike is left out, or every simulated image could be told by it. Arrays are H x W, 0 to 1.
Source: Kak and Slaney, Principles of Computerized Tomographic Imaging (1988), chapter 3.
"""

from collections.abc import Callable
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from heuresis.tools.image.degradations.optical import resized

Array = NDArray[np.float32]
Measured = Callable[[Array], tuple[Array, NDArray[np.int_]]]
N_VIEWS = 180
WORKING_PX = 128  # larger slices are projected at this size, and the error is enlarged
LARGEST_INTEGRAL = 4.0  # line integral through the densest part, as in a body


def sparse_view(x: Array, n_views: float, generator: np.random.Generator) -> Array:
    """Reconstruct from every few degrees only."""
    start = int(generator.integers(N_VIEWS))
    chosen = (start + np.round(np.linspace(0, N_VIEWS, round(n_views), False))) % N_VIEWS
    return _with_error(x, lambda sinogram: (sinogram, chosen.astype(int)))


def limited_angle(x: Array, wedge_deg: float, generator: np.random.Generator) -> Array:
    """Reconstruct from a wedge of the half-turn."""
    start = int(generator.integers(N_VIEWS))
    chosen = (start + np.arange(round(wedge_deg))) % N_VIEWS
    # A scanner scales by the half-turn: what was not measured counts as nothing.
    return _with_error(x, lambda sinogram: (sinogram, chosen), N_VIEWS)


def low_dose(x: Array, n_photons: float, generator: np.random.Generator) -> Array:
    """Count photons: fewer behind dense parts, which streaks the image along them."""

    def counted(sinogram: Array) -> tuple[Array, NDArray[np.int_]]:
        scale = LARGEST_INTEGRAL / max(float(sinogram.max()), 1e-6)
        counts = generator.poisson(n_photons * np.exp(-sinogram * scale))
        noisy = -np.log(np.maximum(counts, 1) / n_photons) / scale
        return noisy.astype(np.float32), np.arange(N_VIEWS)

    return _with_error(x, counted)


def _with_error(x: Array, measured: Measured, n_half_turn: int | None = None) -> Array:
    """Add to an image what a bad measurement changes in its reconstruction."""
    height, width = x.shape
    side = min(max(height, width), WORKING_PX)
    size = (round(height * side / max(x.shape)), round(width * side / max(x.shape)))
    is_same = size == x.shape
    small = x if is_same else resized(x[:, :, None], size, "area")[:, :, 0]
    square = _padded(small)
    whole = _project(square)
    sinogram, chosen = measured(whole)
    bad = _back_project(sinogram[chosen], chosen, len(square), n_half_turn or len(chosen))
    good = _back_project(whole, np.arange(N_VIEWS), len(square), N_VIEWS)
    error = (bad - good)[: size[0], : size[1]]
    wide = error if is_same else resized(error[:, :, None], (height, width), "cubic")[:, :, 0]
    found: Array = np.clip(x + wide, 0, 1).astype(np.float32)
    return found


def _padded(x: Array) -> Array:
    side = max(x.shape)
    return np.pad(x, ((0, side - x.shape[0]), (0, side - x.shape[1])))


def _project(x: Array) -> Array:
    """Return line integrals, 180 views x detector bins, of a square image."""
    side = len(x)
    found: Array = (_rays(side) @ x.ravel()).reshape(N_VIEWS, _n_bins(side)).astype(np.float32)
    return found


def _back_project(sinogram: Array, views: NDArray[np.int_], side: int, n_half_turn: int) -> Array:
    """Filter each view by the ramp and smear it back over the image."""
    n = sinogram.shape[1]
    length = 2 ** int(np.ceil(np.log2(2 * n)))
    whole = np.zeros((N_VIEWS, n))
    filtered = np.fft.irfft(np.fft.rfft(sinogram, length, axis=1) * _ramp(length), length, axis=1)
    whole[views] = filtered[:, :n]
    image = (_rays(side).T @ whole.ravel()).reshape(side, side)
    found: Array = (image * np.pi / n_half_turn).astype(np.float32)
    return found


def _n_bins(side: int) -> int:
    return (int(np.ceil(side * np.sqrt(2))) + 3) | 1


@lru_cache(maxsize=4)
def _rays(side: int) -> Any:
    """Return the matrix that shares each pixel out between the two bins it falls between."""
    from scipy.sparse import csr_matrix

    n, n_bins = side * side, _n_bins(side)
    y, x = (np.mgrid[:side, :side] - (side - 1) / 2).reshape(2, -1)
    angles = np.deg2rad(np.arange(N_VIEWS) * 180 / N_VIEWS)[:, None]
    at = x * np.cos(angles) + y * np.sin(angles) + n_bins // 2
    low = at.astype(np.int32)
    bins = low + np.arange(N_VIEWS, dtype=np.int32)[:, None] * n_bins
    rows = np.concatenate([bins.ravel(), bins.ravel() + 1])
    columns = np.tile(np.arange(n, dtype=np.int32), 2 * N_VIEWS)
    near = (at - low).astype(np.float32).ravel()
    weights = np.concatenate([1 - near, near])
    return csr_matrix((weights, (rows, columns)), shape=(N_VIEWS * n_bins, n))


@lru_cache(maxsize=4)
def _ramp(length: int) -> NDArray[np.float64]:
    """Return the ramp filter as the transform of its exact samples (Kak and Slaney, eq. 61)."""
    n = np.concatenate([np.arange(length // 2 + 1), np.arange(length // 2 - 1, 0, -1)])
    taps = np.where(n % 2 == 1, -1 / (np.pi * np.maximum(n, 1)) ** 2, 0.0)
    taps[0] = 0.25
    ramp: NDArray[np.float64] = np.real(np.fft.rfft(taps))
    return ramp
