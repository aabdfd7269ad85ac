"""Runs in the ledger: leased by one caller, ended once, found again by key."""

import threading
import time
import weakref
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from queue import Empty, SimpleQueue
from typing import Any

from sqlalchemy import Connection, Row, Table, bindparam, func, select, update

from heuresis.errors import ServiceError
from heuresis.memory import tables
from heuresis.memory.ledger import Ledger, now, outlasting
from heuresis.memory.owners import is_alive, this_owner

RUN: Table = tables.Run.__table__  # type: ignore[attr-defined]  # set by SQLModel at class creation
CALL: Table = tables.Call.__table__  # type: ignore[attr-defined]  # as above
QUANTITY: Table = tables.QuantityRow.__table__  # type: ignore[attr-defined]  # as above
ARTIFACT: Table = tables.ArtifactRow.__table__  # type: ignore[attr-defined]  # as above
OUTBOX: Table = tables.Outbox.__table__  # type: ignore[attr-defined]  # as above
CHUNK = 500  # keys per IN list; SQLite's limit on variables is far above it
ENDED = ("status", "error_kind", "reason", "response", "ended_at", "seconds")

# Built once: putting a statement together takes longer than running it.
_FIND = select(RUN).where(RUN.c.key.in_(bindparam("keys", expanding=True))).order_by(RUN.c.attempt)
_ENDED_BY = select(RUN.c.id).where(
    RUN.c.id.in_(bindparam("ids", expanding=True)),
    RUN.c.owner == bindparam("owner"),
    RUN.c.status != tables.RUNNING,
)
_END = (
    update(RUN)
    .where(
        RUN.c.id == bindparam("run_id"),
        RUN.c.owner == bindparam("run_owner"),
        RUN.c.status == bindparam("old_status"),
    )
    .values({name: bindparam(f"new_{name}") for name in ENDED})
)

Also = Callable[[Connection, Sequence[str]], object]

_active: dict[str, str] = {}  # ledger by id of run, leased by this process and not yet ended
_given_up: dict[str, set[str]] = defaultdict(set)  # by ledger, ids of leases still to be deleted
_kept: weakref.WeakSet[Ledger] = weakref.WeakSet()  # whose leases a thread of ours renews
_starting = threading.Lock()


@dataclass
class Leases:
    """What became of the keys asked for.

    Attributes:
        mine: Run id by key: to be executed by the caller.
        finished: Ended row by key.
        elsewhere: Keys that another living caller is running.
    """

    mine: dict[str, str] = field(default_factory=dict)
    finished: dict[str, Row[Any]] = field(default_factory=dict)
    elsewhere: set[str] = field(default_factory=set)


@dataclass(frozen=True)
class Ending:
    """Everything that is written when runs end, in one transaction."""

    runs: Sequence[dict[str, Any]]
    quantities: Sequence[dict[str, Any]] = ()
    artifacts: Sequence[dict[str, Any]] = ()
    calls: Sequence[dict[str, Any]] = ()
    outbox: Sequence[dict[str, Any]] = ()


def find(connection: Connection, keys: Iterable[str]) -> dict[str, Row[Any]]:
    """Return the latest attempt by key, for the keys that have one."""
    wanted = list(keys)
    found: dict[str, Row[Any]] = {}
    for start in range(0, len(wanted), CHUNK):
        for row in connection.execute(_FIND, {"keys": wanted[start : start + CHUNK]}):
            found[row.key] = row
    return found


def is_final(row: Row[Any], origin: str) -> bool:
    """Whether a run answers this caller.

    A failed one may be tried again, and one whose answer was blocked too, as the rules may have
    changed; but not by a replay.
    """
    if row.status in ("failed", "blocked"):
        return bool(row.origin == origin)
    return bool(row.status != tables.RUNNING)


@outlasting
def lease(ledger: Ledger, rows: Sequence[dict[str, Any]], lease_s: float) -> Leases:
    """Take what nobody has run or is running; dead owners' runs are taken over.

    Args:
        ledger: Where.
        rows: New `run` rows by distinct key, without attempt, owner, lease and start.
        lease_s: How long a silent owner on another host counts as alive.
    """
    got = Leases()
    stamp = {
        "owner": this_owner(),
        "lease_until": time.time() + lease_s,
        "started_at": now(),
        "status": tables.RUNNING,
    }
    try:
        with ledger.write() as connection:
            first = [{**row, **stamp, "attempt": 1} for row in rows]
            if ledger.insert_new(connection, RUN, first) == len(rows):  # nobody ever asked this
                got.mine.update((row["key"], row["id"]) for row in rows)
                taken: set[str] = set()
            else:
                taken = _sort(connection, got, rows, stamp)
            # Before the commit: another thread must not take them for a dead caller's.
            _active.update(dict.fromkeys(got.mine.values(), ledger.url))
            _given_up[ledger.url].difference_update(taken)
    except BaseException:
        _end_leases(got.mine.values())
        raise
    return got


