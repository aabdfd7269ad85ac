"""Where the pixels of a DICOM file lie: spacing, the edges' directions, affine to RAS mm."""

from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from heuresis.contract import Quantity
from heuresis.tools.image.facts import Affine, Edge, Edges, Geometry, stated
from heuresis.tools.image.formats.dicom_fields import numbers_of, value_of

OPPOSITE: dict[Edge, Edge] = {"R": "L", "L": "R", "A": "P", "P": "A", "S": "I", "I": "S"}
_LETTERS: dict[str, Edge] = {"R": "R", "L": "L", "A": "A", "P": "P", "H": "S", "F": "I"}
_TO_RAS = np.diag([-1.0, -1.0, 1.0])  # DICOM counts towards left and back
Vector = NDArray[np.float64]


def geometry_of(dataset: Any, numbers: list[int]) -> Geometry | None:
    """Return what the file says of places; None where it says nothing."""
    spacing, where = _spacing(dataset, numbers[0])
    across = _directions(dataset, numbers[0])
    step = _step(dataset, numbers, across)
    edges = _edges_by_vectors(across) if across else _edges_by_letters(dataset)
    if spacing is None and edges is None:
        return None
    rows, columns = spacing or (None, None)
    return Geometry(
        row_spacing=_mm(rows),
        column_spacing=_mm(columns),
        slice_spacing=_mm(None if step is None else float(np.linalg.norm(step))),
        measured_at=where,
        edges=edges,
        affine=_affine(dataset, numbers[0], spacing, across, step),
    )


def _mm(value: float | None) -> Quantity | None:
    return None if value is None or value <= 0 else stated(value, "mm")


def _spacing(
    dataset: Any, number: int
) -> tuple[tuple[float, float] | None, Literal["patient", "detector"]]:
    """Return distances between rows and between columns."""
    here = numbers_of(dataset, "PixelSpacing", number)
    if len(here) == 2 and min(here) > 0:
        return (here[0], here[1]), "patient"
    there = numbers_of(dataset, "ImagerPixelSpacing", number)
    if len(there) == 2 and min(there) > 0:
        return (there[0], there[1]), "detector"
    return None, "patient"


def _directions(dataset: Any, number: int) -> tuple[Vector, Vector] | None:
    """Return unit vectors along a row and down a column, in RAS."""
    six = numbers_of(dataset, "ImageOrientationPatient", number)
    if len(six) != 6:
        return None
    along, down = (_TO_RAS @ np.array(part) for part in (six[:3], six[3:]))
    lengths = np.linalg.norm(along), np.linalg.norm(down)
    if min(lengths) < 0.9 or max(lengths) > 1.1 or abs(along @ down) > 0.1:
        return None
    return along / lengths[0], down / lengths[1]


def _edges_by_vectors(across: tuple[Vector, Vector]) -> Edges:
    right, bottom = (nearest(vector) for vector in across)
    return Edges(left=OPPOSITE[right], right=right, top=OPPOSITE[bottom], bottom=bottom)


def nearest(vector: Vector) -> Edge:
    """Name the anatomical direction nearest to a vector in RAS."""
    axis = int(np.argmax(np.abs(vector)))
    pairs: tuple[tuple[Edge, Edge], ...] = (("R", "L"), ("A", "P"), ("S", "I"))
    return pairs[axis][0 if vector[axis] > 0 else 1]


def _edges_by_letters(dataset: Any) -> Edges | None:
    """Read the two letters that plain X-rays carry: at the right edge, at the bottom."""
    found = value_of(dataset, "PatientOrientation")
    if found is None or isinstance(found, str) or len(found) != 2:
        return None
    letters = [_LETTERS.get(str(one)[:1].upper()) for one in found]
    right, bottom = letters
    if right is None or bottom is None:
        return None
    return Edges(left=OPPOSITE[right], right=right, top=OPPOSITE[bottom], bottom=bottom)


def _step(dataset: Any, numbers: list[int], across: tuple[Vector, Vector] | None) -> Vector | None:
    """Return the way from one frame to the next, in RAS mm."""
    if across is None:
        return None
    normal = np.cross(*across)
    if len(numbers) > 1:
        places = [numbers_of(dataset, "ImagePositionPatient", n) for n in numbers[:2]]
        if all(len(place) == 3 for place in places) and places[0] != places[1]:
            return np.asarray(_TO_RAS @ (np.array(places[1]) - np.array(places[0])))
    for keyword in ("SpacingBetweenSlices", "SliceThickness"):
        one = numbers_of(dataset, keyword, numbers[0])
        if one and one[0] > 0:
            return np.asarray(normal * one[0])
    return None


def _affine(
    dataset: Any,
    number: int,
    spacing: tuple[float, float] | None,
    across: tuple[Vector, Vector] | None,
    step: Vector | None,
) -> Affine | None:
    """Return the 4 x 4 matrix. Source: DICOM PS3.3 C.7.6.2.1.1, with x and y turned to RAS."""
    origin = numbers_of(dataset, "ImagePositionPatient", number)
    if spacing is None or across is None or step is None or len(origin) != 3:
        return None
    matrix = np.eye(4)
    matrix[:3, 0] = across[0] * spacing[1]
    matrix[:3, 1] = across[1] * spacing[0]
    matrix[:3, 2] = step
    matrix[:3, 3] = _TO_RAS @ np.array(origin)
    return as_rows(matrix)


def as_rows(matrix: NDArray[np.float64]) -> Affine:
    """Return a 4 x 4 matrix as plain numbers, rounded to nanometres."""
    rows = np.round(matrix, 6) + 0.0  # no negative zeros
    return tuple((float(a), float(b), float(c), float(d)) for a, b, c, d in rows)
