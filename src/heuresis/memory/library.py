"""Screened libraries in the ledger: one row per finished shard, written once."""

from collections.abc import Callable, Sequence
from typing import Any

from sqlalchemy import Row, Table, select, update

from heuresis.memory import library_tables
from heuresis.memory.ledger import Ledger, now
from heuresis.memory.policy_log import EVENT

PLAN: Table = library_tables.LibraryPlan.__table__  # type: ignore[attr-defined]  # set by SQLModel
SHARD: Table = library_tables.LibraryShard.__table__  # type: ignore[attr-defined]  # as above


def note_plan(ledger: Ledger, digest: str, plan: str) -> None:
    """Write down what is asked, once."""
    with ledger.write() as connection:
        row = {"digest": digest, "plan": plan, "created_at": now()}
        ledger.insert_new(connection, PLAN, [row])


def shards_of(ledger: Ledger, plan_digest: str) -> dict[str, Row[Any]]:
    """Return the finished shards of a plan by digest."""
    with ledger.read() as connection:
        query = select(SHARD).where(SHARD.c.plan_digest == plan_digest)
        return {row.digest: row for row in connection.execute(query)}


def commit_shard(
    ledger: Ledger,
    row: dict[str, Any],
    events: Sequence[dict[str, Any]],
    put_in_place: Callable[[], object],
    *,
    lost: str | None = None,
) -> bool:
    """Put a shard's file in place and write its row, both or nothing; whoever is first does.

    Args:
        ledger: Where.
        row: Of `library_shard`, without attempt and time.
        events: What screens said about its records.
        put_in_place: Moves the finished file to its name; called with the row already taken.
        lost: Digest of the file that an earlier row names and that is gone; that row is renewed.

    Returns:
        Whether it was this caller's; False where another process was first.
    """
    new = {**row, "attempt": 1, "at": now()}
    with ledger.write() as connection:
        is_mine = ledger.insert_new(connection, SHARD, [new]) == 1
        if not is_mine and lost is not None:
            again = {**new, "attempt": SHARD.c.attempt + 1}
            found = update(SHARD).where(SHARD.c.digest == row["digest"])
            renewed = connection.execute(found.where(SHARD.c.file_digest == lost).values(**again))
            is_mine = renewed.rowcount == 1
        if is_mine:
            ledger.insert_new(connection, EVENT, list(events))
            put_in_place()
    return is_mine