def _sort(
    connection: Connection, got: Leases, rows: Sequence[dict[str, Any]], stamp: dict[str, Any]
) -> set[str]:
    """Sort keys of which some were known; return the ids taken over from the dead."""
    known = find(connection, (row["key"] for row in rows))
    fresh = [_place(got, row, known[row["key"]], stamp) for row in rows]
    inserts = [row for row in fresh if row is not None]
    if inserts:
        connection.execute(RUN.insert(), inserts)
    new = {row["id"] for row in (*rows, *inserts)}
    taken = set(got.mine.values()) - new
    if taken:
        connection.execute(update(RUN).where(RUN.c.id.in_(sorted(taken))).values(**stamp))
    return taken


def _place(
    got: Leases, row: dict[str, Any], known: Row[Any], stamp: dict[str, Any]
) -> dict[str, Any] | None:
    """Sort one key into the leases; return the row to insert where there is one."""
    if known.id == row["id"]:  # just inserted
        got.mine[row["key"]] = row["id"]
        return None
    if not (known.status == tables.RUNNING or is_final(known, row["origin"])):
        got.mine[row["key"]] = row["id"]
        return {**row, **stamp, "attempt": known.attempt + 1}
    if known.status != tables.RUNNING:
        got.finished[row["key"]] = known
    elif _is_held(known):
        got.elsewhere.add(row["key"])
    else:
        got.mine[row["key"]] = known.id
    return None


def _end_leases(run_ids: Iterable[str]) -> None:
    for run_id in run_ids:
        _active.pop(run_id, None)


def _is_held(row: Row[Any]) -> bool:
    if row.owner == this_owner():
        return row.id in _active
    return is_alive(row.owner, row.lease_until, time.time())


def keep_leases(ledger: Ledger, lease_s: float) -> None:
    """Renew this process's leases from now on, so that callers on other hosts see that it lives.

    A renewal that fails is tried again at the next turn: the lease outlasts two of them. It ends
    with the ledger, of which it keeps nothing alive.
    """
    with _starting:
        if ledger in _kept:
            return
        _kept.add(ledger)
    gone: SimpleQueue[None] = SimpleQueue()  # may be told from within a garbage collection
    weakref.finalize(ledger, gone.put, None).atexit = False
    words = (weakref.ref(ledger), gone, lease_s)
    threading.Thread(target=_beat, args=words, daemon=True, name="heuresis-leases").start()


def _beat(ledger: weakref.ref[Ledger], gone: "SimpleQueue[None]", lease_s: float) -> None:
    while True:
        with suppress(Empty):
            gone.get(timeout=lease_s / 3)
            return
        _renew_if_there(ledger(), lease_s)


def _renew_if_there(ledger: Ledger | None, lease_s: float) -> None:
    if ledger is not None:
        with suppress(ServiceError):
            renew(ledger, lease_s)


@outlasting
def renew(ledger: Ledger, lease_s: float) -> None:
    """Prolong this process's leases, and delete those it could not give up before."""
    if _given_up[ledger.url]:
        release(ledger, ())
    run_ids = sorted(one for one, url in tuple(_active.items()) if url == ledger.url)
    if run_ids:
        with ledger.write() as connection:
            connection.execute(
                update(RUN)
                .where(RUN.c.id.in_(run_ids), RUN.c.owner == this_owner())
                .values(lease_until=time.time() + lease_s)
            )


@outlasting
def finish(ledger: Ledger, ending: Ending, also: Also | None = None) -> set[str]:
    """End leased runs with all that belongs to them; all of it lands, or nothing.

    Args:
        ledger: Where.
        ending: What to write.
        also: Told the connection and the ids just ended, inside the same transaction.

    Returns:
        Ids whose lease had passed to somebody else; nothing was written for them.
    """
    with ledger.write() as connection:
        ids = [row["id"] for row in ending.runs]
        held = _end_runs(ledger, connection, ending.runs)
        _add(ledger, connection, ending, held)
        if also is not None:
            also(connection, sorted(held))
    _end_leases(ids)
    return set(ids) - held


