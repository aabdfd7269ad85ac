"""Routes of what is known, and of what waits for a person's word."""

from typing import Annotated, Any

from fastapi import APIRouter, Path, Query
from pydantic import Field

from heuresis.contract import Frozen
from heuresis.memory.api_keys import KeyView
from heuresis.serving.http.depends import Admin, Reader
from heuresis.serving.remote.above import Approvals
from heuresis.serving.remote.parts import Parts
from heuresis.serving.remote.sight import Sight
from heuresis.serving.remote.talk import waiting

WIDER = 5  # times as many hits are looked at, as some are others'
DecisionId = Annotated[str, Path(min_length=4, max_length=26, description="ULID.")]


class HitView(Frozen):
    """Something known."""

    kind: str = Field(description="run, candidate, claim, card or source.")
    ref: str = Field(description="Id of its row.")
    text: str = Field(description="What was indexed.")
    distance: float = Field(description="Cosine distance to the question; smaller is nearer.")
    facts: dict[str, Any] = Field(description="What the ledger says of it now.")


class Hits(Frozen):
    """What lies nearest in meaning."""

    hits: list[HitView] = Field(description="Nearest first.")


class Waiting(Frozen):
    """What waits for a person."""

    waiting: list[dict[str, Any]] = Field(description="The oldest first.")


class Word(Frozen):
    """A person's word."""

    scope: str = Field(
        pattern="^(once|session|always|denied)$", description="How far it reaches, or a denial."
    )
    why: str = Field(default="", max_length=300, description="Shown with the decision.")


class Decided(Frozen):
    """A decision that was recorded."""

    id: str = Field(description="ULID of the decision.")


def memory_routes(parts: Parts) -> APIRouter:
    """Return the route of recall."""
    router = APIRouter(prefix="/v1/memory", tags=["memory"])

    @router.get("", response_model=Hits, operation_id="search_memory")
    def search_memory(
        who: Reader,
        q: Annotated[str, Query(min_length=1, max_length=500, description="In words.")],
        n: Annotated[int, Query(ge=1, le=50, description="At most.")] = 10,
        kind: Annotated[
            str | None,
            Query(pattern="^(run|candidate|claim|card|source)$", description="These only."),
        ] = None,
    ) -> dict[str, Any]:
        """Search what is known by meaning: cards, and what this key was given."""
        n_looked_at = n if who.sees_all else n * WIDER
        found = parts.recall.search(q, n_looked_at, kind)
        return {"hits": [vars(hit) for hit in Sight(parts.ledger, who).hits(found)[:n]]}

    return router


def approval_routes(parts: Parts, approvals: Approvals) -> APIRouter:
    """Return the routes of a person's word, for which only `admin` is enough."""
    router = APIRouter(prefix="/v1/approvals", tags=["approvals"])

    @router.get("", response_model=Waiting, operation_id="list_waiting")
    def list_waiting(who: Admin) -> dict[str, Any]:
        """List calls that wait for a person's word."""
        return {"waiting": waiting(parts)}

    @router.post("/{request_id}", status_code=201, response_model=Decided, operation_id="decide")
    def decide(who: Admin, request_id: DecisionId, body: Word) -> dict[str, Any]:
        """Grant once, for the session or always; or deny."""
        made = approvals.decide(request_id, body.scope, _name(who.key), body.why)
        parts.crew.wake()
        return {"id": made}

    @router.delete("/{decision_id}", status_code=204, operation_id="revoke_decision")
    def revoke_decision(who: Admin, decision_id: DecisionId) -> None:
        """Take a decision back; the next call is asked for again."""
        approvals.revoke(decision_id, _name(who.key), "")

    return router


def _name(key: KeyView) -> str:
    return f"key {key.id} ({key.name})"
