"""Clean images of six modalities by source, split by image; some sources are never trained on."""

import hashlib
import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from heuresis.errors import RequestError
from heuresis.tools.image.degradations.kinds import Modality
from heuresis.tools.medical.medq.view import View, prepared

Part = Literal["train", "validation", "test", "unseen"]
SHARES = (0.8, 0.9)  # of the images of a seen source: train up to here, validation up to there
RADIOGRAPH = re.compile(r"x-?ray|radiograph|\bcxr\b|\bap\b|\bpa\b|\bfilm\b", re.I)
TOMOGRAM = re.compile(r"\bct\b|tomogra|contrast|axial", re.I)


@dataclass(frozen=True)
class Source:
    """Where images come from.

    Attributes:
        modality: What they show.
        is_seen: Whether the model may learn from it.
        load: Reads all of it, given the data folder.
    """

    modality: Modality
    is_seen: bool
    load: Callable[[Path], Iterator[View]]


@dataclass(frozen=True)
class Base:
    """One clean image."""

    source: str
    modality: Modality
    part: Part
    view: View
    key: int


def _folder(*patterns: str) -> Callable[[Path], Iterator[View]]:
    def load(data: Path) -> Iterator[View]:
        for pattern in patterns:
            places = sorted(data.glob(pattern))
            if not places:
                raise RequestError(f"data {str(data)!r}: got no {pattern}, allowed: the data sets")
            for place in places:
                yield prepared(read_picture(place))

    return load


def _mednist(name: str) -> Callable[[Path], Iterator[View]]:
    def load(data: Path) -> Iterator[View]:
        with np.load(_existing(data / "mednist64" / "mednist64.npz")) as store:
            images, labels, names = store["images"], store["labels"], list(store["names"])
        yield from images[labels == names.index(name)]

    return load


def _arrays(name: str) -> Callable[[Path], Iterator[View]]:
    def load(data: Path) -> Iterator[View]:
        with np.load(_existing(data / name / f"{name}.npz")) as store:
            yield from store["images"]

    return load


def _vqa(organ: str, wanted: re.Pattern[str], unwanted: re.Pattern[str]) -> Any:
    """Pick images by what their questions call them; doubtful ones are left out."""

    def load(data: Path) -> Iterator[View]:
        said: dict[str, str] = {}
        for row in json.loads(_existing(data / "vqa_rad" / "questions.json").read_text()):
            if row["image_organ"] == organ:
                name = row["image_name"]
                said[name] = f"{said.get(name, '')} {row['question']} {row['answer']}"
        for name, words in sorted(said.items()):
            place = data / "vqa_rad" / "image" / name
            if wanted.search(words) and not unwanted.search(words) and place.is_file():
                yield prepared(read_picture(place))

    return load


SOURCES: dict[str, Source] = {
    "mednist_cxr": Source("chest_xray", True, _mednist("CXR")),
    "vqa_rad_chest": Source("chest_xray", True, _vqa("CHEST", RADIOGRAPH, TOMOGRAM)),
    "chest_regions": Source("chest_xray", False, _folder("chest_regions/image/*")),
    "mednist_abdomen_ct": Source("ct", True, _mednist("AbdomenCT")),
    "mednist_chest_ct": Source("ct", True, _mednist("ChestCT")),
    "vqa_rad_ct": Source("ct", True, _vqa("ABD", TOMOGRAM, RADIOGRAPH)),
    "mednist_head_ct": Source("ct", False, _mednist("HeadCT")),
    "brain_mri": Source("mri", True, _arrays("brain_mri128")),
    "mednist_breast_mri": Source("mri", False, _mednist("BreastMRI")),
    "breast_us": Source("ultrasound", True, _arrays("breast_us128")),
    "drive": Source("fundus", True, _folder("vessels/drive/*/image/*")),
    "chase": Source("fundus", True, _folder("vessels/chase/image/*")),
    "stare": Source("fundus", False, _folder("vessels/stare/image/*")),
    "drimdb_good": Source("fundus", False, _folder("fundus_quality/good/*")),
    "nuclei": Source("microscopy", True, _folder("nuclei/image/*")),
    "blood_cells": Source("microscopy", False, _folder("blood_cells/JPEGImages/*")),
}


def bases(data: Path, sources: dict[str, Source] = SOURCES) -> list[Base]:
    """Read every clean image once; equal images count once, whatever source they are in."""
    found: dict[int, Base] = {}
    for name, source in sources.items():
        for view in source.load(data):
            key = int.from_bytes(hashlib.sha256(view.tobytes()).digest()[:6], "big")
            part = _part(key) if source.is_seen else "unseen"
            found.setdefault(key, Base(name, source.modality, part, view, key))
    return list(found.values())


def read_picture(place: Path) -> NDArray[np.uint8]:
    """Return a picture file as H x W or H x W x 3, uint8."""
    from PIL import Image

    with Image.open(_existing(place)) as image:
        return np.asarray(image.convert("L" if image.mode in ("L", "1", "LA") else "RGB"))


def _part(key: int) -> Part:
    share = (key % 10_007) / 10_007
    if share < SHARES[0]:
        return "train"
    return "validation" if share < SHARES[1] else "test"


def _existing(place: Path) -> Path:
    if not place.is_file():
        raise RequestError(f"data: got no file {place}, allowed: a folder with the data sets")
    return place
