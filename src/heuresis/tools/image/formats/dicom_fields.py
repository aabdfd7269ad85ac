"""Single fields of a DICOM file, also where multi-frame files keep them: per frame or shared."""

import logging
import warnings
from collections.abc import Container, Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np

GROUPS = {
    "RescaleSlope": "PixelValueTransformationSequence",
    "RescaleIntercept": "PixelValueTransformationSequence",
    "RescaleType": "PixelValueTransformationSequence",
    "WindowCenter": "FrameVOILUTSequence",
    "WindowWidth": "FrameVOILUTSequence",
    "VOILUTFunction": "FrameVOILUTSequence",
    "PixelSpacing": "PixelMeasuresSequence",
    "SliceThickness": "PixelMeasuresSequence",
    "SpacingBetweenSlices": "PixelMeasuresSequence",
    "ImageOrientationPatient": "PlaneOrientationSequence",
    "ImagePositionPatient": "PlanePositionSequence",
}  # functional group that holds a field. Source: DICOM PS3.3 C.7.6.16


@contextmanager
def quiet() -> Iterator[None]:
    """Silence the library, whose warnings quote what is in the file."""
    log = logging.getLogger("pydicom")
    was = log.disabled
    log.disabled = True
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        log.disabled = was


def value_of(dataset: Any, keyword: str, frame: int = 0) -> Any:
    """Return a field of one frame: its own, the shared one, or that of the whole file."""
    group = GROUPS.get(keyword)
    if group is not None:
        for holder in _holders(dataset, frame):
            items = holder.get(group)
            if items and items[0].get(keyword) not in (None, ""):
                return items[0].get(keyword)
    found = dataset.get(keyword)
    return None if found == "" else found


def _holders(dataset: Any, frame: int) -> Iterator[Any]:
    own = dataset.get("PerFrameFunctionalGroupsSequence")
    if own and frame < len(own):
        yield own[frame]
    shared = dataset.get("SharedFunctionalGroupsSequence")
    if shared:
        yield shared[0]


def numbers_of(dataset: Any, keyword: str, frame: int = 0) -> tuple[float, ...]:
    """Return all numbers of a field; none where one of them is no finite number."""
    found = value_of(dataset, keyword, frame)
    if found is None:
        return ()
    many = found if isinstance(found, list | tuple) or hasattr(found, "__iter__") else [found]
    try:
        numbers = (
            tuple(float(one) for one in many) if not isinstance(found, str) else (float(found),)
        )
    except (TypeError, ValueError):
        return ()
    return numbers if np.isfinite(numbers).all() else ()


def number_of(
    dataset: Any, keyword: str, frame: int = 0, default: float | None = None
) -> float | None:
    """Return the first number of a field."""
    return next(iter(numbers_of(dataset, keyword, frame)), default)


def text_of(dataset: Any, keyword: str, allowed: Container[str], frame: int = 0) -> str | None:
    """Return a code, if it is one of those allowed: other words of a file may name somebody."""
    found = value_of(dataset, keyword, frame)
    word = str(found).strip().upper() if found is not None else ""
    return word if word in allowed else None
