"""What goes wrong in magnetic resonance imaging: all of it happens in the plane of frequencies.

Arrays are H x W, 0 to 1; rows of the frequency plane are the lines of phase encoding.
Source of the kinds: MedQ-Deg, arXiv:2603.07769; the operations follow the physics of acquisition.
"""

import numpy as np
from numpy.typing import NDArray

from heuresis.tools.image.degradations.optical import grainy

Array = NDArray[np.float32]
CENTRE = 0.08  # share of the lines always measured


def rician_noise(x: Array, std: float, generator: np.random.Generator, grain: float) -> Array:
    """Return the magnitude of a complex signal with normal noise in both parts."""
    parts = grainy((*x.shape, 2), generator, grain) * std
    return _clipped(np.hypot(x + parts[:, :, 0], parts[:, :, 1]))


def motion(x: Array, share: float, shift_px: float, generator: np.random.Generator) -> Array:
    """Replace a share of the lines by lines of the moved head: shifted, and turned a little."""
    from scipy.ndimage import rotate, shift

    lines = _lines(x)
    n = x.shape[0]
    blocks = np.array_split(generator.permutation(n), max(1, round(1 / CENTRE)))
    left = round(share * n)
    for block in blocks:
        if left <= 0:
            break
        chosen = block[:left]
        left -= len(chosen)
        by = generator.uniform(-1, 1, 2) * shift_px
        turned = rotate(x, generator.uniform(-1, 1) * 3, reshape=False, order=1, mode="nearest")
        moved = shift(turned, by, order=1, mode="nearest")
        lines[chosen] = _lines(moved)[chosen]
    return _image(lines)


def undersampling(x: Array, factor: float, generator: np.random.Generator) -> Array:
    """Measure the centre and random lines, one in `factor` in all; the rest is zero."""
    n = x.shape[0]
    is_kept = np.abs(np.arange(n) - n // 2) <= max(1, round(CENTRE * n / 2))
    others = np.flatnonzero(~is_kept)
    n_more = max(0, round(n / factor) - int(is_kept.sum()))
    is_kept[generator.choice(others, min(n_more, len(others)), replace=False)] = True
    return _image(_lines(x) * is_kept[:, None])


def ghosting(x: Array, gain: float, generator: np.random.Generator) -> Array:
    """Weaken every second line, which sets a faint copy half a frame away."""
    lines = _lines(x)
    at = (np.arange(x.shape[0]) + generator.integers(2)) % 2 == 0
    lines[at] *= gain
    return _image(lines * (2 / (1 + gain)))


def bias_field(x: Array, amplitude: float, generator: np.random.Generator) -> Array:
    """Multiply by the exponential of a smooth polynomial whose largest value is `amplitude`."""
    height, width = x.shape
    v, u = np.mgrid[-1 : 1 : height * 1j, -1 : 1 : width * 1j]
    terms = np.stack([u, v, u * v, u**2 - 1 / 3, v**2 - 1 / 3])
    field = np.tensordot(generator.uniform(-1, 1, len(terms)), terms, axes=1)
    field *= amplitude / max(float(np.abs(field).max()), 1e-6)
    return _clipped(x * np.exp(field))


def _lines(x: Array) -> NDArray[np.complexfloating]:
    found: NDArray[np.complexfloating] = np.fft.fftshift(np.fft.fft2(x))
    return found


def _image(lines: NDArray[np.complexfloating]) -> Array:
    return _clipped(np.abs(np.fft.ifft2(np.fft.ifftshift(lines))))


def _clipped(x: NDArray[np.floating]) -> Array:
    found: Array = np.clip(x, 0, 1).astype(np.float32)
    return found
