"""Routes of conversations: open one, say something, watch it being answered, read it again."""

from typing import Annotated, Any

from fastapi import APIRouter, Path, Query
from fastapi.responses import JSONResponse
from pydantic import Field

from heuresis.contract import Frozen
from heuresis.memory import sessions
from heuresis.memory.sessions import MessageView
from heuresis.serving.http.depends import IdempotencyKey, Reader, Runner, promised_id
from heuresis.serving.http.jobs import JobView, accepted
from heuresis.serving.remote.parts import Parts
from heuresis.serving.remote.sight import Sight
from heuresis.serving.remote.talk import Saying, begin, speak, waiting

SessionId = Annotated[str, Path(max_length=26, description="ULID of a session.")]


class NewSession(Frozen):
    """A conversation to be opened."""

    title: str = Field(default="", max_length=200, description="For lists.")


class SessionView(Frozen):
    """A conversation."""

    id: str = Field(description="ULID.")
    title: str = Field(description="For lists.")
    at: str = Field(description="UTC.")


class SessionList(Frozen):
    """Conversations, the newest first."""

    sessions: list[SessionView] = Field(description="Those of this key.")


class SaidView(Frozen):
    """A message; the numbers of ours are read from runs."""

    id: str = Field(description="ULID; of an answer, that of the question and '-answer'.")
    author: str = Field(description="person or assistant.")
    text: str = Field(description="With numbers filled in.")
    draft: str = Field(description="With references instead of numbers.")
    runs: list[str] = Field(description="Runs that it rests on.")
    answers: str | None = Field(description="The message it answers.")
    at: str = Field(description="UTC.")


class Conversation(Frozen):
    """A conversation with what was said and what waits for a person's word."""

    session: SessionView = Field(description="Which.")
    messages: list[SaidView] = Field(description="In order.")
    waiting: list[dict[str, Any]] = Field(description="Calls that a person must approve first.")


def routes(parts: Parts) -> APIRouter:
    """Return the routes of conversations."""
    router = APIRouter(prefix="/v1/sessions", tags=["assistant"])

    @router.post("", status_code=201, response_model=SessionView, operation_id="open_session")
    def open_session(who: Runner, body: NewSession, idempotency_key: IdempotencyKey = None) -> Any:
        """Open a conversation."""
        text = body.model_dump_json()
        session_id = promised_id(parts.ledger, who, idempotency_key, "session", text)
        return _session(begin(parts, who, body.title, session_id))

    @router.get("", response_model=SessionList, operation_id="list_sessions")
    def list_sessions(
        who: Reader, limit: Annotated[int, Query(ge=1, le=200, description="At most.")] = 50
    ) -> Any:
        """List conversations of this key; `admin` sees all."""
        found = Sight(parts.ledger, who).sessions(limit)
        return {"sessions": [_session(row) for row in found]}

    @router.get("/{session_id}", response_model=Conversation, operation_id="show_session")
    def show_session(who: Reader, session_id: SessionId) -> Any:
        """Show what was said, and what waits for a person's word."""
        row = Sight(parts.ledger, who).session(session_id)
        return {
            "session": _session(row),
            "messages": [_said(one) for one in sessions.messages(parts.ledger, session_id)],
            "waiting": waiting(parts, session_id),
        }

    @router.post("/{session_id}/messages", status_code=202, response_model=JobView,
                 operation_id="say")  # fmt: skip
    def say(
        who: Runner, session_id: SessionId, body: Saying, idempotency_key: IdempotencyKey = None
    ) -> JSONResponse:
        """Say something; the job that answers it has typed events at `/v1/jobs/{id}/events`."""
        text = body.model_dump_json()
        job_id = promised_id(parts.ledger, who, idempotency_key, "say", session_id, text)
        return accepted(speak(parts, who, session_id, body, job_id, "http"))

    return router


def _session(row: Any) -> dict[str, Any]:
    return {"id": row.id, "title": row.title, "at": row.at}


def _said(one: MessageView) -> dict[str, Any]:
    return {
        "id": one.id,
        "author": one.author,
        "text": str(one.facts.get("text", one.body)),
        "draft": one.body,
        "runs": list(one.facts.get("runs", ())),
        "answers": one.answers_id,
        "at": one.at,
    }
