"""Which column of a table holds molecules, and which their names: found by reading samples."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from heuresis.agent.understanding.smiles_runs import smiles_form

SAMPLE_ROWS = 50
MIN_SHARE = 0.7  # of a column's cells that must read as molecules
MIN_LETTERS = 1.5  # on average: a column of 'C' and 'N' is no column of molecules
HEADERS = {
    "smiles": re.compile(r"smiles|structure|molecule", re.IGNORECASE),
    "inchi": re.compile(r"inchi(?!.?key)", re.IGNORECASE),
    "name": re.compile(
        r"(?:iupac|compound|molecule|chemical|drug|common|preferred|substance)?[ _-]?"
        r"(?:names?|compounds?|molecules?|chemicals?|drugs?|substances?|solutes?|title)",
        re.IGNORECASE,
    ),
    "label": re.compile(r"(?:\w*[ _-])?(?:id|code|label|number|no|key)s?\.?", re.IGNORECASE),
}
_NUMBER = re.compile(r"[-+]?[\d.,]+(?:[eE][-+]?\d+)?%?")


@dataclass(frozen=True)
class Columns:
    """What the columns of a table mean.

    Attributes:
        header: Names of the columns; made up where the table has none.
        has_header: Whether the first row holds them.
        structure: Column of molecules.
        carrier: 'smiles' for SMILES, 'text' for InChI and names; empty without such a column.
        label: Column of names, where it is another one.
    """

    header: tuple[str, ...]
    has_header: bool
    structure: int | None
    carrier: str
    label: int | None


def recognised(rows: Sequence[Sequence[str]]) -> Columns:
    """Tell what the columns of a table hold from its first rows."""
    n = max((len(row) for row in rows), default=0)
    has_header = _has_header(rows)
    body = [row for row in rows[int(has_header) :] if any(row)][:SAMPLE_ROWS]
    header = tuple(
        rows[0][i].strip() if has_header and i < len(rows[0]) else f"column {i + 1}"
        for i in range(n)
    )
    cells = [[row[i].strip() for row in body if i < len(row) and row[i].strip()] for i in range(n)]
    names = _column(header, "name") if has_header else None
    for kind, carrier in (("smiles", "smiles"), ("inchi", "text")):
        found = _structures(header, cells, kind)
        if found is not None:
            label = names if names not in (None, found) else _column(header, "label")
            if not has_header and label is None:
                label = next((i for i in range(n) if i != found and _are_names(cells[i])), None)
            return Columns(header, has_header, found, carrier, None if label == found else label)
    carrier = "text" if names is not None and _are_names(cells[names]) else ""
    return Columns(header, has_header, names if carrier else None, carrier, None)


def _has_header(rows: Sequence[Sequence[str]]) -> bool:
    """Whether the first row names columns: words, none of them a number or a molecule."""
    if len(rows) < 2:
        return bool(rows) and any(_is_heading(cell) for cell in rows[0])
    first = [cell.strip() for cell in rows[0] if cell.strip()]
    if any(_is_heading(cell) for cell in first):
        return True
    return bool(first) and not any(_NUMBER.fullmatch(c) or _is_structure(c) for c in first) and (
        len(first) > 1
    )  # fmt: skip


def _is_heading(cell: str) -> bool:
    return any(pattern.fullmatch(cell.strip()) for pattern in HEADERS.values())


def _is_structure(cell: str) -> bool:
    return cell.startswith("InChI=") or smiles_form(cell) is not None


def _structures(header: Sequence[str], cells: Sequence[Sequence[str]], kind: str) -> int | None:
    """Return the column that reads best as molecules; a heading that says so decides a tie."""
    ranked = []
    for i, column in enumerate(cells):
        share = _share(column, kind)
        length = sum(map(len, column)) / len(column) if column else 0.0
        is_named = bool(HEADERS[kind].search(header[i]))
        if share >= MIN_SHARE and (is_named or length > MIN_LETTERS):
            ranked.append((is_named, share, length, -i))
        elif is_named and kind == "smiles" and "smiles" in header[i].lower() and share > 0:
            ranked.append((True, share, length, -i))
    return -max(ranked)[-1] if ranked else None


def _share(column: Sequence[str], kind: str) -> float:
    if not column:
        return 0.0
    if kind == "inchi":
        return sum(cell.startswith("InChI=") for cell in column) / len(column)
    return sum(not _NUMBER.fullmatch(c) and smiles_form(c) is not None for c in column) / len(
        column
    )


def _column(header: Sequence[str], kind: str) -> int | None:
    return next((i for i, cell in enumerate(header) if HEADERS[kind].fullmatch(cell)), None)


def _are_names(column: Sequence[str]) -> bool:
    words = sum(bool(re.search(r"[A-Za-z]{2}", cell)) for cell in column)
    return bool(column) and words >= MIN_SHARE * len(column)
