"""Bring a ledger's tables up to date; one process at a time."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from filelock import FileLock, Timeout
from sqlalchemy import Engine, text

from heuresis.errors import ServiceError
from heuresis.memory.postgres import check_sorting

HERE = Path(__file__).parent
LOCK_S = 60.0
ADVISORY_KEY = 0x6865_7572  # any constant: it names our migration lock on a PostgreSQL server

_threads = threading.Lock()  # Alembic keeps its context in a global


def bring_up_to_date(engine: Engine) -> None:
    """Apply the migrations a database lacks; a current one costs one short query.

    Raises:
        ServiceError: The database is newer than this program.
    """
    if is_up_to_date(engine):
        return
    with _threads, _lock(engine):
        found = _revision(engine)
        if found == _head():
            return
        known = {script.revision for script in _scripts().walk_revisions()}
        if found is not None and found not in known:
            raise ServiceError(f"ledger: got revision {found!r}, allowed: {sorted(known)}; update")
        if engine.dialect.name == "postgresql":
            check_sorting(engine)
        _upgrade(engine)


def is_up_to_date(engine: Engine) -> bool:
    """Whether a database has the tables that this program reads and writes."""
    return _revision(engine) == _head()


def _upgrade(engine: Engine) -> None:
    config = Config()
    config.set_main_option("script_location", str(HERE))
    with engine.connect() as plain:
        connection = plain.execution_options(heuresis_write=True)
        with connection.begin():
            if engine.dialect.name == "postgresql":
                connection.execute(text(f"SELECT pg_advisory_xact_lock({ADVISORY_KEY})"))
            config.attributes["connection"] = connection
            command.upgrade(config, "head")


def _revision(engine: Engine) -> str | None:
    with engine.connect() as connection:
        return MigrationContext.configure(connection).get_current_revision()


def _scripts() -> ScriptDirectory:
    return ScriptDirectory(str(HERE))


@cache
def _head() -> str | None:
    return _scripts().get_current_head()


@contextmanager
def _lock(engine: Engine) -> Iterator[None]:
    name = engine.url.database
    if engine.dialect.name != "sqlite" or not name or name == ":memory:":
        yield
        return
    lock = FileLock(f"{name}.migrate", timeout=LOCK_S)
    try:
        lock.acquire()
    except Timeout as error:
        why = "another process is bringing it up to date; repeat when it is done"
        raise ServiceError(f"ledger {name!r}: {why}", transient=True) from error
    except OSError as error:
        fix = "make the folder writable, or set HEURESIS_HOME to one that is"
        raise ServiceError(f"ledger {name!r}: {error}; {fix}") from error
    try:
        yield
    finally:
        lock.release()
