"""What each restoring operation does to an image of floats, 0 to 1, H x W or H x W x 3."""

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from heuresis.tools.image.restoration.chain import Step

Floats = NDArray[np.float32]
CLIP_PER_STRENGTH = 0.01  # of the contrast-limited equalisation
TILES = 8
NOISE_TO_SIGNAL = 0.01  # assumed by the Wiener filter; below it, noise is blown up
FOV_LEVEL = 0.06  # darker than this is the border round a fundus or an ultrasound fan
SHADE_SHARE = 0.12  # of the shorter side: the width of what counts as shade


def apply(image: NDArray[Any], steps: tuple[Step, ...]) -> NDArray[np.uint8]:
    """Run a chain over an image.

    Args:
        image: H x W or H x W x 3, uint8 or uint16.
        steps: In order.

    Returns:
        Same shape, uint8.
    """
    floats = image.astype(np.float32) / np.float32(np.iinfo(image.dtype).max)
    for step in steps:
        floats = np.clip(OPERATIONS[step.operation](floats, step.strength), 0, 1)
    return np.round(floats * 255).astype(np.uint8)


def denoise(image: Floats, strength: float) -> Floats:
    """Total variation, weighted by the image's own noise times strength.

    Source: doi:10.1023/B:JMIV.0000011325.36760.1e.
    """
    from skimage.restoration import denoise_tv_chambolle

    weight = max(1e-4, 2.0 * strength * noise_std(image))
    axis = None if image.ndim == 2 else -1
    return np.asarray(
        denoise_tv_chambolle(image, weight=weight, max_num_iter=60, channel_axis=axis), np.float32
    )


def noise_std(image: Floats) -> float:
    """Estimate the noise from the median of second differences across corners.

    Source: doi:10.1093/biomet/81.3.425.
    """
    fine = image[:-1, :-1] - image[1:, :-1] - image[:-1, 1:] + image[1:, 1:]
    moved = np.abs(fine[fine != 0])  # flat borders would hide the noise of the rest
    return float(np.median(moved)) / (2 * 0.6745) if moved.size else 0.0


def deblur(image: Floats, strength: float) -> Floats:
    """Wiener deconvolution of a Gaussian blur of `strength` pixels, mirrored at the edges."""
    reach = int(np.ceil(4 * strength))
    sides = ((reach, reach), (reach, reach)) + ((0, 0),) * (image.ndim - 2)
    padded = np.pad(image, sides, mode="reflect" if min(image.shape[:2]) > reach else "edge")
    fy, fx = (np.fft.fftfreq(n)[:, None] for n in padded.shape[:2])
    response = np.exp(-2 * (np.pi * strength) ** 2 * (fy**2 + fx.T**2))
    wiener = response / (response**2 + NOISE_TO_SIGNAL)
    wiener *= 1 + NOISE_TO_SIGNAL  # keeps the mean
    spread = wiener if image.ndim == 2 else wiener[:, :, None]
    found = np.fft.ifft2(np.fft.fft2(padded, axes=(0, 1)) * spread, axes=(0, 1)).real
    return found[reach : reach + image.shape[0], reach : reach + image.shape[1]].astype(np.float32)


def contrast(image: Floats, strength: float) -> Floats:
    """Contrast-limited equalisation of lightness. Source: Zuiderveld, Graphics Gems IV, 1994."""
    from skimage.exposure import equalize_adapthist

    tile = max(2, min(image.shape[:2]) // TILES)

    def equalised(plane: Floats) -> Floats:
        clip = CLIP_PER_STRENGTH * strength
        return np.asarray(equalize_adapthist(plane, tile, clip_limit=clip), np.float32)

    return _on_lightness(image, equalised)


def illumination(image: Floats, strength: float) -> Floats:
    """Divide by the slow part of lightness, inside the field of view; strength 1 makes it even."""

    def evened(plane: Floats) -> Floats:
        inside = plane > FOV_LEVEL
        if not inside.any():
            return plane
        shade = _slow_part(plane, inside)
        level = float(np.median(shade[inside]))
        gain = (level / np.maximum(shade, 0.02)) ** np.float32(strength)
        return np.where(inside, np.clip(plane * np.clip(gain, 0.2, 6.0), 0, 1), plane)

    return _on_lightness(image, evened)


def _slow_part(plane: Floats, inside: NDArray[np.bool_]) -> Floats:
    """Blur over the field of view only, so that the dark border does not leak in."""
    from scipy.ndimage import gaussian_filter

    sigma = SHADE_SHARE * min(plane.shape)
    weight = gaussian_filter(inside.astype(np.float32), sigma)
    blurred = gaussian_filter(np.where(inside, plane, 0).astype(np.float32), sigma)
    slow = blurred / np.maximum(weight, 1e-3)
    return np.asarray(slow, np.float32)


def sharpen(image: Floats, strength: float) -> Floats:
    """Unsharp mask of 1.5 px."""
    from scipy.ndimage import gaussian_filter

    sigma = (1.5, 1.5) + (0,) * (image.ndim - 2)
    return np.asarray(image + strength * (image - gaussian_filter(image, sigma)), np.float32)


def gamma(image: Floats, strength: float) -> Floats:
    """Power law: above 1 darkens, below 1 lightens."""
    return np.asarray(image ** np.float32(strength), np.float32)


def _on_lightness(image: Floats, change: Callable[[Floats], Floats]) -> Floats:
    """Change the largest channel and scale the others along, so that hues stay."""
    if image.ndim == 2:
        return change(image)
    lightness = image.max(axis=2)
    ratio = change(lightness) / np.maximum(lightness, 1e-3)
    return np.asarray(image * ratio[:, :, None], np.float32)


OPERATIONS: dict[str, Callable[[Floats, float], Floats]] = {
    "contrast": contrast,
    "deblur": deblur,
    "denoise": denoise,
    "gamma": gamma,
    "illumination": illumination,
    "sharpen": sharpen,
}
