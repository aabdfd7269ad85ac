"""Photographs with readers' vessel masks: DRIVE, STARE and CHASE_DB1 as they lie in a folder."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from heuresis.tools.medical.serp_mamba.preparation import field_of_view

Mask = NDArray[np.bool_]
SETS = ("drive/train", "drive/test", "stare", "chase")
VALIDATION = ("24", "31", "38")  # of drive/train; fixed, and never trained on


@dataclass(frozen=True)
class Photograph:
    """One image with its reader's mask.

    Attributes:
        name: File name without suffix.
        image: H x W x 3, uint8.
        fov: H x W; found by our own rule where the set brings none.
        truth: H x W, the first reader.
        second: H x W, the second reader, where there is one.
    """

    name: str
    image: NDArray[np.uint8]
    fov: Mask
    truth: Mask
    second: Mask | None


def read_set(data: Path, name: str) -> list[Photograph]:
    """Read one of `SETS` below `data`/vessels, in order of file names."""
    folder = data / "vessels" / name
    return [_read(folder, path) for path in sorted((folder / "image").iterdir())]


def _read(folder: Path, path: Path) -> Photograph:
    image = np.asarray(_open(path).convert("RGB"))
    fov = read_mask(folder / "fov" / f"{path.stem}.png")
    truth = read_mask(folder / "vessel" / f"{path.stem}.png")
    if truth is None:
        raise FileNotFoundError(f"{path}: got no mask, allowed: one in {folder / 'vessel'}")
    second = read_mask(folder / "vessel_second_reader" / f"{path.stem}.png")
    found = field_of_view(image) if fov is None else fov
    return Photograph(path.stem, image, found, truth, second)


def read_mask(path: Path) -> Mask | None:
    """Read a mask of two values, at half of the greater; None where there is no file."""
    if not path.is_file():
        return None
    array = np.asarray(_open(path).convert("L"))
    if len(np.unique(array)) > 2:
        raise ValueError(f"{path}: got {len(np.unique(array))} values, allowed two")
    inside: Mask = array > array.max() // 2
    return inside


def _open(path: Path) -> Any:
    from PIL import Image

    return Image.open(path)
