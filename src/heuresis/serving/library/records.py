"""A library as a stream of records: SMILES, CSV, SDF or CIF, packed or not, never held whole.

A record that cannot be read is a record too: it has its number and the reason.
"""

import csv
import gzip
import io
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from heuresis.errors import RequestError

Form = Literal["lines", "csv", "sdf", "cif"]
FORMS: dict[str, Form] = {
    ".smi": "lines", ".smiles": "lines", ".txt": "lines", ".csv": "csv", ".tsv": "csv",
    ".sdf": "sdf", ".sd": "sdf", ".cif": "cif",
}  # fmt: skip
ALLOWED = f"{', '.join(FORMS)}, each also with .gz"
STRUCTURES = ("smiles", "canonical_smiles", "structure", "molecule", "cif", "crystal")
NAMES = ("id", "name", "identifier", "title")
MAX_LINE_BYTES = 2_000_000
MAX_BLOCK_CHARS = 2_000_000  # of a molecule in SDF, or a crystal in CIF
SDF_END = "$$$$"


@dataclass(frozen=True, slots=True)
class Record:
    """One entry of a library.

    Attributes:
        number: Line in the file, or place among the blocks of SDF and CIF; from 1.
        text: What is to be read: SMILES, or a block; empty where something is wrong.
        name: What the library calls it; may be empty.
        wrong: Why it cannot be read; empty where it may be.
    """

    number: int
    text: str
    name: str = ""
    wrong: str = ""


@dataclass(frozen=True)
class Library:
    """A file of structures, as it is to be read. Plain data: it travels to where it is read.

    Attributes:
        path: Where it is.
        form: How it is cut into records.
        delimiter: Between the columns of a table.
        column: Place of the structure in a table.
        name_column: Place of the name in a table; None where there is none.
        n_columns: Of a table.
    """

    path: str
    form: Form
    delimiter: str = ","
    column: int = 0
    name_column: int | None = None
    n_columns: int = 1

    @property
    def holds(self) -> Literal["text", "sdf"]:
        """What a record's text is: what a tool reads, or a block that is turned into it."""
        return "sdf" if self.form == "sdf" else "text"


def open_library(path: Path, column: str = "") -> Library:
    """Look at a library: which form it has, and where its structures are.

    Args:
        path: The file.
        column: Header of the structures in a table; empty: the first that is usual.

    Raises:
        RequestError: It is of no known form, cannot be read, or lacks the column.
    """
    suffix = (path.with_suffix("") if path.suffix.lower() == ".gz" else path).suffix.lower()
    form = FORMS.get(suffix)
    if form is None:
        raise RequestError(f"library {str(path)!r}: got the ending {suffix!r}, allowed: {ALLOWED}")
    if column and form != "csv":
        raise RequestError(f"library {str(path)!r}: got a column, allowed: with .csv and .tsv only")
    library = Library(str(path.resolve()), form, "\t" if suffix == ".tsv" else ",")
    first = next(_lines(library.path), None)
    if first is None:
        raise RequestError(f"library {str(path)!r}: got an empty file, allowed: some records")
    return library if form != "csv" else _table(library, first, column)


def records(library: Library) -> Iterator[Record]:
    """Read a library record by record.

    Raises:
        RequestError: The file goes away, or ends within a packed part.
    """
    if library.form == "lines":
        return _of_lines(library)
    if library.form == "csv":
        return _of_table(library)
    return _of_sdf(library) if library.form == "sdf" else _of_cif(library)


@dataclass(frozen=True, slots=True)
class _Line:
    number: int
    text: str
    wrong: str = ""


def _lines(path: str) -> Iterator[_Line]:
    """Read lines of bounded length; one that is too long or no UTF-8 is said to be wrong."""
    number = 0
    try:
        with _opened(path) as file:
            while raw := file.readline(MAX_LINE_BYTES + 1):
                number += 1
                wrong = "" if len(raw) <= MAX_LINE_BYTES else _rest_of(file, raw)
                yield _line(number, b"" if wrong else raw, wrong)
    except (OSError, EOFError, zlib.error) as error:
        why = getattr(error, "strerror", None) or str(error)
        raise RequestError(
            f"library {path!r}: got {why} after line {number}, allowed: a file that can be read "
            "to its end"
        ) from error


def _opened(path: str) -> io.BufferedReader:
    if path.lower().endswith(".gz"):
        return io.BufferedReader(gzip.open(path, "rb"))
    return Path(path).open("rb")


def _rest_of(file: io.BufferedReader, raw: bytes) -> str:
    """Pass over the rest of a line that is too long."""
    while raw and not raw.endswith(b"\n"):
        raw = file.readline(MAX_LINE_BYTES)
    return f"got a line of more than {MAX_LINE_BYTES:,} bytes"


