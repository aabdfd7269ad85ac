"""Pictures of no medical kind, drawn by code: text, plots, noise, flat ones, screenshots.

Two styles that share no font, palette or plot type: one to train on, one to test on.
"""

from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

Style = Literal["train", "test"]
Pixels = NDArray[np.uint8]
Draw = Callable[[Any, Style], Pixels]

WORDS = (
    *("the", "of", "and", "patient", "method", "result", "figure", "table", "value", "shows"),
    *("left", "right", "mean", "study", "model", "data", "sample", "group", "time", "dose"),
    *("under", "normal", "with", "without", "after", "before", "total", "rate", "error", "signal"),
)
FONTS = {
    "train": ("DejaVuSans.ttf", "DejaVuSerif.ttf", "DejaVuSansMono.ttf", "DejaVuSans-Bold.ttf"),
    "test": ("STIXGeneral.ttf", "cmr10.ttf", "cmtt10.ttf", "STIXGeneralBol.ttf"),
}
PLOTS = {
    "train": (("line", "scatter", "bar", "heat"), ("default", "seaborn-v0_8", "grayscale")),
    "test": (("pie", "contour", "box", "step"), ("ggplot", "dark_background", "bmh")),
}
WINDOWS = {
    "train": ((240, 240, 240), (255, 255, 255), (0, 120, 215), (200, 200, 200), (60, 60, 60)),
    "test": ((30, 30, 46), (40, 42, 54), (80, 250, 123), (255, 121, 198), (98, 114, 164)),
}


def drawn(what: str, style: Style, seed: int) -> Pixels:
    """Draw one picture, H x W or H x W x 3; the same seed draws the same."""
    return DRAWINGS[what](np.random.default_rng([seed, style == "test", _place(what)]), style)


def text_page(chance: Any, style: Style) -> Pixels:
    """Lines of words, dark on light or light on dark."""
    from PIL import Image, ImageDraw

    width, height = (int(side) for side in chance.integers(180, 420, 2))
    dark, paper = int(chance.integers(0, 70)), int(chance.integers(200, 256))
    ink, ground = (paper, dark) if chance.random() < 0.25 else (dark, paper)
    page = Image.new("L", (width, height), ground)
    draw = ImageDraw.Draw(page)
    size = int(chance.integers(8, 28))
    font = _font(str(chance.choice(FONTS[style])), size)
    left, step = int(chance.integers(4, 40)), int(size * chance.uniform(1.1, 1.9))
    for y in range(int(chance.integers(4, 30)), height - size, step):
        if chance.random() < 0.88:
            draw.text((left, y), _words(chance, int(chance.integers(2, 12))), ink, font)
    return np.asarray(page)


def plot(chance: Any, style: Style) -> Pixels:
    """A chart with axes."""
    from matplotlib import style as looks_of
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    kinds, looks = PLOTS[style]
    with looks_of.context(str(chance.choice(looks))):
        figure = Figure(figsize=(chance.uniform(2.4, 4.4), chance.uniform(2.2, 3.6)), dpi=80)
        canvas = FigureCanvasAgg(figure)
        axes = figure.add_subplot()
        _fill(axes, str(chance.choice(kinds)), chance)
        axes.set_title(_words(chance, 2))
        canvas.draw()
    return np.asarray(canvas.buffer_rgba())[:, :, :3].copy()


def noise(chance: Any, style: Style) -> Pixels:
    """Random values: even or bell-shaped, coarse or fine; in tests of other laws."""
    height, width = (int(side) for side in chance.integers(64, 300, 2))
    n_channels = 3 if chance.random() < 0.5 else 1
    shape = (height, width, n_channels)
    field = (_bell_noise if style == "train" else _other_noise)(chance, shape)
    low, high = np.percentile(field, (2, 98))
    spread = (field - low) / (high - low + 1e-6)
    level, range_ = chance.uniform(0, 0.4), chance.uniform(0.2, 1)
    return _bytes(level + (1 - level) * range_ * spread)


def flat(chance: Any, style: Style) -> Pixels:
    """One colour, or a slow change from one to another, with a little noise."""
    height, width = (int(side) for side in chance.integers(64, 300, 2))
    first, second = chance.uniform(0, 1, (2, 3))
    if chance.random() < 0.4:
        first[:], second[:] = first[0], second[0]
    if chance.random() < 0.5:
        second = first
    y, x = np.mgrid[:height, :width].astype(float)
    way = chance.uniform(-1, 1, 2)
    ramp = way[0] * y / height + way[1] * x / width
    if style == "train" and chance.random() < 0.3:
        ramp = np.hypot(y / height - chance.random(), x / width - chance.random())
    ramp = (ramp - ramp.min()) / (np.ptp(ramp) + 1e-6)
    ramp = ramp if style == "train" else np.floor(ramp * 6) / 6
    field = first + (second - first) * ramp[:, :, None]
    return _bytes(field + chance.normal(0, chance.choice([0, 0.005, 0.02]), field.shape))


