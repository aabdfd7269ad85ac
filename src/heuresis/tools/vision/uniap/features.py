"""Hand-made features of image tokens: colour, its spread, texture, place, and soft regions.

A token is a square cell of a grid. Beside what the seed page lists, each token carries eight
eigenvectors of a local affinity (normalised cuts, doi:10.1109/34.868688): they spread what a
token's neighbours say along smooth regions and stop at edges.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from heuresis.tools.image.pixels import Pixels

CELL_PX = 8  # of the working picture
LONGEST = 44  # tokens along the longer side
N_REGIONS = 8
REACH = 4  # tokens
SIGMAS_PX = (1.0, 2.5)
ANGLES = 4
ALIKE_LAB = 7.0
PLACE, TEXTURE, COMMON = 0.2, 0.5, 2.0  # weights; COMMON keeps plain tokens alike
FLOORS = {"lab": 4.0, "spread": 2.0, "texture": 0.5}  # smaller deviations are noise


@dataclass(frozen=True)
class FeatureMap:
    """What UniAP and the drawing of masks need of a picture.

    Attributes:
        rows: (h w, d), each of length 1.
        height: Tokens down.
        width: Tokens across.
    """

    rows: NDArray[np.float64]
    height: int
    width: int


def grid_of(shape: tuple[int, int], longest: int = LONGEST) -> tuple[int, int]:
    """Return tokens down and across for a picture's height and width in pixels."""
    side = max(shape) / longest
    return max(2, round(shape[0] / side)), max(2, round(shape[1] / side))


def handfeat(image: Pixels, longest: int = LONGEST) -> FeatureMap:
    """Describe every token of a picture, H x W x 3."""
    from skimage.color import rgb2lab

    height, width = grid_of(image.shape[:2], longest)
    lab = rgb2lab(resized(image, height * CELL_PX, width * CELL_PX)).astype(np.float32)
    mean = _cells(lab)
    spread = np.sqrt(np.maximum(_cells(lab**2) - mean**2, 0))
    texture = _texture(lab[:, :, 0])
    regions = _soft_regions(np.concatenate([mean, spread], axis=2) / ALIKE_LAB, texture)
    y, x = np.mgrid[:height, :width] / max(height, width)
    blocks = [
        _standard(mean, FLOORS["lab"]),
        _standard(spread, FLOORS["spread"]),
        _standard(texture, FLOORS["texture"]) * TEXTURE,
        _standard(np.stack([y, x], axis=2), 1e-6) * PLACE,
        _standard(regions, 1e-6),
        np.full((height * width, 1), COMMON),
    ]
    return FeatureMap(unit_rows(np.concatenate(blocks, axis=1)), height, width)


def unit_rows(rows: NDArray[Any]) -> NDArray[np.float64]:
    """Scale rows to length 1."""
    exact = rows.astype(np.float64)
    return np.asarray(exact / np.maximum(np.linalg.norm(exact, axis=1, keepdims=True), 1e-12))


def resized(image: Pixels, height: int, width: int) -> Pixels:
    """Return a picture, H x W x 3 uint8, at another size, averaged where it shrinks."""
    from PIL import Image

    size = (width, height)
    return np.asarray(Image.fromarray(image).resize(size, Image.Resampling.BILINEAR))


def _cells(maps: NDArray[Any]) -> NDArray[Any]:
    """Average (h c, w c, d) over cells to (h, w, d)."""
    h, w, d = maps.shape[0] // CELL_PX, maps.shape[1] // CELL_PX, maps.shape[2]
    means: NDArray[Any] = maps.reshape(h, CELL_PX, w, CELL_PX, d).mean(axis=(1, 3))
    return means


def _texture(lightness: NDArray[np.float32]) -> NDArray[Any]:
    """Return how steep lightness is, in all and toward four directions, at two scales."""
    from scipy.ndimage import gaussian_filter

    found = []
    for sigma in SIGMAS_PX:
        down = gaussian_filter(lightness, sigma, order=(1, 0))
        across = gaussian_filter(lightness, sigma, order=(0, 1))
        steep, angle = np.hypot(across, down), 2 * np.arctan2(down, across)
        found.append(steep)
        for k in range(ANGLES):
            found.append(steep * np.maximum(np.cos(angle - k * 2 * np.pi / ANGLES), 0))
    return np.asarray(np.sqrt(_cells(np.stack(found, axis=2) ** 2)))


def _soft_regions(colour: NDArray[Any], texture: NDArray[Any]) -> NDArray[Any]:
    """Return eigenvectors of the affinity of near tokens, (h, w, 8)."""
    from scipy import sparse
    from scipy.sparse.linalg import eigsh

    looks = np.concatenate([colour, np.log1p(texture)], axis=2)
    h, w, _ = looks.shape
    first, second, alike = _near_pairs(looks)
    half = sparse.coo_matrix((alike, (first, second)), shape=(h * w, h * w))
    both = (half + half.T).tocsr()
    scale = sparse.diags(1 / np.sqrt(np.asarray(both.sum(axis=1)).ravel()))
    k = min(N_REGIONS, h * w - 2)
    values, vectors = eigsh(scale @ both @ scale, k=k, which="LA", v0=np.ones(h * w))
    order = np.argsort(-values)[1:]  # the first is the same everywhere
    return np.asarray((scale @ vectors[:, order]).reshape(h, w, -1))


def _near_pairs(looks: NDArray[Any]) -> tuple[NDArray[Any], NDArray[Any], NDArray[Any]]:
    """List pairs of tokens at most four apart, and how alike they are, 0 to 1."""
    h, w, _ = looks.shape
    at = np.arange(h * w).reshape(h, w)
    found = []
    for dy in range(min(REACH, h - 1) + 1):
        for dx in range(-min(REACH, w - 1), min(REACH, w - 1) + 1):
            if (dy == 0 and dx <= 0) or dy * dy + dx * dx > REACH * REACH:
                continue
            here = (slice(0, h - dy), slice(max(0, -dx), w - max(0, dx)))
            there = (slice(dy, h), slice(max(0, dx), w - max(0, -dx)))
            apart = ((looks[here] - looks[there]) ** 2).sum(axis=2)
            alike = np.exp(-apart / 2) + 1e-6
            found.append((at[here].ravel(), at[there].ravel(), alike.ravel()))
    first, second, alike = (np.concatenate(each) for each in zip(*found, strict=True))
    return first, second, alike.astype(np.float64)


def _standard(maps: NDArray[Any], floor: float) -> NDArray[Any]:
    """Bring each channel of (h, w, d) to mean 0 and deviation 1, unless it hardly varies."""
    rows = maps.reshape(-1, maps.shape[2])
    return np.asarray((rows - rows.mean(axis=0)) / np.maximum(rows.std(axis=0), floor))
