"""Save what can be read of a damaged SQLite ledger into a fresh one; the damaged file stays."""

import heapq
import os
import shutil
import sqlite3
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psutil
from sqlalchemy.engine import make_url

from heuresis.errors import RequestError, ServiceError
from heuresis.memory.ledger import Ledger

BESIDE = ("-wal", "-shm")  # SQLite's own files next to a database
MOST_FAILURES = 30_000  # unreadable places per table, after which the rest counts as lost
LEAST_ROW_BYTES = 32  # no row of a ledger is smaller, which bounds how many a file can hold
OURS = "alembic_version"  # the fresh ledger's own
HEADER_BYTES = 100
MOST_PAGE_BYTES = 65_536  # written as 1 in the header
MOST_BYTES = 100_000_000_000  # a header that promises more is itself damaged
UNREADABLE = (sqlite3.DatabaseError, UnicodeDecodeError)


@dataclass
class TableCount:
    """What became of one table.

    Attributes:
        saved: Rows in the new ledger.
        unreadable: Row numbers that could not be read; some may never have held a row.
        refused: Rows that were read and that the new ledger does not take, such as copies.
        orphaned: Rows left out because the row they belong to is lost.
    """

    table: str
    saved: int = 0
    unreadable: int = 0
    refused: int = 0
    orphaned: int = 0


@dataclass(frozen=True)
class Recovery:
    """Where things are now, and how much was saved."""

    ledger: Path
    damaged: Path
    tables: list[TableCount] = field(default_factory=list)


def recover(url: str, *, even_if_sound: bool = False) -> Recovery:
    """Put a new ledger with all that is readable in the place of a damaged one.

    A table is read by row number, so one whose first page is damaged is lost as a whole; its
    rows then count as unreadable.

    Args:
        url: Of the damaged ledger, an SQLite file.
        even_if_sound: Work also where nothing seems wrong.

    Raises:
        RequestError: It is no file, is in use, or is sound.
        ServiceError: Nothing could be read, or the disk is full; the file is where it was.
    """
    path = _file_of(url)
    _must_be_unused(path)
    if not even_if_sound and _is_sound(path):
        raise RequestError(f"ledger {str(path)!r}: it is sound; --force recovers it all the same")
    try:
        with tempfile.TemporaryDirectory(dir=path.parent, prefix=".recover-") as folder:
            copy, fresh = Path(folder) / "damaged.sqlite3", Path(folder) / "fresh.sqlite3"
            _copy(path, copy)
            tables = _save(copy, fresh)
            if not any(table.saved for table in tables):
                raise ServiceError(f"ledger {str(path)!r}: no row can be read; it stays as it is; "
                                   "move it away to begin with an empty one")  # fmt: skip
            return Recovery(path, _swap(path, fresh), tables)
    except OSError as error:
        raise ServiceError(f"ledger {str(path)!r}: cannot recover: {error}") from error


def _file_of(url: str) -> Path:
    place = make_url(url)
    if place.get_backend_name() != "sqlite" or place.database in (None, "", ":memory:"):
        raise RequestError(f"ledger: got {place.get_backend_name()!r}, allowed: an SQLite file")
    path = Path(str(place.database))
    if not path.is_file():
        raise RequestError(f"ledger {str(path)!r}: got no such file")
    return path


def _must_be_unused(path: Path) -> None:
    """Look for processes that hold the file; asking SQLite would write to it."""
    wanted = str(path.resolve())
    for process in psutil.process_iter():
        try:
            is_held = any(file.path == wanted for file in process.open_files())
        except (psutil.Error, OSError):
            continue
        if is_held:
            raise RequestError(f"ledger {wanted!r}: process {process.pid} uses it; end it first")


def _is_sound(path: Path) -> bool:
    """Check a copy, so that the file itself stays byte for byte."""
    with tempfile.TemporaryDirectory(dir=path.parent, prefix=".recover-") as folder:
        copy = Path(folder) / "copy.sqlite3"
        _copy(path, copy)
        connection = sqlite3.connect(copy)
        try:
            return bool(connection.execute("PRAGMA integrity_check(1)").fetchone() == ("ok",))
        except sqlite3.DatabaseError:
            return False
        finally:
            connection.close()


def _copy(path: Path, to: Path) -> None:
    shutil.copyfile(path, to)
    for end in BESIDE[:1]:  # the log holds the latest rows; its index is made anew
        if (log := Path(f"{path}{end}")).exists():
            shutil.copyfile(log, f"{to}{end}")
    _lengthen(to)


def _lengthen(copy: Path) -> None:
    """Fill a file that was cut short with zeros: SQLite reads nothing of one that is too short."""
    with copy.open("r+b") as file:
        header = file.read(HEADER_BYTES)
        page_bytes = int.from_bytes(header[16:18], "big")
        wanted = (MOST_PAGE_BYTES if page_bytes == 1 else page_bytes) * int.from_bytes(
            header[28:32], "big"
        )
        if header.startswith(b"SQLite format 3") and copy.stat().st_size < wanted < MOST_BYTES:
            file.truncate(wanted)