def _line(number: int, raw: bytes, wrong: str) -> _Line:
    try:
        text = raw.decode("utf-8-sig" if number == 1 else "utf-8")
    except UnicodeDecodeError:
        return _Line(number, "", "got bytes that are no UTF-8 text")
    return _Line(number, text.rstrip("\r\n"), wrong)


def _of_lines(library: Library) -> Iterator[Record]:
    """Read 'SMILES name' lines; empty ones are no records."""
    for line in _lines(library.path):
        if line.wrong:
            yield Record(line.number, "", wrong=line.wrong)
        elif words := line.text.split(None, 1):
            yield Record(line.number, words[0], words[1].strip() if words[1:] else "")


def _cells(text: str, delimiter: str) -> list[str]:
    """Read one line of a table.

    Raises:
        csv.Error: A quote stays open: a cell of several lines is not read.
    """
    return next(csv.reader([text], delimiter=delimiter, strict=True), [])


def _table(library: Library, header: _Line, column: str) -> Library:
    try:
        titles = [cell.strip().lower() for cell in _cells(header.text, library.delimiter)]
    except csv.Error as error:
        raise RequestError(f"library {library.path!r}: got a broken header: {error}") from error
    wanted = (column.strip().lower(),) if column else STRUCTURES
    at = next((titles.index(one) for one in wanted if one in titles), None)
    if at is None:
        raise RequestError(
            f"library {library.path!r}: got the columns {titles!r}, allowed: one of "
            f"{', '.join(wanted)}; `--column` names another"
        )
    name = next((titles.index(one) for one in NAMES if one in titles), None)
    return Library(library.path, "csv", library.delimiter, at, name, len(titles))


def _of_table(library: Library) -> Iterator[Record]:
    for line in _lines(library.path):
        if line.number == 1 or not (line.text.strip() or line.wrong):
            continue
        yield _row(library, line)


def _row(library: Library, line: _Line) -> Record:
    wrong = line.wrong
    cells: list[str] = []
    try:
        cells = _cells(line.text, library.delimiter)
    except csv.Error as error:
        wrong = wrong or f"got a row that cannot be read: {error}"
    if not wrong and len(cells) != library.n_columns:
        wrong = f"got {len(cells)} columns, allowed: {library.n_columns}"
    if wrong:
        return Record(line.number, "", wrong=wrong)
    name = "" if library.name_column is None else cells[library.name_column].strip()
    text = cells[library.column].strip()
    return Record(line.number, text, name, "" if text else "got an empty cell")


def _of_sdf(library: Library) -> Iterator[Record]:
    """Cut at '$$$$'; the title of a block is its name."""
    block = _Block()
    for line in _lines(library.path):
        if line.text.startswith(SDF_END):
            yield block.record(name_at=0)
            block = _Block(block.number + 1)
        else:
            block.add(line)
    if block.is_some:
        yield block.record(name_at=0)


def _of_cif(library: Library) -> Iterator[Record]:
    """Cut before 'data_'; what follows it is the name."""
    block = _Block()
    for line in _lines(library.path):
        if line.text.lower().startswith("data_") and block.has_data:
            yield block.record()
            block = _Block(block.number + 1)
        if line.text.lower().startswith("data_"):
            block.has_data, block.name = True, line.text[5:].strip()
        block.add(line)
    if block.is_some:
        yield block.record()


class _Block:
    """Lines of one record, up to a size."""

    def __init__(self, number: int = 1) -> None:
        self.number = number
        self.name = ""
        self.has_data = False
        self._lines: list[str] = []
        self._n_chars = 0
        self._wrong = ""

    @property
    def is_some(self) -> bool:
        """Whether there is more than empty lines."""
        return bool(self._wrong) or any(line.strip() for line in self._lines)

    def add(self, line: _Line) -> None:
        """Take one line; of a block that is too large nothing is kept."""
        self._n_chars += len(line.text) + 1
        if self._n_chars > MAX_BLOCK_CHARS:
            self._wrong = f"got more than {MAX_BLOCK_CHARS:,} characters"
            self._lines = []
        self._wrong = self._wrong or line.wrong
        if not self._wrong:
            self._lines.append(line.text)

    def record(self, name_at: int | None = None) -> Record:
        """Return what was taken."""
        if self._wrong:
            return Record(self.number, "", wrong=self._wrong)
        named = self._lines[name_at] if name_at is not None and self._lines else self.name
        return Record(self.number, "\n".join(self._lines) + "\n", named.strip())
