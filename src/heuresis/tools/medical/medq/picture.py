"""The image as the quality model saw it, beside a map of where it is sharp."""

import numpy as np

from heuresis.tools.image.pixels import Pixels, as_rgb
from heuresis.tools.medical.medq.view import View

SHOWN_PX = 384
BRIGHTEST = 0.25  # a step of a quarter of the range between neighbours is shown white


def enlarged(view: View) -> Pixels:
    """Return a view in colour, each pixel repeated, about 384 px on its longest side."""
    factor = max(1, SHOWN_PX // max(view.shape[:2]))
    return as_rgb(view).repeat(factor, axis=0).repeat(factor, axis=1)


def sharpness(view: View) -> Pixels:
    """Return the steps between neighbours as grey, H x W, uint8, enlarged like the view."""
    grey = as_rgb(view).astype(np.float32).mean(axis=2) / 255
    down, across = np.gradient(grey)
    steps = np.clip(np.hypot(down, across) / BRIGHTEST, 0, 1) ** 0.5
    factor = max(1, SHOWN_PX // max(view.shape[:2]))
    bits: Pixels = np.round(steps * 255).astype(np.uint8)
    return bits.repeat(factor, axis=0).repeat(factor, axis=1)
