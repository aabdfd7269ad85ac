"""The ledger: one SQL database, opened safely, written in short exclusive transactions."""

import hashlib
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, nullcontext
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Engine,
    Table,
    and_,
    bindparam,
    create_engine,
    event,
    text,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DatabaseError, IntegrityError
from ulid import ULID

from heuresis.errors import RequestError, ServiceError

BUSY_TIMEOUT_S = 60.0
FIXES = {
    "is full": "free some space and repeat: what was recorded before is safe",
    "disk i/o": "free some space, check the disk, and repeat: what was recorded before is safe",
    "readonly": "make the folder writable, or set HEURESIS_HOME to one that is",
    "unable to open": "make the folder writable, or set HEURESIS_HOME to one that is",
    "malformed": "run `heuresis memory recover`: it saves what can still be read",
    "not a database": "run `heuresis memory recover`: it saves what can still be read",
    "locked": "another process holds the ledger; repeat when it is done",
}


def now() -> str:
    """Return the time in UTC with milliseconds, as sortable text."""
    return datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


_BASE32 = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"  # of ULIDs, which leave out I, L, O and U


def new_id() -> str:
    """Return a fresh ULID."""
    return str(ULID())


def derived_id(origin: str, at_id: str) -> str:
    """Return a ULID that always is the same for an origin, with the time of another id."""
    digest = int.from_bytes(hashlib.sha256(origin.encode()).digest()[:10], "big")
    last = "".join(_BASE32[digest >> 5 * i & 31] for i in range(16))
    return at_id[:10].upper() + last


def begins_with(column: ColumnElement[str], text: str) -> ColumnElement[bool]:
    """Compare the beginning of an id or an origin as a range, which an index serves."""
    return and_(column >= text, column < f"{text}\U0010ffff")


class Ledger:
    """A connection pool on the ledger; safe to share between threads, opened once per process.

    Args:
        url: SQLAlchemy URL; SQLite (WAL) or PostgreSQL.

    Raises:
        RequestError: The URL names another kind of database.
        ServiceError: The database cannot be opened or brought up to date.
    """

    def __init__(self, url: str) -> None:
        self.url = url
        self.kind = make_url(url).get_backend_name()
        if self.kind not in ("sqlite", "postgresql"):
            raise RequestError(f"ledger: got {self.kind!r}, allowed: sqlite, postgresql")
        # SQLite has one writer, and who waits for it sleeps: threads take turns without sleeping.
        self._turn = threading.RLock() if self.kind == "sqlite" else nullcontext()
        self.engine = _sqlite_engine(url) if self.kind == "sqlite" else _server_engine(url)
        from heuresis.memory.migrations import bring_up_to_date

        with _explained(self.url):
            bring_up_to_date(self.engine)

    @property
    def file(self) -> Path | None:
        """The SQLite file; None on a server."""
        name = make_url(self.url).database
        return Path(name) if self.kind == "sqlite" and name else None

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """Open an exclusive transaction: all of it lands, or nothing."""
        with self._turn, _explained(self.url), self.engine.connect() as plain:
            connection = plain.execution_options(heuresis_write=True)
            with connection.begin():
                yield connection

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """Open a snapshot that never waits for writers."""
        with _explained(self.url), self.engine.connect() as connection:
            yield connection

    def insert_new(self, connection: Connection, table: Table, rows: list[dict[str, Any]]) -> int:
        """Insert rows and pass over those whose unique key exists: a replay changes nothing.

        Returns:
            How many were new.
        """
        if not rows:
            return 0
        return self.execute_each(connection, _insert_new(table, self.kind, tuple(rows[0])), rows)

    def execute_each(
        self, connection: Connection, statement: Any, rows: Sequence[dict[str, Any]]
    ) -> int:
        """Execute one cached statement with each row's plain values; return how many rows changed.

        The driver is called directly: for the few statements of every run, what SQLAlchemy does
        around each execution takes twice as long as the database.
        """
        sql, names = _driver_sql(statement, connection.dialect)
        values: Any = [tuple(row[name] for name in names) for row in rows] if names else list(rows)
        return connection.exec_driver_sql(sql, values).rowcount

    def check(self) -> str | None:
        """Return None when the database is sound, otherwise what is wrong with it."""
        if self.kind != "sqlite":
            return None
        with self.read() as connection:
            verdict = connection.execute(text("PRAGMA quick_check")).scalar_one()
        return None if verdict == "ok" else str(verdict)

    def close(self) -> None:
        """Give all connections back."""
        self.engine.dispose()


@cache  # putting a statement together takes longer than running it
def _insert_new(table: Table, kind: str, columns: tuple[str, ...]) -> Any:
    dialect = sqlite if kind == "sqlite" else postgresql
    values: dict[str, Any] = {name: bindparam(name) for name in columns}
    return dialect.insert(table).values(values).on_conflict_do_nothing()


@cache
def _driver_sql(statement: Any, dialect: Any) -> tuple[str, tuple[str, ...] | None]:
    """Return a statement as the driver takes it, with the order of its values if by position."""
    compiled = statement.compile(dialect=dialect)
    return str(compiled), tuple(compiled.positiontup) if compiled.positional else None


@contextmanager
def _explained(url: str) -> Iterator[None]:
    try:
        yield
    except IntegrityError:
        raise
    except DatabaseError as error:
        cause = str(error.orig or error)
        fix = next((fix for word, fix in FIXES.items() if word in cause.lower()), "see the log")
        place = make_url(url).render_as_string(hide_password=True)
        raise ServiceError(
            f"ledger {place!r}: got {cause!r}; {fix}", transient="locked" in cause
        ) from error


def _server_engine(url: str) -> Engine:
    try:
        return create_engine(url)
    except ImportError as error:
        raise ServiceError(f"ledger: {error}; install the driver that its URL names") from error


def _sqlite_engine(url: str) -> Engine:
    name = make_url(url).database
    if name and name != ":memory:":
        try:
            Path(name).parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise ServiceError(f"ledger {name!r}: {error}; {FIXES['readonly']}") from error
    engine = create_engine(
        url,
        connect_args={"timeout": BUSY_TIMEOUT_S, "check_same_thread": False},
        pool_reset_on_return=None,  # every transaction here ends in its own block
    )
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


def _prepare_sqlite(connection: Any, _: Any) -> None:
    connection.isolation_level = None  # we say BEGIN ourselves, see _begin_sqlite
    for pragma in (
        "journal_mode=WAL",
        "synchronous=NORMAL",
        "foreign_keys=ON",
        "cache_size=-65536",
        "wal_autocheckpoint=4000",  # pages: a checkpoint waits for the disk, so every 16 MB will do
    ):
        connection.execute(f"PRAGMA {pragma}")


def _begin_sqlite(connection: Connection) -> None:
    is_write = connection.get_execution_options().get("heuresis_write", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if is_write else "BEGIN")