def screenshot(chance: Any, style: Style) -> Pixels:
    """Windows with bars, buttons and text."""
    from PIL import Image, ImageDraw

    width, height = int(chance.integers(260, 520)), int(chance.integers(180, 360))
    ground, panel, *accents, ink = WINDOWS[style]
    screen = Image.new("RGB", (width, height), ground)
    draw = ImageDraw.Draw(screen)
    font = _font(str(chance.choice(FONTS[style])), int(chance.integers(8, 15)))
    for _ in range(int(chance.integers(1, 5))):
        x, y = int(chance.integers(0, width * 2 // 3)), int(chance.integers(0, height * 2 // 3))
        right, bottom = x + int(chance.integers(80, 300)), y + int(chance.integers(60, 220))
        draw.rectangle((x, y, right, bottom), panel, ink)
        draw.rectangle((x, y, right, y + 14), accents[int(chance.integers(len(accents)))])
        for line in range(y + 20, bottom - 10, int(chance.integers(12, 26))):
            draw.text((x + 6, line), _words(chance, int(chance.integers(1, 6))), ink, font)
    return np.asarray(screen)


def shapes(chance: Any, style: Style) -> Pixels:
    """Coloured rectangles and polygons; in tests free scribbles as of a hand."""
    from PIL import Image, ImageDraw

    width, height = (int(side) for side in chance.integers(120, 320, 2))
    ground = tuple(int(v) for v in chance.integers(0, 256, 3))
    picture = Image.new("RGB", (width, height), ground if style == "train" else (250, 248, 240))
    draw = ImageDraw.Draw(picture)
    for _ in range(int(chance.integers(2, 14))):
        colour = tuple(int(v) for v in chance.integers(0, 256 if style == "train" else 120, 3))
        if style == "train":
            points = chance.uniform(0, 1, (int(chance.integers(3, 7)), 2)) * (width, height)
            draw.polygon([tuple(p) for p in points], colour)
        else:
            steps = chance.normal(0, 14, (int(chance.integers(8, 60)), 2)).cumsum(0)
            points = steps + chance.uniform(0, 1, 2) * (width, height)
            draw.line([tuple(p) for p in points], colour, int(chance.integers(1, 6)))
    return np.asarray(picture)


DRAWINGS: dict[str, Draw] = {
    "text page": text_page,
    "plot": plot,
    "noise": noise,
    "flat": flat,
    "screenshot": screenshot,
    "shapes": shapes,
}


def _place(what: str) -> int:
    return list(DRAWINGS).index(what)


def _fill(axes: Any, kind: str, chance: Any) -> None:
    n = int(chance.integers(8, 60))
    x, y = np.arange(n), chance.normal(0, 1, (3, n)).cumsum(1)
    calls: dict[str, Callable[[], Any]] = {
        "line": lambda: [axes.plot(x, row) for row in y],
        "scatter": lambda: axes.scatter(y[0], y[1], c=y[2]),
        "bar": lambda: axes.bar(x[:12], np.abs(y[0][:12])),
        "heat": lambda: axes.imshow(chance.normal(0, 1, (9, 9)), aspect="auto"),
        "pie": lambda: axes.pie(np.abs(y[0][:5]) + 0.1),
        "contour": lambda: axes.contourf(_grown(chance.normal(0, 1, (5, 5, 1)), 40, 40)[:, :, 0]),
        "box": lambda: axes.boxplot(list(y)),
        "step": lambda: [axes.step(x, row) for row in y],
    }
    calls[kind]()


def _bell_noise(chance: Any, shape: tuple[int, int, int]) -> NDArray[Any]:
    """One grain size, or a sum of some: clouds; now and then a wave across."""
    height, width, n_channels = shape
    field = np.zeros(shape)
    for coarse in chance.choice([1, 1, 2, 4, 8, 24, 60], int(chance.choice([1, 1, 3]))):
        size = (-(-height // int(coarse)), -(-width // int(coarse)), n_channels)
        field += chance.uniform(0.3, 1) * _grown(chance.normal(0, 1, size), height, width)
    if chance.random() < 0.25:
        y, x = np.mgrid[:height, :width]
        way = chance.normal(0, 0.25, 2)
        field += 2 * np.sin(way[0] * y + way[1] * x)[:, :, None]
    return field


def _other_noise(chance: Any, shape: tuple[int, int, int]) -> NDArray[Any]:
    law = int(chance.integers(4))
    if law == 0:  # salt and pepper
        return np.asarray(chance.random(shape) < chance.uniform(0.05, 0.5), float)
    if law == 1:  # stripes
        return np.asarray(chance.normal(0, 1, (shape[0], 1, shape[2])) + np.zeros(shape))
    if law == 2:  # squares
        return np.asarray(np.kron(chance.random((9, 9, shape[2])), np.ones((20, 20, 1))))
    spectrum = np.fft.rfft2(chance.normal(0, 1, shape), axes=(0, 1))  # power falls as 1/f
    fy, fx = np.fft.fftfreq(shape[0])[:, None], np.fft.rfftfreq(shape[1])[None]
    return np.fft.irfft2(spectrum / (np.hypot(fy, fx) + 0.01)[:, :, None], shape[:2], axes=(0, 1))


def _grown(small: NDArray[Any], height: int, width: int) -> NDArray[Any]:
    from PIL import Image

    planes = np.moveaxis(small.astype(np.float32), 2, 0)
    size = (width, height)
    grown = [Image.fromarray(p).resize(size, Image.Resampling.BICUBIC) for p in planes]
    return np.stack([np.asarray(plane) for plane in grown], axis=2)


def _bytes(field: NDArray[Any]) -> Pixels:
    array: Pixels = np.round(np.clip(field, 0, 1) * 255).astype(np.uint8)
    return array[:, :, 0] if array.shape[2] == 1 else array


def _words(chance: Any, n: int) -> str:
    return " ".join(str(word) for word in chance.choice(WORDS, n))


@cache
def _font(name: str, size: int) -> Any:
    import matplotlib as mpl
    from PIL import ImageFont

    place = Path(mpl.get_data_path()) / "fonts/ttf" / name
    return ImageFont.truetype(str(place), size)
