"""Conversations: messages in order, forks, and what the stages of each answer came to."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Row, Table, bindparam, select

from heuresis.errors import RequestError
from heuresis.memory import tables
from heuresis.memory.ledger import Ledger, new_id, now

SESSION: Table = tables.Session.__table__  # type: ignore[attr-defined]  # set by SQLModel
MESSAGE: Table = tables.Message.__table__  # type: ignore[attr-defined]  # as above
STAGE: Table = tables.TurnStage.__table__  # type: ignore[attr-defined]  # as above
MAX_FORKS = 100  # of forks of forks
TITLE_CHARS = 80
# Built once: putting a statement together takes longer than running it.
_STAGES = (
    select(STAGE.c.name, STAGE.c.body)
    .where(STAGE.c.message_id == bindparam("id"))
    .order_by(STAGE.c.id)
)


@dataclass(frozen=True)
class MessageView:
    """One message.

    Attributes:
        id: ULID.
        session_id: Where it was said first.
        answers_id: The message it answers; None for a person's.
        author: 'person' or 'assistant'.
        body: Text; numbers of ours are references.
        facts: Attachments of a person's message, sources of ours.
        at: UTC.
    """

    id: str
    session_id: str
    answers_id: str | None
    author: str
    body: str
    facts: Mapping[str, Any]
    at: str


def open_session(ledger: Ledger, title: str, session_id: str | None = None) -> str:
    """Begin a conversation and return its id; the same id a second time changes nothing."""
    row = {
        "id": session_id or new_id(),
        "title": title[:TITLE_CHARS],
        "forked_from": None,
        "forked_at": None,
    }
    with ledger.write() as connection:
        ledger.insert_new(connection, SESSION, [{**row, "at": now()}])
    return row["id"] or ""


def fork(ledger: Ledger, session_id: str, message_id: str, title: str) -> str:
    """Begin a conversation that shares another's messages up to one of them.

    Raises:
        RequestError: No such session, or the message is not in it.
    """
    if message_id not in {one.id for one in messages(ledger, session_id)}:
        raise RequestError(f"message {message_id!r}: got none of session {session_id!r}")
    row = {
        "id": new_id(),
        "title": title[:TITLE_CHARS],
        "forked_from": session_id,
        "forked_at": message_id,
        "at": now(),
    }
    with ledger.write() as connection:
        ledger.insert_new(connection, SESSION, [row])
    return row["id"]


def get_session(ledger: Ledger, session_id: str) -> Row[Any]:
    """Return a session's row.

    Raises:
        RequestError: There is none of that id.
    """
    with ledger.read() as connection:
        return _session(connection, session_id)


def list_sessions(ledger: Ledger, limit: int = 50, offset: int = 0) -> Sequence[Row[Any]]:
    """Return sessions, the newest first."""
    with ledger.read() as connection:
        query = select(SESSION).order_by(SESSION.c.id.desc()).limit(limit).offset(offset)
        return connection.execute(query).all()


def say(  # noqa: PLR0913  # what a message is
    ledger: Ledger,
    session_id: str,
    author: str,
    body: str,
    *,
    facts: Mapping[str, Any] | None = None,
    answers_id: str | None = None,
    message_id: str | None = None,
) -> str:
    """Add a message and return its id; the same id a second time changes nothing.

    Raises:
        RequestError: No such session.
    """
    row = {
        "id": message_id or new_id(),
        "session_id": session_id,
        "answers_id": answers_id,
        "author": author,
        "body": body,
        "facts": json.dumps(facts or {}, sort_keys=True),
        "at": now(),
    }
    with ledger.write() as connection:
        _session(connection, session_id)
        ledger.insert_new(connection, MESSAGE, [row])
    return str(row["id"])


def messages(ledger: Ledger, session_id: str) -> list[MessageView]:
    """Return a session's messages in order, those it shares with others first.

    Raises:
        RequestError: No such session.
    """
    with ledger.read() as connection:
        parts: list[list[MessageView]] = []
        wanted: str | None = session_id
        until: str | None = None
        for _ in range(MAX_FORKS):
            if wanted is None:
                break
            row, own = _session(connection, wanted), _own(connection, wanted)
            ids = [one.id for one in own]
            if until is None or until in ids:
                parts.append(own[: ids.index(until) + 1] if until else own)
                until = row.forked_at
            wanted = row.forked_from  # a fork may begin at a message its parent shares, too
        return [one for part in reversed(parts) for one in part]


def get_message(ledger: Ledger, message_id: str) -> MessageView:
    """Return one message.

    Raises:
        RequestError: There is none of that id.
    """
    with ledger.read() as connection:
        row = connection.execute(select(MESSAGE).where(MESSAGE.c.id == message_id)).one_or_none()
    if row is None:
        raise RequestError(f"message {message_id!r}: got an unknown id")
    return _view(row)


def note_stage(ledger: Ledger, message_id: str, name: str, body: Any) -> None:
    """Record what a stage came to; a second time changes nothing."""
    row = {"message_id": message_id, "name": name, "body": json.dumps(body), "at": now()}
    with ledger.write() as connection:
        ledger.insert_new(connection, STAGE, [row])


def stages(ledger: Ledger, message_id: str) -> dict[str, Any]:
    """Return what the stages of a message came to, by name, in order."""
    with ledger.read() as connection:
        rows = connection.execute(_STAGES, {"id": message_id})
        return {row.name: json.loads(row.body) for row in rows}


def latest_stage(ledger: Ledger, name: str) -> Any:
    """Return what the stage of a name came to last, in whatever session; None where none did."""
    query = select(STAGE.c.body).where(STAGE.c.name == name).order_by(STAGE.c.id.desc()).limit(1)
    with ledger.read() as connection:
        body = connection.scalar(query)
    return None if body is None else json.loads(body)


def _session(connection: Connection, session_id: str) -> Row[Any]:
    row = connection.execute(select(SESSION).where(SESSION.c.id == session_id)).one_or_none()
    if row is None:
        raise RequestError(f"session {session_id!r}: got an unknown id")
    return row


def _own(connection: Connection, session_id: str) -> list[MessageView]:
    query = select(MESSAGE).where(MESSAGE.c.session_id == session_id).order_by(MESSAGE.c.id)
    return [_view(row) for row in connection.execute(query)]


def _view(row: Row[Any]) -> MessageView:
    return MessageView(
        id=row.id,
        session_id=row.session_id,
        answers_id=row.answers_id,
        author=row.author,
        body=row.body,
        facts=json.loads(row.facts),
        at=row.at,
    )
