"""A set in the published form without the published data: simulated losses with known slots.

References are written by the same templates as our tools' texts, and kinds are those our tools were
made for: the set exercises the protocol and measures perception of known degradations. It says
nothing of the wording of experts, and no row of it stands beside published rows.
"""

import base64
import csv
from collections.abc import Iterable, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np

from heuresis.errors import RequestError
from heuresis.evals.imaging.quality_items import Item, groups
from heuresis.evals.imaging.quality_sources import Base
from heuresis.evals.medq_bench.dataset import LETTERS, Split, Table, place_of
from heuresis.tools.image import examples
from heuresis.tools.image.degradations.kinds import Modality, kinds_of
from heuresis.tools.image.pixels import decode, encode
from heuresis.tools.medical.medq.findings import ABOUT, KindName, level
from heuresis.tools.medical.medq.view import prepared
from heuresis.tools.medical.medq.wording import Better, describe, describe_pair

NOTHING = "No visible degradation"
HOW = ("None", "Mild", "Severe")
DRAWN: dict[Modality, Path] = {"fundus": examples.FUNDUS, "ct": examples.CT}
COLUMNS: dict[Table, tuple[str, ...]] = {
    "QA": ("index", "image", "question", *LETTERS, "answer", "question_type", "modality",
           "severity"),
    "description": ("index", "image", "description", "modality", "severity"),
    "paired_description": ("index", "image_a", "image_b", "description", "modality"),
}  # fmt: skip
Row = dict[str, str]


def write_set(
    folder: Path,
    n_groups: int,
    seed: int,
    bases: Sequence[Base] | None = None,
    split: Split = "test",
) -> dict[Table, int]:
    """Write the three tables and return their lengths.

    Args:
        folder: Made if absent; existing tables are not overwritten.
        n_groups: Clean images per modality; each gives three items and two pairs.
        seed: Of everything random.
        bases: Clean images; None for the drawn pictures that ship with heuresis.
        split: Part of the file names.

    Raises:
        RequestError: A table is already there.
    """
    clean = drawn_bases() if bases is None else bases
    modalities = sorted({base.modality for base in clean})
    items = groups(clean, dict.fromkeys(modalities, n_groups), seed)
    generator = np.random.default_rng(seed)
    made: dict[Table, list[Row]] = {
        "QA": [row for item in items for row in _questions(item, generator)],
        "description": [_description(item) for item in items],
        "paired_description": [_pair(*pair, generator) for pair in _pairs(items)],
    }
    for table in made:
        if place_of(folder, table, split).exists():
            raise RequestError(f"{place_of(folder, table, split)}: got a table, allowed: none yet")
    folder.mkdir(parents=True, exist_ok=True)
    for table, rows in made.items():
        mixed = [rows[i] for i in generator.permutation(len(rows))]  # the first few: of all kinds
        _write(place_of(folder, table, split), COLUMNS[table], mixed)
    return {table: len(rows) for table, rows in made.items()}


def drawn_bases() -> list[Base]:
    """Return the drawn pictures that ship with heuresis; they show nobody."""
    found = []
    for key, (modality, place) in enumerate(DRAWN.items()):
        view = prepared(decode(place.read_bytes(), place.name))
        found.append(Base("drawn", modality, "test", view, key))
    return found


def _questions(item: Item, generator: np.random.Generator) -> list[Row]:
    """Ask three questions: is a kind there, which is worst, how severe is one."""
    levels = {one.kind: level(one.severity) for one in item.findings}
    allowed = kinds_of(item.modality)
    present, absent = [k for k in allowed if k in levels], [k for k in allowed if k not in levels]
    asked = _one(present if present and generator.random() < 0.5 else absent, generator)
    is_there = f"Does this image show {ABOUT[asked].words}?"
    about = _one(present if present and generator.random() < 0.7 else absent, generator)
    how = f"How severe is this problem in the image: {ABOUT[about].words}?"
    made = [
        _choices("yes-no", is_there, ("Yes", "No"), "Yes" if asked in levels else "No", generator),
        *_which(levels, absent, generator),
        _choices("how", how, HOW, HOW[levels.get(about, 0)], generator),
    ]
    shared = {"image": _text(item), "modality": item.modality, "severity": _worst(item)}
    return [{**row, **shared} for row in made]


def _which(
    levels: dict[KindName, int], absent: list[KindName], generator: np.random.Generator
) -> list[Row]:
    """Ask for the worst kind, where there is one, or none at all."""
    worst = max(levels.values(), default=0)
    leading = [kind for kind, how in levels.items() if how == worst]
    if len(leading) > 1:
        return []
    right = ABOUT[leading[0]].words if leading else NOTHING
    others = [ABOUT[absent[i]].words for i in generator.permutation(len(absent))[:3]]
    options = (right, *others[:2], NOTHING) if leading else (right, *others)
    return [_choices("what", "What degrades this image most?", options, right, generator)]


def _choices(
    kind: str, question: str, options: Sequence[str], right: str, generator: np.random.Generator
) -> Row:
    """Shuffle the options and name the letter of the right one."""
    order = [options[i] for i in generator.permutation(len(options))]
    letters = dict(zip(LETTERS, order, strict=False))
    answer = next(letter for letter, text in letters.items() if text == right)
    return {"question": question, **letters, "answer": answer, "question_type": kind}


def _description(item: Item) -> Row:
    return {
        "image": _text(item),
        "description": describe(item.modality, item.findings),
        "modality": item.modality,
        "severity": _worst(item),
    }


def _pairs(items: Sequence[Item]) -> list[tuple[Item, Item]]:
    """Pair the images of each group: untouched with degraded, degraded with degraded."""
    by_group: dict[int, list[Item]] = {}
    for item in items:
        by_group.setdefault(item.group, []).append(item)
    return [pair for group in by_group.values() for pair in pairwise(group)]


def _pair(one: Item, other: Item, generator: np.random.Generator) -> Row:
    first, second = (one, other) if generator.random() < 0.5 else (other, one)
    better: Better = (
        "tie"
        if first.burden == second.burden
        else "first"
        if first.burden < second.burden
        else "second"
    )
    text = describe_pair(first.modality, better, first.findings, second.findings)
    return {
        "image_a": _text(first),
        "image_b": _text(second),
        "description": text,
        "modality": first.modality,
    }


def _worst(item: Item) -> str:
    return max((one.severity for one in item.findings), key=level, default="none")


def _text(item: Item) -> str:
    return base64.b64encode(encode(item.view)).decode()


def _one(kinds: Sequence[KindName], generator: np.random.Generator) -> KindName:
    return kinds[int(generator.integers(len(kinds)))]


def _write(place: Path, columns: Sequence[str], rows: Iterable[Row]) -> None:
    with place.open("w", newline="", encoding="utf-8") as file:
        writer: Any = csv.DictWriter(file, columns, delimiter="\t", restval="")
        writer.writeheader()
        for number, row in enumerate(rows):
            writer.writerow({"index": str(number), **row})
