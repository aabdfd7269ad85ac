"""Jobs in the ledger: queued, taken by one process, watched by their events, kept for a while."""

import json
import time
from collections.abc import Mapping, Sequence
from typing import Any, Literal, get_args

from sqlalchemy import Connection, Row, Table, and_, delete, func, select, update

from heuresis.errors import RequestError
from heuresis.memory import remote_tables
from heuresis.memory.approvals import APPROVAL
from heuresis.memory.ledger import Ledger, now
from heuresis.memory.owners import is_alive, this_owner

JOB: Table = remote_tables.Job.__table__  # type: ignore[attr-defined]  # set by SQLModel
EVENT: Table = remote_tables.JobEvent.__table__  # type: ignore[attr-defined]  # as above

JobStatus = Literal["queued", "running", "waiting", "done", "cancelled", "failed"]
STATUSES: tuple[JobStatus, ...] = get_args(JobStatus)
ENDED: frozenset[str] = frozenset(["done", "cancelled", "failed"])
LOOKED_AT = 200  # running jobs whose owners are asked after in one go


def add(ledger: Ledger, row: Mapping[str, Any]) -> Row[Any]:
    """Queue a job; one of the same id that stands already stays as it is.

    Args:
        ledger: Where.
        row: id, kind, key_id, channel, body (text) and n_total.
    """
    fixed = {
        "status": "queued",
        "reason": "",
        "n_done": 0,
        "is_cancelled": False,
        "owner": "",
        "lease_until": 0.0,
        "created_at": now(),
        "started_at": None,
        "ended_at": None,
        "kept_until": None,
    }
    with ledger.write() as connection:
        if ledger.insert_new(connection, JOB, [{**row, **fixed}]):
            _note(connection, row["id"], "queued", {"n_total": row["n_total"]})
    return get(ledger, row["id"])


def get(ledger: Ledger, job_id: str) -> Row[Any]:
    """Return one job.

    Raises:
        RequestError: There is none of that id, or it was kept long enough.
    """
    row = find(ledger, job_id)
    if row is None:
        raise RequestError(f"job {job_id!r}: got an unknown id")
    return row


def find(ledger: Ledger, job_id: str) -> Row[Any] | None:
    """Return one job; None where there is none of that id."""
    with ledger.read() as connection:
        return connection.execute(select(JOB).where(JOB.c.id == job_id)).one_or_none()


def list_of(ledger: Ledger, key_id: str | None, limit: int, before: str = "") -> Sequence[Row[Any]]:
    """Return jobs of one caller, or of all, the newest first."""
    query = select(JOB).order_by(JOB.c.id.desc()).limit(limit)
    if key_id is not None:
        query = query.where(JOB.c.key_id == key_id)
    if before:
        query = query.where(JOB.c.id < before)
    with ledger.read() as connection:
        return connection.execute(query).all()


def n_by_status(ledger: Ledger) -> dict[str, int]:
    """Count the jobs that have not ended, by status."""
    still = [status for status in STATUSES if status not in ENDED]
    query = select(JOB.c.status, func.count()).where(JOB.c.status.in_(still)).group_by(JOB.c.status)
    with ledger.read() as connection:
        found = {str(status): int(n) for status, n in connection.execute(query)}
    return dict.fromkeys(still, 0) | found


def n_open(ledger: Ledger, key_id: str) -> int:
    """Count the jobs of a caller that have not ended."""
    query = select(func.count()).where(JOB.c.key_id == key_id, JOB.c.status.not_in(ENDED))
    with ledger.read() as connection:
        return int(connection.execute(query).scalar_one())


def take(ledger: Ledger, lease_s: float) -> Row[Any] | None:
    """Take the oldest job that waits, or whose owner is dead; None where there is none."""
    with ledger.read() as connection:  # without a lock first: mostly there is nothing
        if not _candidates(connection):
            return None
    with ledger.write() as connection:
        for job_id in _candidates(connection):
            values = {"status": "running", "owner": this_owner()}
            connection.execute(
                update(JOB)
                .where(JOB.c.id == job_id)
                .values(
                    **values,
                    lease_until=time.time() + lease_s,
                    started_at=func.coalesce(JOB.c.started_at, now()),
                )
            )
            _note(connection, job_id, "started", {})
            return connection.execute(select(JOB).where(JOB.c.id == job_id)).one()
    return None


def _candidates(connection: Connection) -> list[str]:
    """Return ids of jobs that nobody alive is at, the oldest first."""
    query = select(JOB).where(JOB.c.status.in_(["queued", "running"])).order_by(JOB.c.id)
    rows = connection.execute(query.limit(LOOKED_AT)).all()
    return [
        row.id
        for row in rows
        if row.status == "queued"
        or (row.owner != this_owner() and not is_alive(row.owner, row.lease_until, time.time()))
    ]


def renew(ledger: Ledger, lease_s: float) -> None:
    """Say to other hosts that this process is still at its jobs."""
    with ledger.write() as connection:
        connection.execute(
            update(JOB)
            .where(JOB.c.owner == this_owner(), JOB.c.status == "running")
            .values(lease_until=time.time() + lease_s)
        )