def _save(copy: Path, fresh: Path) -> list[TableCount]:
    Ledger(f"sqlite:///{fresh}").close()
    old, new = sqlite3.connect(copy), sqlite3.connect(fresh, isolation_level=None)
    try:
        new.execute("PRAGMA foreign_keys=OFF")
        new.execute("BEGIN")
        names = "SELECT name FROM sqlite_master WHERE type='table' AND name NOT LIKE 'sqlite_%'"
        tables = [name for (name,) in new.execute(names) if name != OURS]
        rows_at_most = copy.stat().st_size // LEAST_ROW_BYTES
        counts = {name: _save_table(old, new, name, rows_at_most) for name in tables}
        _leave_out_orphans(new, counts)
        new.execute("COMMIT")
    finally:
        old.close()
        new.close()
    return list(counts.values())


def _save_table(
    old: sqlite3.Connection, new: sqlite3.Connection, table: str, rows_at_most: int
) -> TableCount:
    count = TableCount(table)
    wanted = [row[1] for row in new.execute(f'PRAGMA table_info("{table}")')]
    try:
        there = {row[1] for row in old.execute(f'PRAGMA table_info("{table}")')}
    except UNREADABLE:
        there = set()
    names = [name for name in wanted if name in there]
    if not names:
        count.unreadable = 1
        return count
    listed = ", ".join(f'"{name}"' for name in names)
    marks = ", ".join("?" * len(names))
    insert = f'INSERT OR IGNORE INTO "{table}" ({listed}) VALUES ({marks})'
    for rows in _readable(old, f'SELECT {listed} FROM "{table}"', _last(old, table, rows_at_most),
                          count):  # fmt: skip
        before = new.total_changes
        new.executemany(insert, rows)
        count.saved += new.total_changes - before
        count.refused += len(rows) - (new.total_changes - before)
    return count


def _last(old: sqlite3.Connection, table: str, rows_at_most: int) -> int:
    """Return the highest row number, or a bound on it where the end of the table is damaged."""
    try:
        found = old.execute(f'SELECT max(rowid) FROM "{table}"').fetchone()[0]
    except UNREADABLE:
        return rows_at_most
    return int(found or 0)


def _readable(
    old: sqlite3.Connection, query: str, last: int, count: TableCount
) -> Iterator[list[Sequence[Any]]]:
    """Read ranges of row numbers; one that fails is halved, the longest first, down to one row."""
    failures = 0
    open_ranges = [(-last, 1, last)] if last > 0 else []
    while open_ranges:
        _, low, high = heapq.heappop(open_ranges)
        if failures >= MOST_FAILURES:
            count.unreadable += high - low + 1
            continue
        try:
            yield old.execute(f"{query} WHERE rowid BETWEEN ? AND ?", (low, high)).fetchall()
        except UNREADABLE:
            failures += 1
            if low == high:
                count.unreadable += 1
                continue
            middle = (low + high) // 2
            for begin, end in ((low, middle), (middle + 1, high)):
                heapq.heappush(open_ranges, (begin - end, begin, end))


def _leave_out_orphans(new: sqlite3.Connection, counts: dict[str, TableCount]) -> None:
    """Take out rows whose parent is lost; a reference that may be empty is emptied instead.

    A verdict stays although its run is lost: without it a refused candidate would seem to pass.
    """
    while broken := new.execute("PRAGMA foreign_key_check").fetchall():
        for table, row, _, place in broken:
            column = new.execute(f'PRAGMA foreign_key_list("{table}")').fetchall()[place][3]
            info = new.execute(f'PRAGMA table_info("{table}")').fetchall()
            is_needed = next(one[3] for one in info if one[1] == column)
            if is_needed:
                done = new.execute(f'DELETE FROM "{table}" WHERE rowid = ?', (row,))
                counts[table].orphaned += done.rowcount
                counts[table].saved -= done.rowcount
            else:
                new.execute(f'UPDATE "{table}" SET "{column}" = NULL WHERE rowid = ?', (row,))


def _swap(path: Path, fresh: Path) -> Path:
    """Give the damaged file another name and the fresh one its place; nothing is lost on the way.

    The damaged log must be gone before the fresh file arrives: SQLite would replay it there.
    """
    at = datetime.now(UTC).strftime("%Y%m%dT%H%M%SZ")
    aside = path.with_name(f"{path.name}.damaged-{at}")
    try:
        os.link(path, aside)
    except OSError:  # a file system without hard links
        shutil.copy2(path, aside)
    for end in BESIDE:
        log = Path(f"{path}{end}")
        if log.exists():
            log.rename(f"{aside}{end}")
    fresh.replace(path)
    return aside
