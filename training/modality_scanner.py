"""What the screen of another ultrasound machine would show: a fan, a frame, coloured flow.

The one source of ultrasound is cut to a rectangle of tissue. Most machines show a sector on black
beside words and scales, so half of the views are put into such a screen.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray


def on_a_screen(array: NDArray[Any], chance: Any) -> NDArray[Any]:
    """Return a picture, H x W, as it is, as a fan, or on a larger black screen, or in both."""
    if chance.random() < 0.5:
        return array
    if chance.random() < 0.6:
        array = fan(array, chance)
    if chance.random() < 0.2:
        array = _with_flow(array, chance)
    return _framed(array, chance) if chance.random() < 0.5 else array


def fan(array: NDArray[Any], chance: Any) -> NDArray[Any]:
    """Bend a rectangle to a sector: rows become arcs around a point above."""
    half_angle, near = chance.uniform(0.35, 0.85), chance.uniform(0.02, 0.5)
    height = array.shape[0]
    width = max(24, round(2 * np.sin(half_angle) * height))
    y, x = np.mgrid[:height, :width].astype(float)
    y = near * np.cos(half_angle) + y / height * (1 - near * np.cos(half_angle))
    x = (x / width * 2 - 1) * np.sin(half_angle)
    depth = (np.hypot(y, x) - near) / (1 - near)
    turn = (np.arctan2(x, y) / half_angle + 1) / 2
    rows = np.clip(depth * array.shape[0], 0, array.shape[0] - 1).astype(int)
    columns = np.clip(turn * array.shape[1], 0, array.shape[1] - 1).astype(int)
    inside = (depth >= 0) & (depth < 1) & (turn >= 0) & (turn < 1)
    return np.where(inside, array[rows, columns], 0).astype(np.uint8)


def _with_flow(array: NDArray[Any], chance: Any) -> NDArray[Any]:
    """Colour the brightest of a smooth random field, as flow is drawn over tissue."""
    from PIL import Image

    coarse = chance.standard_normal((7, 7)).astype(np.float32)
    size = (array.shape[1], array.shape[0])
    field = np.asarray(Image.fromarray(coarse).resize(size, Image.Resampling.BICUBIC))
    colour = np.array([255, chance.uniform(0, 200), 0])
    if chance.random() < 0.4:
        colour = colour[::-1]
    screen = np.repeat(array[:, :, None], 3, axis=2)
    flowing = field > chance.uniform(0.8, 1.6)
    shade = np.clip(field[flowing] / 2, 0.2, 1)[:, None]
    screen[flowing] = np.round(shade * colour).astype(np.uint8)
    return screen


def _framed(array: NDArray[Any], chance: Any) -> NDArray[Any]:
    """Put it on a larger black screen with lines of text."""
    from PIL import Image, ImageDraw

    height, width = array.shape[:2]
    tall, wide = (round(side * chance.uniform(1.1, 1.8)) for side in (height, width))
    top, left = int(chance.integers(tall - height + 1)), int(chance.integers(wide - width + 1))
    screen = np.zeros((tall, wide, *array.shape[2:]), np.uint8)
    screen[top : top + height, left : left + width] = array
    picture = Image.fromarray(screen)
    draw = ImageDraw.Draw(picture)
    ink = int(chance.integers(120, 256))
    for _ in range(int(chance.integers(2, 12))):
        text = "".join(chr(int(c)) for c in chance.integers(48, 91, int(chance.integers(2, 10))))
        at = (float(chance.uniform(0, 0.9) * wide), float(chance.uniform(0, 0.95) * tall))
        fill = ink if array.ndim == 2 else (ink,) * 3
        draw.text(at, text, fill, font_size=float(chance.uniform(5, 10)))
    return np.asarray(picture)