def progress(ledger: Ledger, job_id: str, n_done: int, name: str, body: Mapping[str, Any]) -> bool:
    """Note what happened, if this process still has the job.

    Returns:
        Whether it goes on: False where somebody asked to stop, or another process has taken it.
    """
    mine = and_(JOB.c.id == job_id, JOB.c.owner == this_owner(), JOB.c.status == "running")
    with ledger.write() as connection:
        row = connection.execute(select(JOB.c.n_done, JOB.c.is_cancelled).where(mine)).one_or_none()
        if row is None:
            return False
        connection.execute(update(JOB).where(mine).values(n_done=max(n_done, row.n_done)))
        _note(connection, job_id, name, body)
        return not row.is_cancelled


def end(  # noqa: PLR0913, PLR0917  # what an ending is
    ledger: Ledger, job_id: str, status: JobStatus, reason: str, body: Mapping[str, Any],
    kept_s: float,
) -> None:  # fmt: skip
    """End a job of this process, or put it aside as waiting; a job that has ended stays so."""
    is_over = status in ENDED
    with ledger.write() as connection:
        changed = connection.execute(
            update(JOB)
            .where(JOB.c.id == job_id, JOB.c.owner == this_owner(), JOB.c.status == "running")
            .values(
                status=status,
                reason=reason,
                owner="",
                ended_at=now() if is_over else None,
                kept_until=time.time() + kept_s if is_over else None,
            )
        )
        if changed.rowcount:
            _note(connection, job_id, status, {**body, "reason": reason})


def put_back(ledger: Ledger, job_id: str) -> None:
    """Queue a job of this process again, as when the process ends before the job."""
    with ledger.write() as connection:
        connection.execute(
            update(JOB)
            .where(JOB.c.id == job_id, JOB.c.owner == this_owner(), JOB.c.status == "running")
            .values(status="queued", owner="")
        )


def wake_waiting(ledger: Ledger) -> int:
    """Queue jobs again that waited when somebody last decided something; return how many."""
    decided = select(func.max(APPROVAL.c.at)).scalar_subquery()
    waited = select(func.max(EVENT.c.at)).where(EVENT.c.job_id == JOB.c.id).scalar_subquery()
    is_stale = and_(JOB.c.status == "waiting", waited <= decided)
    with ledger.read() as connection:  # without a lock first: mostly there is nothing
        if connection.execute(select(JOB.c.id).where(is_stale).limit(1)).one_or_none() is None:
            return 0
    with ledger.write() as connection:
        changed = connection.execute(update(JOB).where(is_stale).values(status="queued"))
        return changed.rowcount


def cancel(ledger: Ledger, job_id: str, kept_s: float) -> None:
    """Ask a job to stop: at once where nobody is at it, otherwise at its next part."""
    with ledger.write() as connection:
        idle = and_(JOB.c.id == job_id, JOB.c.status.in_(["queued", "waiting"]))
        changed = connection.execute(
            update(JOB)
            .where(idle)
            .values(status="cancelled", is_cancelled=True, reason="cancelled by its caller",
                    ended_at=now(), kept_until=time.time() + kept_s)
        )  # fmt: skip
        if changed.rowcount:
            _note(connection, job_id, "cancelled", {"reason": "cancelled by its caller"})
        running = and_(JOB.c.id == job_id, JOB.c.status == "running")
        connection.execute(update(JOB).where(running).values(is_cancelled=True))


def is_cancelled(ledger: Ledger, job_id: str) -> bool:
    """Whether somebody asked a job to stop."""
    with ledger.read() as connection:
        query = select(JOB.c.is_cancelled).where(JOB.c.id == job_id)
        return bool(connection.execute(query).scalar_one_or_none())


def events(ledger: Ledger, job_id: str, after: int = 0, limit: int = 1_000) -> list[dict[str, Any]]:
    """Return what happened to a job after an event's number, in order."""
    query = (
        select(EVENT)
        .where(EVENT.c.job_id == job_id, EVENT.c.number > after)
        .order_by(EVENT.c.number)
        .limit(limit)
    )
    with ledger.read() as connection:
        return [
            {"number": row.number, "name": row.name, "at": row.at, **json.loads(row.body)}
            for row in connection.execute(query)
        ]


def sweep(ledger: Ledger) -> int:
    """Delete jobs that were kept long enough; their runs stay. Return how many."""
    is_old = and_(JOB.c.kept_until.is_not(None), JOB.c.kept_until < time.time())
    with ledger.write() as connection:
        old = list(connection.scalars(select(JOB.c.id).where(is_old).limit(500)))
        connection.execute(delete(EVENT).where(EVENT.c.job_id.in_(old)))
        connection.execute(delete(JOB).where(JOB.c.id.in_(old)))
    return len(old)


def _note(connection: Connection, job_id: str, name: str, body: Mapping[str, Any]) -> None:
    last = select(func.coalesce(func.max(EVENT.c.number), 0)).where(EVENT.c.job_id == job_id)
    row = {
        "job_id": job_id,
        "number": connection.execute(last).scalar_one() + 1,
        "name": name,
        "body": json.dumps(body, sort_keys=True),
        "at": now(),
    }
    connection.execute(EVENT.insert(), [row])
