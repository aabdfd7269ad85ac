"""Degrade an image by a kind, at a severity: one place where kinds meet their physics."""

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from heuresis.tools.image.degradations import ct, fundus, microscopy, mri, optical
from heuresis.tools.image.degradations.kinds import KindName, Modality
from heuresis.tools.image.degradations.strengths import MOTION_PX, between, strength

Array = NDArray[np.float32]
WORKING_PX = 128  # the size at which severities were chosen
Colour = Callable[[Array, float, np.random.Generator], Array]

IN_COLOUR: dict[KindName, Colour] = {
    "uneven_light": fundus.uneven_light,
    "dark_spots": fundus.dark_spots,
    "stain_shift": microscopy.stain_shift,
    "bubbles": microscopy.bubbles,
}
IN_GREY: dict[KindName, Colour] = {
    "undersampling": mri.undersampling,
    "ghosting": mri.ghosting,
    "bias_field": mri.bias_field,
    "sparse_view": ct.sparse_view,
    "limited_angle": ct.limited_angle,
    "low_dose": ct.low_dose,
}


def simulate(
    image: NDArray[Any], modality: Modality, kind: KindName, place: float, seed: int
) -> NDArray[np.uint8]:
    """Return an image with a loss of quality, in the shape it came in, 8 bits.

    Args:
        image: H x W or H x W x 3, uint8 or uint16.
        modality: What it shows; noise differs between them.
        kind: What goes wrong.
        place: 0 mild, 1 moderate, 2 severe.
        seed: Of everything random.
    """
    scaled = image.astype(np.float32) / np.float32(np.iinfo(image.dtype).max)
    x = scaled[:, :, None] if scaled.ndim == 2 else scaled
    bad = degraded(x, modality, kind, place, np.random.default_rng(seed))
    bits: NDArray[np.uint8] = np.round(np.clip(bad, 0, 1) * 255).astype(np.uint8)
    return bits[:, :, 0] if image.ndim == 2 else bits


def degraded(
    x: Array, modality: Modality, kind: KindName, place: float, generator: np.random.Generator
) -> Array:
    """Degrade H x W x C, 0 to 1."""
    grain = max(1.0, max(x.shape[:2]) / WORKING_PX)
    how_much = strength(kind, modality, place)
    if kind in IN_COLOUR:
        colour = x if x.shape[2] == 3 else np.repeat(x, 3, axis=2)
        found = IN_COLOUR[kind](colour, how_much, generator)
        return found if x.shape[2] == 3 else found.mean(axis=2, keepdims=True)
    if kind in IN_GREY:
        return _alike(x, IN_GREY[kind](x.mean(axis=2), how_much, generator))
    if kind == "motion":
        shift_px = between(MOTION_PX, place) * grain
        return _alike(x, mri.motion(x.mean(axis=2), how_much, shift_px, generator))
    if kind == "low_contrast" and modality == "fundus" and x.shape[2] == 3:
        return fundus.haze(x, how_much)
    if kind == "noise":
        return _noisy(x, modality, how_much, generator, grain)
    return _optical(x, kind, how_much, grain)


def _noisy(
    x: Array, modality: Modality, std: float, generator: np.random.Generator, grain: float
) -> Array:
    if modality == "ultrasound":
        return optical.speckle(x, std, generator, grain)
    if modality == "mri":
        return _alike(x, mri.rician_noise(x.mean(axis=2), std, generator, grain))
    if modality in ("fundus", "microscopy"):
        return optical.noise(x, std, generator, grain)
    return _alike(x, optical.noise(x.mean(axis=2, keepdims=True), std, generator, grain)[:, :, 0])


def _optical(x: Array, kind: KindName, how_much: float, grain: float) -> Array:
    if kind == "blur":
        return optical.blur(x, how_much, grain)
    if kind == "low_resolution":
        return optical.low_resolution(x, how_much, grain)
    if kind == "compression":
        return optical.compression(x, how_much, grain)
    if kind == "low_contrast":
        return optical.low_contrast(x, how_much)
    return optical.exposure(x, how_much)


def _alike(x: Array, plane: Array) -> Array:
    return np.repeat(plane[:, :, None], x.shape[2], axis=2)
