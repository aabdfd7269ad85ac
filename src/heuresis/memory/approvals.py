"""Approvals in the ledger: what waits for a person, what was allowed, and which call took it.

Nothing here allows anything: that is written by `heuresis.memory.grants`, which only a person's
own command calls.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Literal

from sqlalchemy import ColumnElement, Connection, Row, Table, and_, func, or_, select

from heuresis.memory import tables
from heuresis.memory.ledger import Ledger, new_id, now

REQUEST: Table = tables.ApprovalRequest.__table__  # type: ignore[attr-defined]  # set by SQLModel
APPROVAL: Table = tables.Approval.__table__  # type: ignore[attr-defined]  # as above
USE: Table = tables.ApprovalUse.__table__  # type: ignore[attr-defined]  # as above

State = Literal["granted", "waiting", "denied", "crowded"]
MAX_WAITING = 1_000  # a caller that asks without end must not fill the disk


@dataclass(frozen=True)
class Asking:
    """A call for which the rules want a person's word.

    Attributes:
        asker: Step of a session, or the way in of a remote caller.
        coverage: Digest of rule, party, tool, backend and server.
        arguments: Digest of what is asked of the tool.
        tool: Its name.
        backend: Its backend.
        rule_id: The rule that asks.
        text: What a person reads; no arguments.
        session_id: The conversation, if any.
        message_id: The message, if any.
    """

    asker: str
    coverage: str
    arguments: str
    tool: str
    backend: str
    rule_id: str
    text: str
    session_id: str | None = None
    message_id: str | None = None


@dataclass(frozen=True)
class Standing:
    """How a call stands.

    Attributes:
        state: granted, waiting, denied, or crowded where too many others wait.
        request_id: Under which it waits or was decided.
        approval_id: What allows or denies it.
        why: What the person said.
    """

    state: State
    request_id: str = ""
    approval_id: str = ""
    why: str = ""


def look(ledger: Ledger, asking: Asking, session_hours: float) -> Standing:
    """Return how a call stands, and let it wait in the queue where nothing was decided.

    Args:
        ledger: Where.
        asking: The call.
        session_hours: How long an approval for a session holds.
    """
    with ledger.write() as connection:
        return _settled(ledger, connection, asking, since(session_hours), "")


def take(ledger: Ledger, asking: Asking, session_hours: float, origin: str) -> Standing:
    """Do as `look`, and take an approval that holds once for the call of this origin.

    Exactly one origin gets it; the same origin gets it again after a crash.
    """
    with ledger.write() as connection:
        return _settled(ledger, connection, asking, since(session_hours), origin)


def since(session_hours: float) -> str:
    """Return the time after which an approval for a session must have been given to hold."""
    begin = datetime.now(UTC) - timedelta(hours=session_hours)
    return begin.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _settled(
    ledger: Ledger, connection: Connection, asking: Asking, after: str, origin: str
) -> Standing:
    request = _latest(connection, asking)
    decided = [] if request is None else decisions(connection, of_request(request.id))
    denial = next((one for one in decided if one.scope == "denied"), None)
    if denial is not None:
        return Standing("denied", denial.request_id, denial.id, denial.why)
    for one in decisions(connection, covers(asking.coverage, asking.session_id, after)):
        return Standing("granted", one.request_id or "", one.id)
    for one in decided:
        if one.scope == "once" and _is_ours(ledger, connection, one.id, asking.asker, origin):
            return Standing("granted", one.request_id, one.id)
    if request is not None and not decided:
        return Standing("waiting", request.id)
    return _queue(ledger, connection, asking, 0 if request is None else request.turn + 1)


def _latest(connection: Connection, asking: Asking) -> Row[Any] | None:
    same = and_(
        REQUEST.c.asker == asking.asker,
        REQUEST.c.coverage == asking.coverage,
        REQUEST.c.arguments == asking.arguments,
    )
    query = select(REQUEST).where(same).order_by(REQUEST.c.turn.desc()).limit(1)
    return connection.execute(query).one_or_none()


def _is_ours(
    ledger: Ledger, connection: Connection, approval_id: str, asker: str, origin: str
) -> bool:
    """Take an approval that holds once; without an origin, tell whether it could be taken."""
    if origin:
        row = {"approval_id": approval_id, "origin": origin, "at": now()}
        ledger.insert_new(connection, USE, [row])
    taken = select(USE.c.origin).where(USE.c.approval_id == approval_id)
    return connection.execute(taken).scalar_one_or_none() in (None, origin or asker)


def _queue(ledger: Ledger, connection: Connection, asking: Asking, turn: int) -> Standing:
    waiting = select(func.count()).select_from(REQUEST).where(is_undecided())
    if connection.execute(waiting).scalar_one() >= MAX_WAITING:
        return Standing("crowded")
    row = {"id": new_id(), **vars(asking), "turn": turn, "at": now()}
    ledger.insert_new(connection, REQUEST, [row])
    standing = _latest(connection, asking)  # another process may have been first
    return Standing("waiting", row["id"] if standing is None else standing.id)


# --- which decisions stand ---


def decisions(connection: Connection, which: ColumnElement[bool]) -> Sequence[Row[Any]]:
    """Return what was decided and not revoked."""
    query = select(APPROVAL).where(which, _stands(APPROVAL)).order_by(APPROVAL.c.id)
    return connection.execute(query).all()


def of_request(request_id: str) -> ColumnElement[bool]:
    """Match decisions on one request."""
    return APPROVAL.c.request_id == request_id


def covers(coverage: Any, session_id: Any, after: str) -> ColumnElement[bool]:
    """Match approvals for a session or for always; values, or columns of a request."""
    of_session = and_(
        APPROVAL.c.scope == "session",
        APPROVAL.c.session_id == session_id,
        APPROVAL.c.at >= after,
    )
    return and_(APPROVAL.c.subject == coverage, or_(APPROVAL.c.scope == "always", of_session))


def is_undecided() -> ColumnElement[bool]:
    """Match requests on which nothing stands."""
    decided = select(APPROVAL.c.id).where(APPROVAL.c.request_id == REQUEST.c.id, _stands(APPROVAL))
    return ~decided.exists()


def _stands(approval: Any) -> ColumnElement[bool]:
    later = APPROVAL.alias("later")
    is_revoked = select(later.c.id).where(later.c.revokes_id == approval.c.id).exists()
    return and_(approval.c.revokes_id.is_(None), ~is_revoked)
