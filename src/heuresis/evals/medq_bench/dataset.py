"""The published tables of MedQ-Bench as a user has them: a folder of TSV files, read row by row.

Assumed of the folder (after what the released scorers read; we have not seen the data itself):

- `medqbench_QA_SPLIT.tsv` (perception), `medqbench_description_SPLIT.tsv` (one image),
  `medqbench_paired_description_SPLIT.tsv` (two images); SPLIT is dev or test.
- Images: base64 in `image` (or a list of two as text), `image_a` and `image_b`; or files beside the
  tables in `image_path`. Two images are taken in that order.
- `index`; perception: `question`, options `A` to `D` (empty ones are absent), `answer` as a letter
  or 0 to 3; reasoning: the reference in `description`, else in `answer`.
- Kind of question, modality and severity in a column of one of the names below, where there is one.
"""

import ast
import base64
import binascii
import csv
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Literal

from pydantic import Field

from heuresis.contract import Frozen
from heuresis.errors import RequestError

Split = Literal["dev", "test"]
Table = Literal["QA", "description", "paired_description"]
QuestionKind = Literal["yes-no", "what", "how", "other"]
LETTERS = ("A", "B", "C", "D")
KIND_COLUMNS = ("question_type", "question_kind", "type", "sub_type", "category")
MODALITY_COLUMNS = ("modality", "image_type", "modal")
SEVERITY_COLUMNS = ("severity", "degradation_level", "level")
LARGEST_FIELD = 2**30  # characters; images stand in the tables as text
Row = Mapping[str, str]


class Source(Frozen):
    """Where an image's bytes come from; decoded when asked for."""

    text: str = Field(repr=False, description="base64, or a path under `folder`.")
    folder: Path | None = Field(default=None, description="None where `text` is base64.")

    def read(self) -> bytes:
        """Return the bytes of the image file.

        Raises:
            RequestError: Neither base64 nor a file of the folder.
        """
        if self.folder is not None:
            place = (self.folder / self.text).resolve()
            if not place.is_file() or not place.is_relative_to(self.folder.resolve()):
                raise RequestError(f"image {self.text!r}: got no such file under {self.folder}")
            return place.read_bytes()
        try:
            return base64.b64decode(self.text.rpartition(",")[2], validate=True)
        except binascii.Error as error:
            raise RequestError(f"image: got text that is no base64 ({error})") from error


class Item(Frozen):
    """What all three kinds of item share."""

    index: str = Field(description="Of the table.")
    sources: tuple[Source, ...] = Field(description="One image, or two to compare.")
    modality: str = Field(description="As the table has it; 'not stated' where it has none.")
    severity: str = Field(default="not stated", description="As the table has it.")


class Question(Item):
    """Perception: one multiple choice."""

    question: str = Field(description="As published.")
    options: dict[str, str] = Field(description="Text by letter.")
    answer: str = Field(description="The right letter.")
    kind: QuestionKind = Field(description="Of the table, or told from the words.")


class Reference(Item):
    """Reasoning: one image, or two, with the text an expert wrote."""

    text: str = Field(description="The reference.")


def questions(folder: Path, split: Split) -> Iterator[Question]:
    """Read the perception table, row by row.

    Raises:
        RequestError: No such table, a column is absent, or a row cannot be read.
    """
    for where, row in _rows(folder, "QA", split, ("question", "A", "B", "answer")):
        options = {one: row[one].strip() for one in LETTERS if row.get(one, "").strip()}
        answer = _letter(row["answer"])
        if answer not in options:
            raise RequestError(
                f"{where}: got answer {row['answer']!r}, allowed: {', '.join(options)} or 0 to "
                f"{len(options) - 1}"
            )
        question = row["question"].strip()
        yield Question(
            index=row.get("index", where),
            sources=_sources(row, folder, where, 1),
            modality=_first(row, MODALITY_COLUMNS),
            severity=_first(row, SEVERITY_COLUMNS),
            question=question,
            options=options,
            answer=answer,
            kind=_kind(row, question, options),
        )


