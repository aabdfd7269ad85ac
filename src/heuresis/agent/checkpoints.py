"""Where graphs keep their state between nodes: beside the ledger on PostgreSQL, else in a file."""

import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from heuresis.errors import RequestError, ServiceError
from heuresis.memory.ledger import AwayError, Ledger
from heuresis.memory.postgres import is_passing
from heuresis.settings import Settings

if TYPE_CHECKING:
    from langgraph.checkpoint.base import BaseCheckpointSaver
    from langgraph.checkpoint.postgres import PostgresSaver

WAIT_S = 60
BUSY_S, LOOK_S = 5.0, 0.1  # until a dead process's connection is noticed; between two looks
TABLES_KEY = 0x6865_7574  # any constant: who holds this lock of the database makes the tables
GRAPHS_KEY = 0x6865_7567  # any constant: with a graph's name, who holds it drives the graph
# So long may the server believe in a computer that is gone, and keep its locks.
_NOTICE = (
    "SELECT set_config('tcp_keepalives_idle', '20', false),"
    " set_config('tcp_keepalives_interval', '5', false),"
    " set_config('tcp_keepalives_count', '4', false)"
)


class ElsewhereError(RequestError):
    """Another process drives the same graph."""


@contextmanager
def saver_for(
    ledger: Ledger, settings: Settings, alone: str = ""
) -> "Iterator[BaseCheckpointSaver[Any]]":
    """Open where checkpoints are kept, and close it at the end.

    Args:
        ledger: On a server its database keeps the checkpoints too, so that any computer that
            reaches it can go on with what another one began.
        settings: Where the file is, otherwise.
        alone: Name of a graph that nobody else may drive meanwhile, on any computer; empty: it
            does not matter, or a file of this computer sees to it.

    Raises:
        ElsewhereError: Somebody else drives it.
        AwayError: The server went away in the middle; the graph can be gone on with.
        ServiceError: The package for it is not installed.
    """
    if ledger.kind == "sqlite":
        from langgraph.checkpoint.sqlite import SqliteSaver

        with checkpoints(settings.checkpoints) as connection:
            yield SqliteSaver(connection)
        return
    with _on_server(ledger, alone) as saver:
        yield saver


@contextmanager
def checkpoints(path: Path) -> Iterator[sqlite3.Connection]:
    """Open the file of checkpoints, and close it at the end."""
    path.parent.mkdir(parents=True, exist_ok=True)
    connection = sqlite3.connect(path, check_same_thread=False, timeout=WAIT_S)
    # As the ledger has it: a killed process loses nothing, and no node waits for the disk.
    connection.execute("PRAGMA synchronous=NORMAL")
    try:
        yield connection
    finally:
        connection.close()


@contextmanager
def _on_server(ledger: Ledger, alone: str) -> "Iterator[PostgresSaver]":
    try:
        import psycopg
        from langgraph.checkpoint.postgres import PostgresSaver
        from psycopg.rows import dict_row
    except ModuleNotFoundError as error:
        raise ServiceError(f"checkpoints: {error}; pip install 'heuresis[postgres]'") from error
    with ledger.read():  # waits for a server that is restarting
        pass
    words, named = ledger.engine.dialect.create_connect_args(ledger.engine.url)
    here: dict[str, Any] = {**named, "connect_timeout": WAIT_S, "application_name": "heuresis"}
    try:
        with psycopg.connect(
            *words, **here, autocommit=True, prepare_threshold=0, row_factory=dict_row
        ) as connection:
            connection.execute(_NOTICE)
            _make_tables(connection, PostgresSaver)
            if alone:
                _take(connection, alone)
            yield PostgresSaver(connection)
    except (psycopg.OperationalError, psycopg.InterfaceError) as error:
        message = f"checkpoints: got {str(error).strip()!r}; what was recorded before is safe"
        if is_passing(error):
            raise AwayError(message, transient=True) from error
        raise ServiceError(message) from error


def _make_tables(connection: Any, kind: "type[PostgresSaver]") -> None:
    """Bring the tables up to date; where they are, this costs two short questions."""
    newest = len(kind.MIGRATIONS) - 1
    if _version(connection) >= newest:
        return
    # Asked for again and again, not waited for: an index that is being built waits for whoever
    # waits within the server.
    if not _locked(connection, "pg_try_advisory_lock(%s)", (TABLES_KEY,), WAIT_S):
        raise ServiceError("checkpoints: another process makes their tables", transient=True)
    try:
        kind(connection).setup()
    finally:
        connection.execute("SELECT pg_advisory_unlock(%s)", (TABLES_KEY,))


def _version(connection: Any) -> int:
    found = connection.execute("SELECT to_regclass('checkpoint_migrations') AS name").fetchone()
    if found["name"] is None:
        return -1
    row = connection.execute("SELECT max(v) AS newest FROM checkpoint_migrations").fetchone()
    return -1 if row["newest"] is None else int(row["newest"])


def _take(connection: Any, name: str) -> None:
    """Keep a graph to this connection, as long as that lasts."""
    if not _locked(
        connection, "pg_try_advisory_lock(%s, hashtext(%s))", (GRAPHS_KEY, name), BUSY_S
    ):
        raise ElsewhereError(f"{name!r}: another process drives it")


def _locked(connection: Any, lock: str, values: tuple[Any, ...], wait_s: float) -> bool:
    until_s = time.monotonic() + wait_s
    while not connection.execute(f"SELECT {lock} AS got", values).fetchone()["got"]:
        if time.monotonic() > until_s:
            return False
        time.sleep(LOOK_S)
    return True