def _end_runs(ledger: Ledger, connection: Connection, rows: Sequence[dict[str, Any]]) -> set[str]:
    """End the runs that this process still holds; return their ids."""
    owner, ids = this_owner(), {row["id"] for row in rows}
    held = {"run_owner": owner, "old_status": tables.RUNNING}
    changes = [
        {"run_id": row["id"], **held, **{f"new_{name}": row[name] for name in ENDED}}
        for row in rows
    ]
    if ledger.execute_each(connection, _END, changes) == len(rows):
        return ids
    return set(connection.scalars(_ENDED_BY, {"ids": sorted(ids), "owner": owner}))


def _add(ledger: Ledger, connection: Connection, ending: Ending, held: set[str]) -> None:
    for table, rows in ((QUANTITY, ending.quantities), (ARTIFACT, ending.artifacts)):
        ledger.insert_new(connection, table, [row for row in rows if row["run_id"] in held])
    ledger.insert_new(connection, CALL, [row for row in ending.calls if row["run_id"] in held])
    ledger.insert_new(connection, OUTBOX, [row for row in ending.outbox if row["ref"] in held])


@outlasting
def refuse(ledger: Ledger, rows: Sequence[dict[str, Any]], call: dict[str, Any]) -> dict[str, str]:
    """Record runs that ended before they began (invalid, blocked, out of domain).

    A key that is known already keeps its row.

    Returns:
        Run id by key, of the row that stands.
    """
    with ledger.write() as connection:
        ledger.insert_new(connection, RUN, list(rows))
        standing = {
            key: row.id for key, row in find(connection, {row["key"] for row in rows}).items()
        }
        fresh = {row["id"] for row in rows}
        calls = [
            {**call, "run_id": run_id, "cached": run_id not in fresh}
            for run_id in standing.values()
        ]
        ledger.insert_new(connection, CALL, calls)
    return standing


@outlasting
def note_calls(ledger: Ledger, calls: Sequence[dict[str, Any]]) -> None:
    """Record who was given which runs."""
    if calls:
        with ledger.write() as connection:
            ledger.insert_new(connection, CALL, list(calls))


@outlasting
def release(ledger: Ledger, run_ids: Sequence[str]) -> None:
    """Give up leases whose execution never ended, so that others need not wait.

    Where that cannot be written now, as on a full disk, the next renewal does it.
    """
    owed = _given_up[ledger.url]
    owed.update(run_ids)
    try:
        with ledger.write() as connection:
            ids = sorted(owed)  # inside: a lease taken again in the meantime is not ours to delete
            connection.execute(
                RUN.delete().where(
                    RUN.c.id.in_(ids), RUN.c.owner == this_owner(), RUN.c.status == tables.RUNNING
                )
            )
        owed.difference_update(ids)
    finally:
        _end_leases(run_ids)


@outlasting
def get(ledger: Ledger, run_id: str) -> Row[Any] | None:
    """Return one run."""
    with ledger.read() as connection:
        return connection.execute(select(RUN).where(RUN.c.id == run_id)).one_or_none()


@outlasting
def quantities_of(ledger: Ledger, run_id: str) -> Sequence[Row[Any]]:
    """Return a run's numbers by path."""
    with ledger.read() as connection:
        query = select(QUANTITY).where(QUANTITY.c.run_id == run_id).order_by(QUANTITY.c.id)
        return connection.execute(query).all()


@outlasting
def artifacts_of(ledger: Ledger, run_id: str) -> Sequence[Row[Any]]:
    """Return a run's files."""
    with ledger.read() as connection:
        query = select(ARTIFACT).where(ARTIFACT.c.run_id == run_id).order_by(ARTIFACT.c.id)
        return connection.execute(query).all()


@outlasting
def fresh_calls(ledger: Ledger, campaign_id: str, except_origin: str) -> dict[str, int]:
    """Count a campaign's own executed runs by tool; hits and needs are not counted.

    Args:
        ledger: Where.
        campaign_id: Whose.
        except_origin: Calls of this origin are left out, so that a step repeated after a crash
            sees what it saw the first time.
    """
    query = (
        select(RUN.c.tool, func.count())
        .join(CALL, CALL.c.run_id == RUN.c.id)
        .where(CALL.c.campaign_id == campaign_id, CALL.c.cached.is_(False))
        .where(CALL.c.origin != except_origin, CALL.c.origin.startswith("campaign:"))
        .where(RUN.c.status.not_in(["out_of_domain", "blocked"]))
        .group_by(RUN.c.tool)
    )
    with ledger.read() as connection:
        return {tool: n for tool, n in connection.execute(query)}
