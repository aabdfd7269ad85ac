"""Policy events in the ledger: what a screen said, when, by which rules."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Row, Table, select

from heuresis.memory import tables
from heuresis.memory.ledger import Ledger, begins_with

EVENT: Table = tables.PolicyEvent.__table__  # type: ignore[attr-defined]  # set by SQLModel


def log_policy_events(ledger: Ledger, rows: Sequence[dict[str, Any]]) -> None:
    """Write events; the same event of the same origin is written once."""
    with ledger.write() as connection:
        ledger.insert_new(connection, EVENT, list(rows))


def policy_events(ledger: Ledger, origin_prefix: str = "") -> Sequence[Row[Any]]:
    """Return events in order, of all origins that begin so."""
    with ledger.read() as connection:
        query = select(EVENT).where(begins_with(EVENT.c.origin, origin_prefix))
        return connection.execute(query.order_by(EVENT.c.id)).all()
