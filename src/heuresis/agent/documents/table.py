"""Tables (CSV, TSV, lists of SMILES): rows as text, and molecules where a column holds them."""

import csv
import io
from collections.abc import Iterator, Sequence

from heuresis.agent.documents.columns import SAMPLE_ROWS, Columns, recognised
from heuresis.agent.documents.content import MAX_ITEMS, Content, Stretch, label_of, wrong_ones
from heuresis.agent.documents.text import decoded
from heuresis.agent.understanding.smiles_runs import smiles_form
from heuresis.errors import RequestError
from heuresis.memory.documents import NewItem

READER = "table-1"
MAX_ROWS = MAX_ITEMS
MAX_COLUMNS = 500
MAX_CELL = 10_000  # characters, as many as a molecule may have
MAX_FACT = 200
SAMPLE_CHARS = 65_536
DELIMITERS = ",;\t|"
LISTS = (".smi", ".smiles")
Row = tuple[int, list[str]]  # number of the row, from 1, and its cells


def read_table(data: bytes, suffix: str) -> Content:
    """Read a table.

    Args:
        data: The file.
        suffix: '.csv', '.tsv', or '.smi' for lists of SMILES with names behind.

    Raises:
        RequestError: It is no table, or too large.
    """
    text, notes = decoded(data, "table")
    rows = _rows(text, suffix)
    columns = recognised([cells for _, cells in rows[: SAMPLE_ROWS + 1]])
    body = rows[int(columns.has_header) :]
    if not body:
        raise RequestError("table: got a heading and no rows, allowed: at least one row")
    said: list[str] = list(notes)
    items = tuple(_items(body, columns, said)) if columns.structure is not None else ()
    said.append(_read_as(columns))
    said += [wrong_ones(items, "row")] * any(item.wrong for item in items)
    texts = tuple(Stretch(n, n, _line(cells, columns)) for n, cells in body)
    return Content(READER, "table", "row", len(rows), texts, items, tuple(said))


def _rows(text: str, suffix: str) -> list[Row]:
    """Cut a table into rows, no more than are allowed; empty rows only count."""
    rows: list[Row] = []
    try:
        for number, cells in enumerate(_cells(text, suffix), start=1):
            if len(rows) > MAX_ROWS:  # one above, for the heading
                raise RequestError(f"table: got more than {MAX_ROWS} rows, allowed: up to that")
            if len(cells) > MAX_COLUMNS:
                raise RequestError(f"table, row {number}: got {len(cells)} columns, allowed: "
                                   f"{MAX_COLUMNS}")  # fmt: skip
            if any(cell.strip() for cell in cells):
                rows.append((number, cells))
    except csv.Error as error:
        raise RequestError(f"table: got rows that are not CSV: {error}") from error
    if not rows:
        raise RequestError("table: got no rows, allowed: at least one")
    return rows


def _cells(text: str, suffix: str) -> Iterator[list[str]]:
    if suffix in LISTS:  # SMILES, and a name behind it or none
        return ([*line.split(None, 1), "", ""][:2] for line in text.split("\n"))
    return csv.reader(io.StringIO(text, newline=""), _dialect(text, suffix))


def _dialect(text: str, suffix: str) -> type[csv.Dialect]:
    sample = text[:SAMPLE_CHARS]
    try:
        found = csv.Sniffer().sniff(sample, delimiters=DELIMITERS)
    except csv.Error:  # one column only, mostly
        found = csv.excel
    if suffix == ".tsv" or (suffix == ".csv" and found.delimiter not in sample):
        found = csv.excel_tab if suffix == ".tsv" else csv.excel

    class Dialect(found):  # type: ignore[valid-type,misc]  # the sniffer makes classes
        doublequote = True  # the sniffer takes it away where the sample has none

    return Dialect


def _items(body: Sequence[Row], columns: Columns, said: list[str]) -> Iterator[NewItem]:
    """Make one item of every row; a row without a molecule says why."""
    first: dict[str, int] = {}
    repeated = 0
    for number, cells in body:
        item = _item(number, cells, columns, said)
        if not item.wrong:
            repeated += item.value in first
            first.setdefault(item.value, number)
        yield item
    if repeated:
        said.append(
            f"{repeated} row(s) repeat a molecule of an earlier one; it is asked about once"
        )


def _item(number: int, cells: Sequence[str], columns: Columns, said: list[str]) -> NewItem:
    place = f"row {number}"
    n = len(columns.header)
    if len(cells) != n:
        return NewItem(number, place, wrong=f"got {len(cells)} cells, allowed: {n}")
    at = columns.structure or 0
    value = cells[at].strip()
    if not value:
        return NewItem(number, place, wrong=f"got nothing in {columns.header[at]!r}")
    if len(value) > MAX_CELL:
        return NewItem(number, place, wrong=f"got {len(value)} characters, allowed: {MAX_CELL}")
    if columns.carrier == "smiles" and smiles_form(value) is None:
        return NewItem(number, place, wrong=f"{value[:60]!r} is no SMILES that can be read")
    given = cells[columns.label] if columns.label is not None else value
    label, why = label_of(given, place, value)
    said += [why] * bool(why)
    facts = {
        name[:MAX_FACT]: cell.strip()[:MAX_FACT]
        for i, (name, cell) in enumerate(zip(columns.header, cells, strict=True))
        if i != at and cell.strip()
    }
    return NewItem(number, label, columns.carrier, value, facts)


def _read_as(columns: Columns) -> str:
    """Say which column was taken for what."""
    if columns.structure is None:
        return "no column of molecules was found"
    what = "SMILES" if columns.carrier == "smiles" else "names or InChI"
    said = f"{columns.header[columns.structure]!r} was read as {what}"
    if columns.label is not None:
        said += f", {columns.header[columns.label]!r} as names"
    return said


def _line(cells: Sequence[str], columns: Columns) -> str:
    """Write a row as one line of text, each cell with its heading."""
    if not columns.has_header:
        return " | ".join(" ".join(cell.split()) for cell in cells)
    pairs = zip(columns.header, cells, strict=False)
    return "; ".join(f"{name}: {' '.join(cell.split())}" for name, cell in pairs if cell.strip())
