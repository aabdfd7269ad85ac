"""Eyes and body slices drawn by code, so that drawn examples are taken for what they show."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

Pixels = NDArray[np.uint8]


def drawn_fundus(seed: int) -> Pixels:
    """Draw the background of an eye: bright disc in the dark, nerve head, branching vessels."""
    from PIL import Image, ImageDraw, ImageFilter

    chance = np.random.default_rng([seed, 71])
    side = 384
    eye = Image.new("RGB", (side, side), tuple(int(v) for v in chance.integers(0, 14, 3)))
    draw = ImageDraw.Draw(eye)
    red = int(chance.integers(140, 240))
    ground = (red, int(red * chance.uniform(0.35, 0.62)), int(red * chance.uniform(0.08, 0.35)))
    margin = side * chance.uniform(-0.02, 0.08)
    draw.ellipse((margin, margin, side - margin, side - margin), fill=ground)
    centre = (side * chance.choice([0.28, 0.5, 0.72]), side * chance.uniform(0.42, 0.58))
    radius = side * chance.uniform(0.05, 0.085)
    box = [centre[0] - radius, centre[1] - radius, centre[0] + radius, centre[1] + radius]
    bright = tuple(min(255, int(v * 1.35) + 20) for v in ground)
    draw.ellipse(box, fill=bright)
    vein = tuple(int(v * chance.uniform(0.4, 0.7)) for v in ground)
    n_stems = int(chance.integers(5, 10))
    for start in np.linspace(0, 2 * np.pi, n_stems, endpoint=False):
        _vessel(draw, chance, centre, start + chance.normal(0, 0.25), side, vein, 0)
    soft = eye.filter(ImageFilter.GaussianBlur(float(chance.uniform(0.6, 2))))
    array = np.asarray(soft).astype(float)
    y, x = (np.mgrid[:side, :side] - side / 2) / (side / 2)
    array *= (1.05 - chance.uniform(0.1, 0.5) * (x**2 + y**2))[:, :, None]
    array += chance.normal(0, chance.uniform(0, 5), array.shape)
    grainy: Pixels = np.clip(array, 0, 255).astype(np.uint8)
    return grainy


def drawn_ct(seed: int) -> Pixels:
    """Draw a body's cross-section: soft tissue, dark lungs or round organs, a bright spine."""
    chance = np.random.default_rng([seed, 72])
    side = 192
    y, x = (np.mgrid[:side, :side] - side / 2) / (side / 2)
    wide, high = chance.uniform(0.65, 0.95), chance.uniform(0.45, 0.75)
    body = (x / wide) ** 2 + (y / high) ** 2
    picture = np.where(body < 1, chance.uniform(0.25, 0.45), 0.0)
    picture[body < chance.uniform(0.75, 0.95)] = tissue = chance.uniform(0.4, 0.6)
    organ = 0.05 if chance.random() < 0.6 else tissue + chance.uniform(0.08, 0.25)
    for centre in (-chance.uniform(0.28, 0.42), chance.uniform(0.28, 0.42)):
        a, b = chance.uniform(0.16, 0.3), chance.uniform(0.2, 0.42)
        picture[((x - centre) / a) ** 2 + ((y + 0.05) / b) ** 2 < 1] = organ
    low = high * chance.uniform(0.6, 0.75)
    picture[(x / 0.1) ** 2 + ((y - low) / 0.1) ** 2 < 1] = chance.uniform(0.85, 1)
    picture += chance.normal(0, chance.uniform(0.005, 0.04), picture.shape)
    return np.round(np.clip(picture, 0, 1) * 255).astype(np.uint8)


def _vessel(  # noqa: PLR0913, PLR0917  # one branch: where, whither, on what, how deep
    draw: Any, chance: Any, at: Any, angle: float, side: int, colour: Any, depth: int
) -> None:
    points = [tuple(at)]
    for _ in range(24 - 6 * depth):
        angle += chance.normal(0, 0.14)
        at = (at[0] + np.cos(angle) * side * 0.024, at[1] + np.sin(angle) * side * 0.024)
        points.append(at)
        if depth < 2 and chance.random() < 0.1:
            turn = chance.choice([-0.7, 0.7])
            _vessel(draw, chance, at, angle + turn, side, colour, depth + 1)
    draw.line(points, fill=colour, width=max(1, 4 - depth - int(chance.integers(2))))
