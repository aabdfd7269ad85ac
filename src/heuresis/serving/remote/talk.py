"""A remote caller's conversations: opened, answered as jobs, with what waits for a person."""

import json
from typing import Annotated, Any

from pydantic import Field
from sqlalchemy import Row

from heuresis.contract import DIGEST_PATTERN, Frozen
from heuresis.errors import ServiceError
from heuresis.memory import approval_queue, ownership, sessions
from heuresis.serving.remote.asking import queue
from heuresis.serving.remote.parts import Parts
from heuresis.serving.remote.principal import Channel, Principal
from heuresis.serving.remote.sight import Sight

MAX_CHARS = 20_000
FileDigest = Annotated[str, Field(pattern=DIGEST_PATTERN)]


class Saying(Frozen):
    """Something to be said."""

    text: str = Field(min_length=1, max_length=MAX_CHARS, description="In plain words.")
    files: list[FileDigest] = Field(
        default=[], max_length=16, description="Digests that `POST /v1/files` gave."
    )


def begin(parts: Parts, who: Principal, title: str, session_id: str) -> Row[Any]:
    """Open a conversation under an id; a second time changes nothing."""
    sessions.open_session(parts.ledger, title or "untitled", session_id)
    ownership.own(parts.ledger, who.id, "session", session_id)
    return sessions.get_session(parts.ledger, session_id)


def speak(  # noqa: PLR0913, PLR0917  # who says what, where, and how it came
    parts: Parts, who: Principal, session_id: str, said: Saying, job_id: str, channel: Channel
) -> Row[Any]:
    """Queue the answering of a message, which is recorded with it.

    Raises:
        UnknownError: No such session or file, or another caller's.
    """
    if parts.assistant is None:
        raise ServiceError("assistant: none here")
    sight = Sight(parts.ledger, who)
    sight.session(session_id)
    for digest in said.files:
        sight.brought(digest)
    files = [{"name": f"file-{i}", "digest": one} for i, one in enumerate(said.files, start=1)]
    body = json.dumps({"session_id": session_id, "text": said.text, "files": files})
    return queue(parts, who, job_id, "turn", body, 0, channel)


def waiting(parts: Parts, session_id: str | None = None) -> list[dict[str, Any]]:
    """Return what waits for a person's word, in one conversation or in all."""
    found = approval_queue.waiting(parts.ledger, parts.session_hours)
    return [one for one in found if session_id is None or one["session_id"] == session_id]
