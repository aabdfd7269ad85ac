"""Pictures with known regions: BSDS500, nuclei, blood cells, DAVIS; those nobody learnt from."""

import xml.etree.ElementTree as ET
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from heuresis.errors import RequestError
from heuresis.evals.imaging.segment_scores import Regions
from heuresis.tools.image.pixels import Pixels

N_TUNING = 20
UNSEEN_CLIPS = ("blackswan", "car-shadow", "libby", "scooter-black")
EVERY_FRAME = 20
LEAST_PX = 10  # smaller nuclei are not counted, on either side


@dataclass(frozen=True)
class Known:
    """A picture and what people said of it.

    Attributes:
        name: Of the file.
        image: H x W x 3.
        readers: H x W labels, one array a reader; -1 where nothing was marked.
        boxes: (n, 4) half-open x0 y0 x1 y1, where only boxes are known.
    """

    name: str
    image: Pixels
    readers: tuple[NDArray[np.int64], ...] = ()
    boxes: NDArray[np.float64] | None = None

    @cached_property
    def regions(self) -> Regions:
        """What was marked, ready to be compared with masks."""
        return Regions(self.readers)


def bsds(data: Path, split: str) -> Iterator[Known]:
    """Yield pictures with the segmentations of all readers."""
    for place in _listed(data / "bsds" / split / "image", "*.jpg"):
        with np.load(place.parent.parent / "segments" / f"{place.stem}.npz") as file:
            readers = tuple(_numbered(one) for one in file["readers"])
        yield Known(place.stem, _read(place), readers)


def tuning(data: Path) -> list[Known]:
    """Return the 20 training pictures on which thresholds and levels were chosen."""
    known = list(bsds(data, "train"))
    return known[:: max(1, len(known) // N_TUNING)][:N_TUNING]


def nuclei(data: Path) -> Iterator[Known]:
    """Yield every fifth picture, with one label a nucleus."""
    for place in _listed(data / "nuclei/image", "*")[4::5]:
        labels = _labels(next((data / "nuclei/label").glob(f"{place.stem}.*")))
        counts = np.bincount(labels.ravel())
        labels = np.where(counts[labels] < LEAST_PX, 0, labels)
        marked = np.where(labels > 0, _numbered(labels) - int((labels == 0).any()), -1)
        yield Known(place.stem, _read(place), (marked,))


def blood(data: Path) -> Iterator[Known]:
    """Yield every fifth smear, with boxes of its cells."""
    for place in _listed(data / "blood_cells/JPEGImages", "*.jpg")[4::5]:
        tree = ET.parse(data / "blood_cells/Annotations" / f"{place.stem}.xml")
        sides = ("xmin", "ymin", "xmax", "ymax")
        boxes = [[float(b.findtext(s) or 0) for s in sides] for b in tree.iter("bndbox")]
        yield Known(place.stem, _read(place), boxes=np.array(boxes, float).reshape(-1, 4))


def davis(data: Path) -> Iterator[Known]:
    """Yield frames of the four clips that were never learnt from, with the one marked object."""
    for clip in UNSEEN_CLIPS:
        for place in _listed(data / "davis240/image" / clip, "*")[::EVERY_FRAME]:
            mask = _labels(next((data / "davis240/mask" / clip).glob(f"{place.stem}.*")))
            yield Known(f"{clip}/{place.stem}", _read(place), (np.where(mask > 0, 0, -1),))


def _listed(folder: Path, pattern: str) -> list[Path]:
    found = sorted(folder.glob(pattern))
    if not found:
        raise RequestError(f"data: got no pictures in {folder.name!r}, allowed: the folder of data")
    return found


def _read(place: Path) -> Pixels:
    from PIL import Image

    return np.asarray(Image.open(place).convert("RGB"))


def _labels(place: Path) -> NDArray[np.int64]:
    from PIL import Image

    array: NDArray[Any] = np.asarray(Image.open(place))
    return (array if array.ndim == 2 else array.max(axis=2)).astype(np.int64)


def _numbered(labels: NDArray[Any]) -> NDArray[np.int64]:
    """Number labels from 0 without gaps."""
    return np.unique(labels, return_inverse=True)[1].reshape(labels.shape).astype(np.int64)