def references(folder: Path, split: Split, n_images: Literal[1, 2]) -> Iterator[Reference]:
    """Read a reasoning table, row by row.

    Raises:
        RequestError: No such table, a column is absent, or a row cannot be read.
    """
    table: Table = "description" if n_images == 1 else "paired_description"
    for where, row in _rows(folder, table, split, ()):
        text = (row.get("description") or row.get("answer") or "").strip()
        if not text:
            raise RequestError(f"{where}: got no reference, allowed: one in column 'description'")
        yield Reference(
            index=row.get("index", where),
            sources=_sources(row, folder, where, n_images),
            modality=_first(row, MODALITY_COLUMNS),
            severity=_first(row, SEVERITY_COLUMNS),
            text=text,
        )


def tables_in(folder: Path, split: Split) -> tuple[Table, ...]:
    """Return the tables that a folder has.

    Raises:
        RequestError: None of them.
    """
    known: tuple[Table, ...] = ("QA", "description", "paired_description")
    found = tuple(table for table in known if place_of(folder, table, split).is_file())
    if not found:
        names = ", ".join(place_of(folder, table, split).name for table in known)
        raise RequestError(f"folder {str(folder)!r}: got no table, allowed: {names}")
    return found


def place_of(folder: Path, table: Table, split: Split) -> Path:
    """Return where a table lies."""
    return folder / f"medqbench_{table}_{split}.tsv"


def _rows(
    folder: Path, table: Table, split: Split, columns: tuple[str, ...]
) -> Iterator[tuple[str, Row]]:
    place = place_of(folder, table, split)
    if not place.is_file():
        raise RequestError(f"table {str(place)!r}: got no such file, allowed: {place.name}")
    csv.field_size_limit(LARGEST_FIELD)
    with place.open(newline="", encoding="utf-8-sig") as file:
        rows = csv.DictReader(file, delimiter="\t")
        absent = [name for name in columns if name not in (rows.fieldnames or ())]
        if absent:
            got = ", ".join(rows.fieldnames or ()) or "none"
            raise RequestError(f"{place.name}: got columns {got}; absent: {', '.join(absent)}")
        for number, row in enumerate(rows, 1):
            yield f"{place.name}, row {number}", {k: v or "" for k, v in row.items() if k}


def _sources(row: Row, folder: Path, where: str, n_images: int) -> tuple[Source, ...]:
    pair = [row[name] for name in ("image_a", "image_b") if row.get(name)]
    as_text = pair or _listed(row.get("image", ""))
    if as_text:
        found = tuple(_source(text, folder) for text in as_text)
    else:
        paths = _listed(row.get("image_path", ""))
        found = tuple(Source(text=path, folder=folder) for path in paths)
    if len(found) != n_images:
        raise RequestError(
            f"{where}: got {len(found)} images, allowed: {n_images}, in 'image', 'image_a' and "
            "'image_b', or 'image_path'"
        )
    return found


def _source(text: str, folder: Path) -> Source:
    is_path = len(text) < 1_000 and Path(text).suffix.lower() in (".png", ".jpg", ".jpeg", ".webp")
    return Source(text=text, folder=folder if is_path else None)


def _listed(text: str) -> list[str]:
    """Read one value, or a list written as JSON or as Python writes it."""
    text = text.strip()
    if not text.startswith("["):
        return [text] if text else []
    try:
        found = json.loads(text)
    except json.JSONDecodeError:
        try:
            found = ast.literal_eval(text)
        except (ValueError, SyntaxError):
            return [text]
    return [str(each) for each in found]


def _letter(answer: str) -> str:
    text = answer.strip().upper().removesuffix(".0")
    return LETTERS[int(text)] if text in ("0", "1", "2", "3") else text[:1]


def _first(row: Row, names: tuple[str, ...]) -> str:
    return next((row[name].strip() for name in names if row.get(name, "").strip()), "not stated")


def _kind(row: Row, question: str, options: Mapping[str, str]) -> QuestionKind:
    """Take the table's word for the kind of question, else tell it from the words."""
    told = _first(row, KIND_COLUMNS).lower()
    for kind, words in (("yes-no", ("yes",)), ("what", ("what",)), ("how", ("how",))):
        if any(told.startswith(word) for word in words):
            return _known(kind)
    if {text.lower().strip(". ") for text in options.values()} <= {"yes", "no"}:
        return "yes-no"
    first = question.lower().split()[:1]
    if first == ["how"]:
        return "how"
    return "what" if first in (["what"], ["which"]) else "other"


def _known(kind: str) -> QuestionKind:
    kinds: dict[str, QuestionKind] = {"yes-no": "yes-no", "what": "what", "how": "how"}
    return kinds[kind]
