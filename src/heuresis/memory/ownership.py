"""What each caller of the API began, what it may therefore see, and ids promised for repeats."""

import hashlib
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

from sqlalchemy import ColumnElement, Connection, Table, delete, or_, select

from heuresis.errors import RequestError
from heuresis.memory import remote_tables
from heuresis.memory.campaigns import CANDIDATE
from heuresis.memory.ledger import Ledger, begins_with, new_id, now
from heuresis.memory.runs import ARTIFACT, CALL, CHUNK

OWNED: Table = remote_tables.Owned.__table__  # type: ignore[attr-defined]  # set by SQLModel
RESERVED: Table = remote_tables.Reserved.__table__  # type: ignore[attr-defined]  # as above
CHANNELS = ("http", "mcp")
MAX_DEPTH = 20  # of runs that lean on runs
RESERVED_DAYS = 7


def own(ledger: Ledger, key_id: str, kind: str, ref: str) -> None:
    """Note that something is a caller's; a second time changes nothing."""
    with ledger.write() as connection:
        row = {"kind": kind, "ref": ref, "key_id": key_id, "at": now()}
        ledger.insert_new(connection, OWNED, [row])


def owns(ledger: Ledger, key_id: str, kind: str, ref: str) -> bool:
    """Whether something is a caller's."""
    query = select(OWNED.c.ref).where(
        OWNED.c.kind == kind, OWNED.c.ref == ref, OWNED.c.key_id == key_id
    )
    with ledger.read() as connection:
        return connection.execute(query).one_or_none() is not None


def owned(ledger: Ledger, key_id: str, kind: str) -> list[str]:
    """Return what a caller has of a kind, the newest first."""
    query = select(OWNED.c.ref).where(OWNED.c.kind == kind, OWNED.c.key_id == key_id)
    with ledger.read() as connection:
        return [str(ref) for ref in connection.scalars(query.order_by(OWNED.c.ref.desc()))]


def was_given(ledger: Ledger, key_id: str, run_id: str) -> bool:
    """Whether a caller was given a run: by a call, a session or a campaign of its own.

    What such a run leaned on counts as given too, since its provenance names it.
    """
    with ledger.read() as connection:
        return _given(connection, key_id, run_id)


def may_read(ledger: Ledger, key_id: str, digest: str) -> bool:
    """Whether a caller was given a file: made by a run of its own, or brought by itself."""
    with ledger.read() as connection:
        brought = select(OWNED.c.ref).where(
            OWNED.c.kind == "file", OWNED.c.ref == digest, OWNED.c.key_id == key_id
        )
        if connection.execute(brought).one_or_none() is not None:
            return True
        made = connection.scalars(select(ARTIFACT.c.run_id).where(ARTIFACT.c.digest == digest))
        return any(_given(connection, key_id, run_id) for run_id in made.all())


def own_candidates(ledger: Ledger, key_id: str, candidate_ids: Iterable[str]) -> frozenset[str]:
    """Return those candidates that belong to campaigns of a caller."""
    wanted = sorted(set(candidate_ids))[:CHUNK]
    query = (
        select(CANDIDATE.c.id)
        .join(OWNED, OWNED.c.ref == CANDIDATE.c.campaign_id)
        .where(CANDIDATE.c.id.in_(wanted), OWNED.c.kind == "campaign", OWNED.c.key_id == key_id)
    )
    with ledger.read() as connection:
        return frozenset(str(one) for one in connection.scalars(query))


def reserve(ledger: Ledger, key_id: str, idempotency_key: str, body: bytes) -> str:
    """Return the id that a repeatable request makes; the same for each repetition.

    The id is written before anything is made, so a crash in between makes it once, later.

    Raises:
        RequestError: The same key came with another request before.
    """
    row = {
        "key_id": key_id,
        "idempotency_digest": hashlib.sha256(idempotency_key.encode()).hexdigest(),
        "body_digest": hashlib.sha256(body).hexdigest(),
        "ref": new_id(),
        "at": now(),
    }
    query = select(RESERVED).where(
        RESERVED.c.key_id == key_id, RESERVED.c.idempotency_digest == row["idempotency_digest"]
    )
    with ledger.write() as connection:
        ledger.insert_new(connection, RESERVED, [row])
        stands = connection.execute(query).one()
    if stands.body_digest != row["body_digest"]:
        raise RequestError(
            f"Idempotency-Key {idempotency_key[:40]!r}: got another request with it before, "
            "allowed: the same one again, or a new key"
        )
    return str(stands.ref)


def forget_reserved(ledger: Ledger) -> int:
    """Delete promises older than a week; return how many."""
    until = datetime.now(UTC) - timedelta(days=RESERVED_DAYS)
    with ledger.write() as connection:
        done = connection.execute(delete(RESERVED).where(RESERVED.c.at < until.isoformat()))
        return done.rowcount


def _own_origin(column: ColumnElement[str], key_id: str) -> ColumnElement[bool]:
    return or_(*(begins_with(column, f"{way}:{key_id}:") for way in CHANNELS))


def _given(connection: Connection, key_id: str, run_id: str, depth: int = 0) -> bool:
    of_key = select(OWNED.c.ref).where(OWNED.c.key_id == key_id)
    query = select(CALL.c.id).where(
        CALL.c.run_id == run_id,
        or_(
            _own_origin(CALL.c.origin, key_id),
            CALL.c.session_id.in_(of_key.where(OWNED.c.kind == "session")),
            CALL.c.campaign_id.in_(of_key.where(OWNED.c.kind == "campaign")),
        ),
    )
    if connection.execute(query.limit(1)).one_or_none() is not None:
        return True
    if depth == MAX_DEPTH:
        return False
    needed = connection.scalars(
        select(CALL.c.origin).where(CALL.c.run_id == run_id, begins_with(CALL.c.origin, "need:"))
    )
    by = [origin.removeprefix("need:") for origin in needed.all()]
    return any(_given(connection, key_id, one, depth + 1) for one in by)
