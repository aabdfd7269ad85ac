"""One request on its way through the lab."""

import hashlib
from dataclasses import dataclass, field
from typing import Any

from pydantic import BaseModel
from pydantic_core import to_json

from heuresis.contract import Backend, Grade, Outcome, Request, Response
from heuresis.memory.ledger import new_id

RAW_CHARS = 4_000  # what is kept of a request that could not be read


@dataclass
class Slot:
    """A request, and what has become of it so far; open until it has an outcome.

    Attributes:
        raw: As it came.
        request: Validated and canonical; None before, and where that failed.
        text: Canonical JSON of the request.
        key: Run key.
        run_id: Id under which it will be recorded.
        informed: The request the backend gets: itself, or joined with the answers it needs.
        response: What the backend said, before it is recorded.
        grade: Whether the response is full.
        seconds: Share of the batch's time.
        flag: Sentence of a policy that let it pass for review.
    """

    raw: Any
    request: Request | None = None
    text: str = ""
    key: str = ""
    run_id: str = field(default_factory=new_id)
    informed: Request | None = None
    response: Response | None = None
    grade: Grade = field(default_factory=Grade)
    seconds: float = 0.0
    flag: str = ""
    outcome: Outcome | None = None
    error: Exception | None = None


def canonical_json(model: BaseModel) -> str:
    """Return JSON in field order, the same for equal models."""
    return to_json(model).decode()


def raw_json(raw: Any) -> str:
    """Return what can be kept of a request that could not be read."""
    try:
        text = to_json(raw, fallback=repr).decode()
    except ValueError:  # bytes or text that is no Unicode, or a thing that holds itself
        text = to_json(ascii(raw)).decode()
    if len(text) <= RAW_CHARS:
        return text
    digest = hashlib.sha256(text.encode()).hexdigest()
    return to_json({"sha256": digest, "chars": len(text), "begin": text[:RAW_CHARS]}).decode()


def run_key(
    tool: str, version: str, backend: Backend[Any, Any], weights_digest: str, text: str
) -> str:
    """Digest all that decides an answer; a stochastic tool's seed is part of its request."""
    parts = (tool, version, backend.name, weights_digest, text)
    return hashlib.sha256("\x1f".join(parts).encode()).hexdigest()
