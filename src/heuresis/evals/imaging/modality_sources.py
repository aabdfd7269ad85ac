"""Pictures whose kind is known, by source: for training and measuring `image.modality`."""

import hashlib
import json
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from heuresis.errors import RequestError
from heuresis.tools.image.modality import Kind
from heuresis.tools.image.modality_view import shrunk

Split = Literal["train", "validation", "test"]
SHARES = {"train": 0.70, "validation": 0.12, "test": 0.18}
MEDNIST: dict[str, Kind] = {
    "AbdomenCT": "ct",
    "ChestCT": "ct",
    "HeadCT": "ct",
    "BreastMRI": "mri",
    "CXR": "chest_xray",
    "Hand": "other",  # a radiograph, and not of the chest
}
FRAME_STEP = 6  # neighbouring frames of a clip show the same
SAYS_NO = re.compile(r"\s*no\b", re.I)
SHOWS_CT = re.compile(r"\bct\b|\bcat scan|hounsfield|noncon", re.I)
SHOWS_MRI = re.compile(r"\bmri?\b|\bt1\b|\bt2\b|flair|\bdwi\b|diffusion|\badc\b", re.I)


@dataclass(frozen=True)
class Picture:
    """One picture of a source.

    Attributes:
        name: Unique within all sources.
        kind: What it is.
        source: Where it is from; sources are left out whole to see what transfers.
        part: A finer place within the source, from which training draws evenly.
        group: What must not be cut by a split: a clip, otherwise the picture itself.
        pixels: H x W or H x W x 3, uint8.
    """

    name: str
    kind: Kind
    source: str
    part: str
    group: str
    pixels: NDArray[Any]

    @property
    def split(self) -> Split:
        """The split, by a hash of the group, the same on every machine."""
        place = int(hashlib.sha256(f"modality:{self.group}".encode()).hexdigest()[:8], 16) / 2**32
        if place < SHARES["train"]:
            return "train"
        return "validation" if place < SHARES["train"] + SHARES["validation"] else "test"


def all_pictures(data: Path, most_px: int | None = None) -> list[Picture]:
    """Read every source.

    Args:
        data: Folder of the data.
        most_px: Longest side to keep; larger pictures are reduced. None keeps all pixels.

    Raises:
        RequestError: A source is not there.
    """
    readers = (_mednist, _brain, _breast, _chest, _radiology, _fundus, _cells, _nature)
    return [_reduced(one, most_px) for read in readers for one in read(data)]


def outliers(data: Path) -> list[Picture]:
    """Read pictures of no kind in the list, nor like any in training: eyes from outside."""
    return list(_folder(data, "fundus_quality/outlier", "photograph", "drimdb_outlier"))


def digest_of_names(pictures: Sequence[Picture]) -> str:
    """Name a selection, to see whether two machines took the same."""
    text = "\n".join(sorted(picture.name for picture in pictures))
    return hashlib.sha256(text.encode()).hexdigest()[:12]


def scan_kind(questions: Iterable[dict[str, str]]) -> Kind | None:
    """Tell CT from MRI by what people asked about a picture; None where that is not certain.

    A word counts in a question that is not about other techniques, unless the question asks for
    the technique and the answer is no; in an answer it counts where the technique was asked for.
    Both or neither: not certain.
    """
    found: set[Kind] = set()
    for each in questions:
        question, answer = each["question"], str(each["answer"])
        about = each["question_type"].upper()
        if "OTHER" in about or " not " in question.lower():
            continue
        asks_technique = "MODALITY" in about
        if asks_technique and SAYS_NO.match(answer):
            continue
        choice = asks_technique and " or " in question.lower()
        told = answer if choice else f"{question} {answer}" if asks_technique else question
        found |= {"ct"} if SHOWS_CT.search(told) else set()
        found |= {"mri"} if SHOWS_MRI.search(told) else set()
    return found.pop() if len(found) == 1 else None


def _reduced(picture: Picture, most_px: int | None) -> Picture:
    height, width = picture.pixels.shape[:2]
    if most_px is None or max(height, width) <= most_px:
        return picture
    factor = most_px / max(height, width)
    small = shrunk(picture.pixels, round(height * factor), round(width * factor))
    flat = small[:, :, 0] if picture.pixels.ndim == 2 else small
    pixels = np.round(flat * 255).astype(np.uint8)
    return Picture(picture.name, picture.kind, picture.source, picture.part, picture.group, pixels)


