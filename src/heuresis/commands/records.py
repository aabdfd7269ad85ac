"""Many requests at once: JSON arrays, JSON lines, CSV tables and structure files."""

import csv
import io
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from heuresis.commands.fields import Fields
from heuresis.commands.reading import parse_json, read_text
from heuresis.commands.structures import NAMES, STRUCTURES, structures_in
from heuresis.errors import RequestError

TABLES = {".csv": ",", ".tsv": "\t"}
LINES = (".jsonl", ".ndjson")
ALLOWED = (
    "inline JSON, '-' for standard input, or a file: "
    ".json .jsonl .csv .tsv .cif .poscar .sdf .mol .smi"
)
Convert = Callable[[str], str]


@dataclass(frozen=True)
class Batch:
    """What was read.

    Attributes:
        requests: Fields of each request.
        is_many: Whether it came as a list, also where the list holds one.
    """

    requests: list[dict[str, Any]]
    is_many: bool


def read_batch(source: str, fields: Fields, given: Iterable[str], to_cif: Convert) -> Batch:
    """Read requests.

    Args:
        source: Inline JSON, '-' for standard input, or the name of a file.
        fields: The request's fields.
        given: Fields that the command line states for every request.
        to_cif: Turns POSCAR text into CIF text.

    Raises:
        RequestError: It cannot be read; the message says where and what is allowed.
    """
    if source.lstrip()[:1] in ("{", "["):
        return _of_json(parse_json(source, "inline JSON"), "inline JSON")
    path = Path(source)
    suffix = path.suffix.lower()
    if source != "-" and not path.exists():
        raise RequestError(f"{source!r}: got no such file, allowed: {ALLOWED}")
    text = read_text(path)
    if suffix in TABLES:
        return Batch(_of_table(text, TABLES[suffix], repr(source), fields, set(given)), True)
    if suffix in LINES:
        return Batch(_of_lines(text, repr(source)), True)
    if suffix in STRUCTURES or path.name.upper() in NAMES:
        found = structures_in(path, text, fields, to_cif)
        return Batch(found, is_many=len(found) > 1)
    if text.lstrip()[:1] in ("{", "["):
        return _of_unnamed(text, repr(source))
    raise RequestError(f"{source!r}: got a file of unknown kind, allowed: {ALLOWED}")


def _of_unnamed(text: str, name: str) -> Batch:
    """Read JSON; where a second document follows the first line, read lines."""
    first, _, rest = text.strip().partition("\n")
    if rest.lstrip()[:1] == "{" and first.rstrip().endswith("}"):
        return Batch(_of_lines(text, name), True)
    return _of_json(parse_json(text, name), name)


def _of_json(value: Any, name: str) -> Batch:
    many = value if isinstance(value, list) else [value]
    if not many:
        raise RequestError(f"{name}: got an empty list, allowed: at least one request")
    for place, item in enumerate(many, 1):
        if not isinstance(item, dict):
            got = type(item).__name__
            raise RequestError(f"{name}: item {place}: got a {got}, allowed: an object of fields")
    return Batch(many, isinstance(value, list))


def _of_lines(text: str, name: str) -> list[dict[str, Any]]:
    return [
        _of_json(parse_json(line, f"{name}, line {n}"), f"{name}, line {n}").requests[0]
        for n, line in enumerate(text.splitlines(), 1)
        if line.strip()
    ]


def _of_table(
    text: str, comma: str, name: str, fields: Fields, given: set[str]
) -> list[dict[str, Any]]:
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=comma, strict=True)
    try:
        header = [cell.strip() for cell in next(reader)]
        _check_header(header, name, fields, given)
        rows = [(reader.line_num, row) for row in reader if any(cell.strip() for cell in row)]
    except csv.Error as error:
        raise RequestError(
            f"{name}, line {reader.line_num}: got a broken table: {error}"
        ) from error
    if not rows:
        raise RequestError(f"{name}: got a header and no row, allowed: at least one row")
    return [_of_row(header, row, f"{name}, line {n}", fields) for n, row in rows]


def _check_header(header: list[str], name: str, fields: Fields, given: set[str]) -> None:
    allowed = ", ".join(fields.parts)
    if twice := sorted({column for column in header if header.count(column) > 1}):
        raise RequestError(f"{name}: got column(s) {twice} twice, allowed: each once")
    if lacking := [field for field in fields.required if field not in {*header, *given}]:
        raise RequestError(f"{name}: got no column {', '.join(map(repr, lacking))}, "
                           f"only {header}; allowed: {allowed}")  # fmt: skip
    if unknown := [column for column in header if column not in fields.parts]:
        raise RequestError(
            f"{name}: got unknown column(s) {unknown}, allowed: {allowed}; remove or rename them"
        )


def _of_row(header: list[str], row: list[str], name: str, fields: Fields) -> dict[str, Any]:
    if len(row) != len(header):
        raise RequestError(f"{name}: got {len(row)} cells, allowed: {len(header)}, as the header")
    cells = zip(header, (cell.strip() for cell in row), strict=True)
    return {column: _cell(column, cell, name, fields) for column, cell in cells if cell}


def _cell(column: str, cell: str, name: str, fields: Fields) -> Any:
    kinds = fields.kinds[column]
    if "string" not in kinds and kinds & {"array", "object"}:
        return parse_json(cell, f"{name}, column {column!r}")
    return cell
