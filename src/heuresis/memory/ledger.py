"""The ledger: one SQL database, opened safely, written in short exclusive transactions."""

import hashlib
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import cache, partial, wraps
from pathlib import Path
from typing import Any, Concatenate, ParamSpec, TypeVar

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
from sqlalchemy.exc import DBAPIError, IntegrityError
from ulid import ULID

from heuresis.errors import RequestError, ServiceError
from heuresis.memory import postgres

P = ParamSpec("P")
R = TypeVar("R")

BUSY_TIMEOUT_S = 60.0
PATIENCE_S, LOOK_S = 60.0, 0.1  # with a server that was there and is not; between two looks
TRIES = 4  # of what a server cut off, each with that patience
FIXES = {
    "is full": "free some space and repeat: what was recorded before is safe",
    "disk i/o": "free some space, check the disk, and repeat: what was recorded before is safe",
    "readonly": "make the folder writable, or set HEURESIS_HOME to one that is",
    "unable to open": "make the folder writable, or set HEURESIS_HOME to one that is",
    "malformed": "run `heuresis memory recover`: it saves what can still be read",
    "not a database": "run `heuresis memory recover`: it saves what can still be read",
    "locked": "another process holds the ledger; repeat when it is done",
    "no space left": "free some space and repeat: what was recorded before is safe",
    "lock timeout": "another process holds the ledger; repeat when it is done",
    "connection": "see that PostgreSQL runs and that HEURESIS_LEDGER_URL names it; what was "
    "recorded before is safe",
}


class AwayError(ServiceError):
    """The server of the ledger went away in the middle of something; that may be done again."""


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
        # There is one writer, and who waits for it sleeps: threads take turns without sleeping.
        self._turn = threading.RLock()
        self.watchers: list[Callable[[float], None]] = []  # told the seconds of every write
        self.engine = _sqlite_engine(url) if self.kind == "sqlite" else postgres.engine_of(url)
        from heuresis.memory.migrations import bring_up_to_date

        try:
            with _explained(self.url):
                bring_up_to_date(self.engine)
        except BaseException:
            self.engine.dispose()
            raise

    @property
    def file(self) -> Path | None:
        """The SQLite file; None on a server."""
        name = make_url(self.url).database
        return Path(name) if self.kind == "sqlite" and name else None

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """Open an exclusive transaction: all of it lands, or nothing.

        Raises:
            AwayError: The server went away in the middle of it; whether it landed is not known.
        """
        began_s = time.perf_counter()
        with (
            self._turn,
            _explained(self.url),
            self._begun(heuresis_write=True) as connection,
            connection.get_transaction() or connection.begin(),
        ):
            yield connection
        for tell in self.watchers:
            tell(time.perf_counter() - began_s)

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """Open a snapshot that never waits for writers.

        Raises:
            AwayError: The server went away in the middle of it.
        """
        options = {} if self.kind == "sqlite" else {"isolation_level": "REPEATABLE READ"}
        with _explained(self.url), self._begun(**options) as connection:
            yield connection

    def outlast(self, action: Callable[[], R]) -> R:
        """Do something again that a restart of the server cut off.

        Args:
            action: What changes nothing more when it is done a second time.
        """
        for _ in range(TRIES - 1):
            try:
                return action()
            except AwayError:
                time.sleep(LOOK_S)
        return action()

    def _begun(self, **options: Any) -> Connection:
        """Return a connection, with its transaction where it is to write; wait for the server."""
        until_s = time.monotonic() + PATIENCE_S
        while True:
            try:
                return _connected(self.engine, options)
            except DBAPIError as error:
                is_passing = self.kind != "sqlite" and postgres.is_away(error)
                if not is_passing or time.monotonic() > until_s:
                    raise
            time.sleep(LOOK_S)

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

    def fault(self) -> str:
        """Say why it cannot be used now, without a place or a name; '' where it can."""
        from heuresis.memory.migrations import is_up_to_date

        try:
            return "" if is_up_to_date(self.engine) else "its tables are of another version"
        except DBAPIError:
            return "cannot be read"

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


def outlasting(
    write: Callable[Concatenate[Ledger, P], R],
) -> Callable[Concatenate[Ledger, P], R]:
    """Let a write be done again after a restart of the server; it must bear being done twice."""

    @wraps(write)
    def again(ledger: Ledger, /, *args: P.args, **kwargs: P.kwargs) -> R:
        return ledger.outlast(partial(write, ledger, *args, **kwargs))

    return again


def _connected(engine: Engine, options: dict[str, Any]) -> Connection:
    connection = engine.connect()
    if not options:
        return connection
    try:
        connection = connection.execution_options(**options)
        if "heuresis_write" in options:
            connection.begin()
    except BaseException:
        connection.close()
        raise
    return connection


@contextmanager
def _explained(url: str) -> Iterator[None]:
    try:
        yield
    except IntegrityError:
        raise
    except DBAPIError as error:
        cause = str(error.orig or error).strip()
        fix = next((fix for word, fix in FIXES.items() if word in cause.lower()), "see the log")
        place = make_url(url).render_as_string(hide_password=True)
        message = f"ledger {place!r}: got {cause!r}; {fix}"
        if make_url(url).get_backend_name() == "postgresql" and postgres.is_away(error):
            raise AwayError(message, transient=True) from error
        raise ServiceError(message, transient="locked" in cause) from error


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