def _mednist(data: Path) -> Iterator[Picture]:
    with _arrays(data, "mednist64") as file:
        images, labels, names = file["images"], file["labels"], [str(n) for n in file["names"]]
    for i, (image, label) in enumerate(zip(images, labels, strict=True)):
        part = names[int(label)]
        name = f"mednist/{part}/{i}"
        yield Picture(name, MEDNIST[part], "mednist", f"mednist/{part}", name, image)


def _brain(data: Path) -> Iterator[Picture]:
    with _arrays(data, "brain_mri128") as file:
        for i, image in enumerate(file["images"]):
            yield _single(f"brain_mri/{i}", "mri", "brain_mri", image)


def _breast(data: Path) -> Iterator[Picture]:
    with _arrays(data, "breast_us128") as file:
        for i, image in enumerate(file["images"]):
            yield _single(f"breast_us/{i}", "ultrasound", "breast_us", image)


def _chest(data: Path) -> Iterator[Picture]:
    return _folder(data, "chest_regions/image", "chest_xray", "chest_regions")


def _radiology(data: Path) -> Iterator[Picture]:
    """Read VQA-RAD: chest pictures are X-rays and abdominal ones CT by its paper; heads by words.

    Source: doi:10.1038/sdata.2018.251. A chest or abdomen that the words contradict is left out.
    """
    place = _there(data / "vqa_rad/questions.json")
    asked: dict[str, list[dict[str, str]]] = defaultdict(list)
    for row in json.loads(place.read_text(encoding="utf-8")):
        asked[row["image_name"]].append(row)
    for name, rows in sorted(asked.items()):
        said, organ = scan_kind(rows), rows[0]["image_organ"]
        kind: Kind | None = said if organ == "HEAD" else "ct" if organ == "ABD" else "chest_xray"
        contradicted = organ != "HEAD" and said is not None and said != kind
        if kind is not None and not contradicted:
            image = _read(_there(data / "vqa_rad/image" / name))
            yield Picture(
                f"vqa_rad/{name}", kind, "vqa_rad", f"vqa_rad/{kind}", f"vqa_rad/{name}", image
            )


def _fundus(data: Path) -> Iterator[Picture]:
    for folder in ("train", "test"):
        yield from _folder(data, f"vessels/drive/{folder}/image", "fundus", "drive", folder)
    yield from _folder(data, "vessels/chase/image", "fundus", "chase")
    yield from _folder(data, "vessels/stare/image", "fundus", "stare")
    for folder in ("good", "bad"):
        yield from _folder(data, f"fundus_quality/{folder}", "fundus", "drimdb", folder)


def _cells(data: Path) -> Iterator[Picture]:
    yield from _folder(data, "nuclei/image", "microscopy", "nuclei")
    yield from _folder(data, "blood_cells/JPEGImages", "microscopy", "blood_cells")


def _nature(data: Path) -> Iterator[Picture]:
    for folder in ("train", "val"):
        yield from _folder(data, f"bsds/{folder}/image", "photograph", "bsds", folder)
    for clip in sorted(_there(data / "davis240/image").iterdir()):
        for place in sorted(clip.iterdir())[::FRAME_STEP]:
            name = f"davis/{clip.name}/{place.name}"
            group = f"davis/{clip.name}"
            yield Picture(name, "photograph", "davis", "davis", group, _read(place))


def _folder(data: Path, folder: str, kind: Kind, source: str, part: str = "") -> Iterator[Picture]:
    for place in sorted(_there(data / folder).iterdir()):
        inner = f"{source}/{part}" if part else source
        name = f"{inner}/{place.name}"
        yield Picture(name, kind, source, inner, name, _read(place))


def _single(name: str, kind: Kind, source: str, image: NDArray[Any]) -> Picture:
    return Picture(name, kind, source, source, name, image)


def _read(place: Path) -> NDArray[Any]:
    """Return pixels; three equal channels become one, so that storing tells nothing."""
    from PIL import Image

    with Image.open(place) as image:
        plain = image if image.mode in ("L", "RGB") else image.convert("RGB")
        array = np.asarray(plain)
    if array.ndim == 3 and np.ptp(array.astype(np.int16), axis=2).max() <= 2:
        return array[:, :, 1]
    return array


def _arrays(data: Path, name: str) -> Any:
    return np.load(_there(data / name / f"{name}.npz"))


def _there(place: Path) -> Path:
    if not place.exists():
        raise RequestError(f"data: got no {place.name!r} there, allowed: a folder that has it")
    return place
