"""Random views for `modality_small.py`: size, sharpness, colour and marks of a source are hidden.

Sources differ in resolution, storage and burned-in text. All of it is drawn anew for each view, so
that the network cannot tell a kind of picture by the file it came in.
"""

from typing import Any

import numpy as np
from modality_scanner import on_a_screen
from numpy.typing import NDArray

from heuresis.evals.imaging.modality_degradations import (
    as_grey,
    blurred,
    bordered,
    compressed,
    noisy,
    toned,
)
from heuresis.tools.image.modality import Kind
from heuresis.tools.image.modality_view import is_blank, shrunk, view

ROUND = ("microscopy", "fundus")  # there is no up and down, or it does not matter
SHUFFLED = ("chest_xray", "ct", "mri", "fundus")
INVERTED = {"microscopy": 0.2, "other": 0.3}
SHORTEST_PX, LONGEST_PX = 44, 220
MOST_TRIES = 5


def random_view(pixels: NDArray[Any], kind: Kind, chance: Any) -> tuple[Any, Kind]:
    """Return a view of a picture and its kind; tiles put in disorder become 'other'.

    Args:
        pixels: H x W or H x W x 3, uint8.
        kind: Of the picture.
        chance: Generator of random numbers.
    """
    for _ in range(MOST_TRIES):
        seen, shown = _one_view(pixels, kind, chance)
        if kind == "other" or not is_blank(seen):
            break  # what shows nothing teaches that nothing is of that kind
    return seen, shown


def _one_view(pixels: NDArray[Any], kind: Kind, chance: Any) -> tuple[Any, Kind]:
    array = _turned(_cropped(pixels, kind, chance), kind, chance)
    if kind == "ultrasound" and array.ndim == 2:
        array = on_a_screen(array, chance)
    array = _sized(array, chance)
    if kind in SHUFFLED and chance.random() < 0.04:
        array, kind = _tiles_in_disorder(array, chance), "other"
    array = _coloured(array, kind, chance)
    array = _marked(array, chance)
    array = _worse(array, chance)
    return view(array), kind


def _cropped(array: NDArray[Any], kind: Kind, chance: Any) -> NDArray[Any]:
    """Cut at the sides; of photographs, which are few and of anything, any part will do."""
    if chance.random() < 0.3:
        return array
    height, width = array.shape[:2]
    least = 0.25 if kind == "photograph" else 0.7
    zoom = chance.uniform(least, 1)
    h, w = (max(24, round(s * min(1, zoom * chance.uniform(0.8, 1.2)))) for s in (height, width))
    h, w = min(h, height), min(w, width)
    y, x = int(chance.integers(height - h + 1)), int(chance.integers(width - w + 1))
    return array[y : y + h, x : x + w]


def _turned(array: NDArray[Any], kind: Kind, chance: Any) -> NDArray[Any]:
    from PIL import Image

    if chance.random() < 0.5:
        array = array[:, ::-1]
    if chance.random() < (0.5 if kind in ROUND else 0.05):
        array = np.rot90(array, int(chance.integers(1, 4)))
    if chance.random() < 0.3:
        fill = int(chance.choice([0, int(array.mean())]))
        picture = Image.fromarray(np.ascontiguousarray(array))
        fills = fill if array.ndim == 2 else (fill,) * 3
        angle = float(chance.uniform(-20, 20))
        array = np.asarray(picture.rotate(angle, Image.Resampling.BILINEAR, fillcolor=fills))
    return np.ascontiguousarray(array)


def _sized(array: NDArray[Any], chance: Any) -> NDArray[Any]:
    height, width = array.shape[:2]
    wanted = np.exp(chance.uniform(np.log(SHORTEST_PX), np.log(LONGEST_PX)))
    factor = min(1.0, wanted / max(height, width))
    bend = np.exp(chance.uniform(-0.18, 0.18))
    h, w = max(24, round(height * factor * bend)), max(24, round(width * factor / bend))
    small = shrunk(array, h, w)
    return np.round((small[:, :, 0] if array.ndim == 2 else small) * 255).astype(np.uint8)


def _tiles_in_disorder(array: NDArray[Any], chance: Any) -> NDArray[Any]:
    n = int(chance.integers(3, 6))
    h, w = array.shape[0] // n, array.shape[1] // n
    tiles = [array[i * h : i * h + h, j * w : j * w + w] for i in range(n) for j in range(n)]
    order = chance.permutation(n * n)
    rows = [np.hstack([tiles[k] for k in order[i * n : i * n + n]]) for i in range(n)]
    return np.vstack(rows)


