"""Pictures that tests look at, all drawn by code; none shows a person."""

import numpy as np
from numpy.typing import NDArray

from heuresis.contract import ImageRef
from heuresis.memory.vault import Vault
from heuresis.tools.image.pixels import encode

Pixels = NDArray[np.uint8]


def stored(vault: Vault, array: NDArray[np.generic]) -> ImageRef:
    """Put an array into a vault as a PNG."""
    return ImageRef(vault.put(encode(array)))


def opened(array: NDArray[np.generic]) -> ImageRef:
    """Return a reference that can be read without a vault."""
    from heuresis.contract import digest_of

    data = encode(array)
    return ImageRef(digest_of(data)).opened(lambda _: data)


def noise(height: int = 128, width: int = 128, seed: int = 0) -> Pixels:
    """Uniform noise in three channels."""
    generator = np.random.default_rng(seed)
    return generator.integers(0, 256, (height, width, 3), dtype=np.uint8)


def flat(value: int = 128, height: int = 128, width: int = 128) -> Pixels:
    """One grey everywhere."""
    return np.full((height, width), value, np.uint8)


def discs(height: int = 128, width: int = 160) -> Pixels:
    """Three bright discs of different grey on a dark ground."""
    y, x = np.mgrid[:height, :width]
    picture = np.full((height, width), 30, np.uint8)
    for cy, cx, r, value in ((40, 40, 22, 220), (80, 110, 30, 160), (30, 120, 14, 250)):
        picture[(y - cy) ** 2 + (x - cx) ** 2 < r**2] = value
    return picture


def text_page(height: int = 256, width: int = 256) -> Pixels:
    """Black words on white."""
    from PIL import Image, ImageDraw

    page = Image.new("L", (width, height), 255)
    draw = ImageDraw.Draw(page)
    for line in range(12, height - 12, 16):
        draw.text((10, line), "the quick brown fox jumps over it", 0)
    return np.asarray(page)


def fundus(size: int = 256, seed: int = 0) -> Pixels:
    """An eye's background: orange disc in the dark, bright nerve head, branching dark vessels."""
    from PIL import Image, ImageDraw, ImageFilter

    generator = np.random.default_rng(seed)
    s = 4 * size
    eye = Image.new("RGB", (s, s), (6, 4, 3))
    draw = ImageDraw.Draw(eye)
    draw.ellipse((s * 0.03, s * 0.03, s * 0.97, s * 0.97), fill=(196, 96, 44))
    cx, cy = s * 0.3, s * 0.5
    draw.ellipse((cx - s * 0.06, cy - s * 0.07, cx + s * 0.06, cy + s * 0.07), fill=(250, 205, 130))
    for start in np.linspace(0, 2 * np.pi, 9)[:-1]:
        _vessel(draw, generator, (cx, cy), start + generator.normal(0, 0.15), s * 0.012, s)
    eye = eye.filter(ImageFilter.GaussianBlur(3)).resize((size, size), Image.Resampling.LANCZOS)
    array = np.asarray(eye).astype(float)
    y, x = (np.mgrid[:size, :size] - size / 2) / (size / 2)
    radius = np.hypot(x, y)
    array *= (1.1 - 0.45 * radius**2)[:, :, None]
    array += generator.normal(0, 2.0, array.shape)
    array[radius > 0.94] = 3
    return np.clip(array, 0, 255).astype(np.uint8)


def _vessel(draw, generator, at, angle, width, s, depth=0):  # type: ignore[no-untyped-def]
    points = [at]
    for _ in range(26 - 6 * depth):
        angle += generator.normal(0, 0.12)
        at = (at[0] + np.cos(angle) * s * 0.022, at[1] + np.sin(angle) * s * 0.022)
        points.append(at)
        if depth < 3 and generator.random() < 0.09:
            turn = generator.choice([-0.6, 0.6])
            _vessel(draw, generator, at, angle + turn, width * 0.7, s, depth + 1)
    draw.line(points, fill=(128, 36, 24), width=max(3, int(width)), joint="curve")


def ct_slice(size: int = 128) -> Pixels:
    """A body's cross-section: ellipse of soft tissue, two dark lungs, a bright spine."""
    y, x = (np.mgrid[:size, :size] - size / 2) / (size / 2)
    picture = np.zeros((size, size))
    picture[(x / 0.85) ** 2 + (y / 0.62) ** 2 < 1] = 0.45
    for side in (-0.38, 0.38):
        picture[((x - side) / 0.26) ** 2 + ((y + 0.05) / 0.4) ** 2 < 1] = 0.08
    picture[(x / 0.1) ** 2 + ((y - 0.42) / 0.1) ** 2 < 1] = 0.95
    picture += np.random.default_rng(0).normal(0, 0.02, picture.shape)
    return np.round(np.clip(picture, 0, 1) * 255).astype(np.uint8)
