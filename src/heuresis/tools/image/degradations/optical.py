"""Losses that any camera or detector brings: noise, blur, low resolution, compression, light.

Arrays are H x W x C, 0 to 1. `grain` is the side of one working pixel in pixels of the image: a
picture of 512 px judged at 128 px has grain 4, and every length below is multiplied by it.
Sources: MedQ-Bench, arXiv:2510.01691; MedQ-Deg, arXiv:2603.07769; strengths are ours.
"""

import io

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float32]


def noise(x: Array, std: float, generator: np.random.Generator, grain: float) -> Array:
    """Add normal noise, independent in each channel."""
    return _clipped(x + grainy(x.shape, generator, grain) * std)


def speckle(x: Array, std: float, generator: np.random.Generator, grain: float) -> Array:
    """Multiply by normal noise, the same in all channels, as coherent waves do in ultrasound."""
    return _clipped(x * (1 + grainy((*x.shape[:2], 1), generator, grain) * std))


def blur(x: Array, sigma_px: float, grain: float) -> Array:
    """Convolve with a Gaussian."""
    from scipy.ndimage import gaussian_filter

    sigma = sigma_px * grain
    found: Array = gaussian_filter(x, (sigma, sigma, 0), mode="nearest")
    return found


def low_resolution(x: Array, factor: float, grain: float) -> Array:
    """Average down by a factor and interpolate back."""
    height, width = x.shape[:2]
    small = (max(2, round(height / (factor * grain))), max(2, round(width / (factor * grain))))
    return _clipped(resized(resized(x, small, "area"), (height, width), "cubic"))


def compression(x: Array, quality: float, grain: float) -> Array:
    """Add the error of JPEG; its blocks grow with the image, so that severity keeps its meaning."""
    size = x.shape[:2]
    small = (max(8, round(size[0] / grain)), max(8, round(size[1] / grain)))
    view = x if grain <= 1 else resized(x, small, "area")
    error = _jpeg(view, round(quality)) - view
    return _clipped(x + (error if grain <= 1 else resized(error, size, "cubic")))


def exposure(x: Array, gamma: float) -> Array:
    """Raise to a power: above 1 darker, below 1 brighter."""
    found: Array = np.power(np.clip(x, 0, 1), np.float32(gamma))
    return found


def low_contrast(x: Array, share: float) -> Array:
    """Draw every value towards the mean; `share` of the contrast is left."""
    mean = x.mean(axis=(0, 1), keepdims=True)
    found: Array = mean + np.float32(share) * (x - mean)
    return found


def grainy(shape: tuple[int, ...], generator: np.random.Generator, grain: float) -> Array:
    """Return normal noise of variance 1 whose grain is one working pixel."""
    if grain <= 1:
        return generator.standard_normal(shape, np.float32)
    small = (round(shape[0] / grain), round(shape[1] / grain), shape[2])
    field = resized(generator.standard_normal(small, np.float32), (shape[0], shape[1]), "cubic")
    return field / max(float(field.std()), 1e-6)


def resized(x: Array, size: tuple[int, int], how: str) -> Array:
    """Return H x W x C at another size, by averaging areas or by cubic interpolation."""
    from PIL import Image

    method = Image.Resampling.BOX if how == "area" else Image.Resampling.BICUBIC
    planes = [
        np.asarray(Image.fromarray(np.ascontiguousarray(plane)).resize(size[::-1], method))
        for plane in np.moveaxis(x, 2, 0).astype(np.float32)
    ]
    return np.stack(planes, axis=2)


def _jpeg(x: Array, quality: int) -> Array:
    from PIL import Image

    bits = np.round(np.clip(x, 0, 1) * 255).astype(np.uint8)
    buffer = io.BytesIO()
    Image.fromarray(bits[:, :, 0] if bits.shape[2] == 1 else bits).save(
        buffer, "JPEG", quality=quality
    )
    with Image.open(buffer) as image:
        back = np.asarray(image).astype(np.float32) / np.float32(255)
    return back[:, :, None] if back.ndim == 2 else back


def _clipped(x: Array) -> Array:
    found: Array = np.clip(x, 0, 1).astype(np.float32)
    return found
