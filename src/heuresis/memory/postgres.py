"""PostgreSQL under the ledger: one writer at a time as on SQLite, and patience at a restart."""

from typing import Any

from sqlalchemy import BigInteger, Connection, Engine, Integer, create_engine, event, text
from sqlalchemy.exc import DBAPIError

from heuresis.errors import ServiceError

BIG = BigInteger().with_variant(Integer(), "sqlite")  # all of SQLite's have 64 bits
NUL = "\0"
WAIT_S = 60  # for the turn to write, and until a writer that went silent is thrown out
CONNECT_S = 10
WRITERS_KEY = 0x6865_7573  # any constant: whoever holds this lock of the database may write
POOL, POOL_MORE = 8, 24
RESTARTING = frozenset(["57P01", "57P02", "57P03", "53300"])  # shut down, crashed, starting, full
OVERTAKEN = frozenset(
    ["55P03", "40001", "40P01", "25P03"]
)  # waited too long, or in each other's way
CREATE = "CREATE DATABASE heuresis TEMPLATE template0 ENCODING 'UTF8' LOCALE 'C.UTF-8'"

# Ranges of ids and origins are read by their bytes; most languages sort otherwise.
_SORTS = text("SELECT ':' < 'A' AND 'B' < 'a' AND 'a:z' < 'aa' AND 'a~' < U&'a\\+10FFFF'")
_TURN = (
    f"SELECT set_config('lock_timeout', '{WAIT_S}s', true),"
    f" set_config('idle_in_transaction_session_timeout', '{WAIT_S}s', true),"
    f" pg_advisory_xact_lock({WRITERS_KEY})"
)


def engine_of(url: str) -> Engine:
    """Return a pool of connections; a connection that broke is replaced when it is next needed.

    Raises:
        ServiceError: The driver is not installed.
    """
    try:
        engine = create_engine(
            url,
            pool_pre_ping=True,
            pool_size=POOL,
            max_overflow=POOL_MORE,
            pool_timeout=WAIT_S,
            connect_args={"connect_timeout": CONNECT_S, "application_name": "heuresis"},
        )
    except ImportError as error:
        fix = "pip install 'heuresis[postgres]'"
        raise ServiceError(
            f"ledger: {error}; install the driver that its URL names: {fix}"
        ) from error
    event.listen(engine, "begin", _wait_for_turn)
    event.listen(engine, "before_cursor_execute", _show_nul, retval=True)
    return engine


def _show_nul(  # SQLAlchemy calls it so
    _connection: Any, _cursor: Any, statement: str, values: Any, _context: Any, _many: bool
) -> tuple[str, Any]:
    """Write the sign for NUL where a text holds one: PostgreSQL's texts cannot, SQLite's can."""
    return statement, [_shown(row) for row in values] if _many else _shown(values)


def _shown(row: Any) -> Any:
    if not isinstance(row, dict) or not any(isinstance(v, str) and NUL in v for v in row.values()):
        return row
    return {k: v.replace(NUL, "\u2400") if isinstance(v, str) else v for k, v in row.items()}


def _wait_for_turn(connection: Connection) -> None:
    """Let one transaction write at a time: what reads and then writes cannot be overtaken."""
    if connection.get_execution_options().get("heuresis_write", False):
        connection.exec_driver_sql(_TURN)


def is_away(error: DBAPIError) -> bool:
    """Whether the server was not there, or another was in the way, so that it may go well again."""
    if error.connection_invalidated:
        return True
    return is_passing(error.orig)


def is_passing(error: Any) -> bool:
    """Whether an error of the driver itself means that it may go well again."""
    state: Any = getattr(error, "sqlstate", None)
    if state is None:  # no answer at all
        return type(error).__name__ in ("OperationalError", "InterfaceError")
    return state in RESTARTING or state in OVERTAKEN or state.startswith("08")


def check_sorting(engine: Engine) -> None:
    """Refuse a database that sorts or stores texts otherwise than by their bytes in UTF-8.

    Raises:
        ServiceError: It does; the message has the statement that creates one that fits.
    """
    with engine.connect() as connection:
        encoding = connection.execute(text("SHOW server_encoding")).scalar_one()
        if encoding == "UTF8" and connection.execute(_SORTS).scalar_one():
            return
        query = text("SELECT datcollate FROM pg_database WHERE datname = current_database()")
        locale = connection.execute(query).scalar_one()
    raise ServiceError(
        f"ledger: got a database in {encoding} with locale {locale!r}, allowed: UTF8 with 'C' or "
        f"'C.UTF-8', in which texts sort by their bytes; {CREATE}"
    )