def _coloured(array: NDArray[Any], kind: Kind, chance: Any) -> NDArray[Any]:
    if array.ndim == 3 and chance.random() < 0.3:
        array = as_grey(array)
    if kind == "microscopy" and chance.random() < 0.25:
        array = _stained(as_grey(array), chance)
    elif array.ndim == 3:
        array = _shifted(array, kind, chance)
    elif chance.random() < 0.01:
        tint = chance.uniform(0.75, 1, 3)
        array = np.round(array[:, :, None] * tint).astype(np.uint8)
    if chance.random() < INVERTED.get(kind, 0.06):
        array = 255 - array
    if kind == "photograph" and chance.random() < 0.1:
        array = _in_a_circle(array, chance)
    return array


def _stained(grey: NDArray[Any], chance: Any) -> NDArray[Any]:
    """Map grey to a way between two colours: stains and dyes are many, the sources have few."""
    ends = chance.uniform(0, 255, (2, 3))
    if chance.random() < 0.5:
        ends[0] *= 0.15  # as fluorescence: one colour on black
    share = grey[:, :, None] / 255.0
    return np.round(ends[0] * (1 - share) + ends[1] * share).astype(np.uint8)


def _shifted(array: NDArray[Any], kind: Kind, chance: Any) -> NDArray[Any]:
    gains = chance.uniform(0.8, 1.2, 3)
    if kind == "photograph" and chance.random() < 0.1:
        gains *= (1.2, 0.8, 0.4)  # warm light: orange alone makes no fundus
    grey = array.mean(2, keepdims=True)
    mixed = (grey + (array - grey) * chance.uniform(0.3, 1.4)) * gains
    return np.clip(mixed, 0, 255).astype(np.uint8)


def _in_a_circle(array: NDArray[Any], chance: Any) -> NDArray[Any]:
    """Blacken what is outside a disc: a round frame alone makes no fundus."""
    height, width = array.shape[:2]
    y, x = np.mgrid[:height, :width]
    radius = chance.uniform(0.4, 0.6)
    far = np.hypot((y / height - 0.5), (x / width - 0.5)) > radius
    array = array.copy()
    array[far] = int(chance.integers(0, 20))
    return array


def _marked(array: NDArray[Any], chance: Any) -> NDArray[Any]:
    """Burn in text, or put bars at the sides."""
    from PIL import Image, ImageDraw

    if chance.random() < 0.2:
        picture = Image.fromarray(np.ascontiguousarray(array))
        draw = ImageDraw.Draw(picture)
        ink = int(chance.choice([0, 200, 255]))
        green = array.ndim == 3 and chance.random() < 0.3
        fill = (0, 220, 0) if green else (ink if array.ndim == 2 else (ink,) * 3)
        for _ in range(int(chance.integers(1, 4))):
            place = chance.uniform(0, 0.95, 2) * picture.size
            codes = chance.integers(48, 91, int(chance.integers(1, 14)))
            text, size = "".join(chr(int(code)) for code in codes), float(chance.uniform(6, 14))
            draw.text((float(place[0]), float(place[1])), text, fill, font_size=size)
        array = np.asarray(picture)
    if chance.random() < 0.15:
        value = int(chance.choice([0, 0, 0, 255]))
        array = bordered(array, float(chance.uniform(0.03, 0.3)), value, bool(chance.integers(2)))
    return array


def _worse(array: NDArray[Any], chance: Any) -> NDArray[Any]:
    """Blur, add grain and compress, then darken: grain is as strong as the picture is."""
    longest = max(array.shape[:2])
    if chance.random() < 0.2:
        array = blurred(array, float(chance.uniform(0.2, 0.03 * longest)))
    if chance.random() < 0.2:
        array = noisy(array, float(chance.uniform(0.005, 0.12)), chance)
    if chance.random() < 0.35:
        array = compressed(array, int(chance.integers(12 if longest > 110 else 35, 91)))
    if chance.random() < 0.4:
        gain = float(np.exp(chance.uniform(np.log(0.15), np.log(1.3))))
        offset = float(chance.uniform(-0.05 * gain, max(0.05, 1 - gain)))
        array = toned(array, gain, offset, float(chance.uniform(0.6, 1.7)))
    return array
