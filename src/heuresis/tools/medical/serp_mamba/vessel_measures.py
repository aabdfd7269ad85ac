"""What a vessel mask says in numbers: centreline, density, tortuosity, widths. All in pixels.

Frame: H x W, origin top-left. Lengths are of the pixel grid; no calibration is known.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Mask = NDArray[np.bool_]
Path = NDArray[np.float64]
SHORTEST_PX = 10  # shorter pieces between branchings have no direction to bend from
MAX_FINE_PX = 2_000_000  # above, a grid twice as fine costs seconds and gigabytes
SMOOTH = 7  # points of a path averaged: a straight line on a grid is a staircase
PERCENTILES = (10, 50, 90)
_AROUND = [(i, j) for i in (-1, 0, 1) for j in (-1, 0, 1) if (i, j) != (0, 0)]


@dataclass(frozen=True)
class Measures:
    """Numbers of one mask; tortuosity and widths are None where there is nothing to measure.

    Attributes:
        fraction: Share of the field of view that is vessel.
        density: Centreline length by field of view, 1/px.
        tortuosity: Arc by chord, mean over segments, 1 where straight.
        width_px: Mean over centreline pixels.
        widths_px: At the 10th, 50th and 90th percentile.
        n_segments: Pieces between branchings that were long enough.
    """

    fraction: float
    density: float
    tortuosity: float | None
    width_px: float | None
    widths_px: tuple[float, float, float] | None
    n_segments: int


def measure(mask: Mask, fov: Mask) -> tuple[Measures, Mask]:
    """Return the numbers of a mask inside a field of view, and its centreline."""
    inside = mask & fov
    area = max(int(fov.sum()), 1)
    line = centreline(inside)
    paths = segments(line)
    bends = [tortuosity(path) for path in paths]
    wide = widths(inside, line)
    low, middle, high = np.percentile(wide, PERCENTILES) if len(wide) else (0.0, 0.0, 0.0)
    found = Measures(
        fraction=float(inside.sum()) / area,
        density=length(line, paths) / area,
        tortuosity=float(np.mean(bends)) if bends else None,
        width_px=float(wide.mean()) if len(wide) else None,
        widths_px=(float(low), float(middle), float(high)) if len(wide) else None,
        n_segments=len(bends),
    )
    return found, line


def centreline(mask: Mask) -> Mask:
    """Thin a mask to lines one pixel wide."""
    from skimage.morphology import skeletonize

    line: Mask = skeletonize(mask)
    return line


def length(line: Mask, paths: Sequence[Path] = ()) -> float:
    """Return the length of a centreline in px.

    Links count 1 by side and sqrt 2 by corner, which overstates slanting lines by up to 8 %; the
    smoothed length of the pieces between branchings says by how much.

    Args:
        line: One pixel wide.
        paths: Its pieces, as `segments` orders them.
    """
    down = int((line[1:] & line[:-1]).sum())
    across = int((line[:, 1:] & line[:, :-1]).sum())
    links = down + across + np.sqrt(2) * (_slopes(line) + _slopes(line[:, ::-1]))
    steps = sum(arc(path) for path in paths)
    return float(links * sum(arc(smoothed(path)) for path in paths) / steps if steps else links)


def _slopes(line: Mask) -> int:
    """Count links from upper left to lower right that no step by the sides replaces."""
    corner = line[1:, 1:] & line[:-1, :-1]
    return int((corner & ~line[1:, :-1] & ~line[:-1, 1:]).sum())


def widths(mask: Mask, line: Mask) -> NDArray[np.float64]:
    """Return the width at every centreline pixel in px.

    Distances are taken on a grid twice as fine, where lines of odd and of even width both have
    a middle: a band of n rows then measures n. Large images keep their grid; there the width is
    the middle of what an odd and an even line would give, so off by up to half a pixel.
    """
    from scipy import ndimage

    if not line.any():
        return np.zeros(0)
    box = tuple(slice(axis.min(), axis.max() + 1) for axis in np.nonzero(mask))
    rows, columns = np.nonzero(line[box])
    edge = np.pad(mask[box], 1)
    if mask.size > MAX_FINE_PX:
        reach = ndimage.distance_transform_edt(edge)[rows + 1, columns + 1]
        coarse: NDArray[np.float64] = np.maximum(2 * reach - 0.5, 1)
        return coarse
    fine = ndimage.distance_transform_edt(edge.repeat(2, axis=0).repeat(2, axis=1))
    y, x = 2 * rows + 2, 2 * columns + 2
    found: NDArray[np.float64] = np.max(
        [fine[y + i, x + j] for i in (0, 1) for j in (0, 1)], axis=0
    )
    return found


def segments(line: Mask) -> list[Path]:
    """Cut a centreline at its branchings and order the pieces' pixels: paths (n, 2) of y, x.

    Pieces shorter than 10 pixels and closed loops are left out.
    """
    from scipy import ndimage

    eight = np.ones((3, 3), np.uint8)
    framed = np.pad(line, 1)
    pieces = framed & ~ndimage.binary_dilation(framed & (_neighbours(framed) > 2), eight)
    labels, n = ndimage.label(pieces, eight)
    sizes = np.bincount(labels.ravel(), minlength=n + 1)
    pieces &= sizes[labels] >= SHORTEST_PX
    width = framed.shape[1]
    ends = np.flatnonzero(pieces & (_neighbours(pieces) == 1)).tolist()
    left = set(np.flatnonzero(pieces).tolist())
    paths = [_walk(end, left, width) for end in ends if end in left]
    return [
        np.stack(np.divmod(np.array(path), width), axis=1) - 1.0
        for path in paths
        if len(path) >= SHORTEST_PX
    ]


def tortuosity(path: Path) -> float:
    """Return arc by chord of an ordered path (n, 2)."""
    smooth = smoothed(path)
    chord = float(np.hypot(*(smooth[-1] - smooth[0])))
    return max(arc(smooth) / max(chord, 1.0), 1.0)


def arc(path: Path) -> float:
    """Return the length of an ordered path (n, 2)."""
    return float(np.hypot(*np.diff(path, axis=0).T).sum())


def smoothed(path: Path) -> Path:
    """Average a path (n, 2) over seven points; its ends and straight lines stay as they are."""
    half = min(SMOOTH, len(path)) // 2
    padded = np.pad(path, ((half, half), (0, 0)), mode="reflect", reflect_type="odd")
    total = np.cumsum(np.vstack([np.zeros((1, 2)), padded]), axis=0)
    mean: Path = (total[2 * half + 1 :] - total[: -2 * half - 1]) / (2 * half + 1)
    return mean


def _neighbours(line: Mask) -> NDArray[np.uint8]:
    """Count the eight neighbours of every pixel; the frame has none."""
    count = np.zeros(line.shape, np.uint8)
    height, width = line.shape
    for i, j in _AROUND:
        part = line[1 + i : height - 1 + i, 1 + j : width - 1 + j]
        count[1:-1, 1:-1] += part
    return count


def _walk(start: int, left: set[int], width: int) -> list[int]:
    """Follow a piece from its end, taking its pixels away; by sides before by corners."""
    ways = (-width, -1, 1, width, -width - 1, -width + 1, width - 1, width + 1)
    path, here = [], start
    while True:
        path.append(here)
        left.discard(here)
        ahead = next((here + way for way in ways if here + way in left), None)
        if ahead is None:
            return path
        here = ahead
