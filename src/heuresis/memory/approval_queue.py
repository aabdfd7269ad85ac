"""What a person sees of approvals: what waits, what was decided, what still holds."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, Row, Table, or_, select

from heuresis.errors import RequestError
from heuresis.memory.approvals import (
    APPROVAL,
    REQUEST,
    USE,
    covers,
    decisions,
    is_undecided,
    of_request,
    since,
)
from heuresis.memory.ledger import Ledger, begins_with

SHORTEST = 4  # letters; below, an id is no name but chance
ASKED = ("id", "tool", "backend", "rule_id", "text", "session_id", "message_id", "at")
GIVEN = ("id", "scope", "rule_id", "session_id", "request_id", "who", "why", "at")


def waiting(ledger: Ledger, session_hours: float, limit: int = 100) -> list[dict[str, Any]]:
    """Return what waits for a person, the oldest first."""
    wider = select(APPROVAL.c.id).where(
        covers(REQUEST.c.coverage, REQUEST.c.session_id, since(session_hours)),
        APPROVAL.c.revokes_id.is_(None),
    )
    later = APPROVAL.alias("later_one")
    stands = ~select(later.c.id).where(later.c.revokes_id == APPROVAL.c.id).exists()
    query = select(REQUEST).where(is_undecided(), ~wider.where(stands).exists())
    with ledger.read() as connection:
        found = connection.execute(query.order_by(REQUEST.c.id).limit(limit)).all()
        return [_told(connection, row) for row in found]


def everything(ledger: Ledger, limit: int = 100) -> list[dict[str, Any]]:
    """Return what was asked, the newest first, each with its state and what was decided."""
    query = select(REQUEST).order_by(REQUEST.c.id.desc()).limit(limit)
    with ledger.read() as connection:
        return [_told(connection, row) for row in connection.execute(query).all()]


def standing(ledger: Ledger) -> list[dict[str, Any]]:
    """Return approvals for a session or for always that were not revoked, the oldest first."""
    with ledger.read() as connection:
        rows = decisions(connection, APPROVAL.c.scope.in_(["session", "always"]))
        asked = [row.request_id for row in rows]
        names = select(REQUEST.c.id, REQUEST.c.tool).where(REQUEST.c.id.in_(asked))
        tools = {row.id: row.tool for row in connection.execute(names)}
    return [{**_picked(row, GIVEN), "tool": tools.get(row.request_id, "")} for row in rows]


def _told(connection: Connection, row: Row[Any]) -> dict[str, Any]:
    decided = decisions(connection, of_request(row.id))
    taken = select(USE.c.approval_id).where(USE.c.approval_id.in_([one.id for one in decided]))
    used = set(connection.scalars(taken))
    return {
        **_picked(row, ASKED),
        "state": _state(decided, used),
        "decisions": [_picked(one, GIVEN) for one in decided],
    }


def _state(decided: Sequence[Row[Any]], used: set[str]) -> str:
    if not decided:
        return "waiting"
    if any(one.scope == "denied" for one in decided):
        return "denied"
    return "used" if all(one.id in used for one in decided) else "granted"


def _picked(row: Row[Any], names: Sequence[str]) -> dict[str, Any]:
    return {name: getattr(row, name) for name in names}


# --- ids as a person writes them ---


def find_request(ledger: Ledger, name: str) -> Row[Any]:
    """Return the request that an id, or the beginning of one, names.

    Raises:
        RequestError: None, or more than one.
    """
    with ledger.read() as connection:
        query = select(REQUEST).where(begins_with(REQUEST.c.id, _spelled(name))).limit(2)
        found = connection.execute(query).all()
    return _only(found, name, REQUEST)


def find_decision(ledger: Ledger, name: str) -> Row[Any]:
    """Return what stands under the id of a decision, or of the request it decided.

    Raises:
        RequestError: None, or more than one.
    """
    begin = _spelled(name)
    which = or_(begins_with(APPROVAL.c.id, begin), begins_with(APPROVAL.c.request_id, begin))
    with ledger.read() as connection:
        return _only(decisions(connection, which), name, APPROVAL)


def _spelled(name: str) -> str:
    if len(name) < SHORTEST:
        raise RequestError(
            f"approval {name!r}: got {len(name)} letters, allowed: {SHORTEST} or more"
        )
    return name.upper()


def _only(found: Sequence[Row[Any]], name: str, table: Table) -> Row[Any]:
    if len(found) == 1:
        return found[0]
    got = "several so named, allowed: more letters of one" if found else "none so named"
    what = "decision that stands" if table is APPROVAL else "request"
    raise RequestError(f"approval {name!r}: got {got} ({what}); see `heuresis approval list --all`")
