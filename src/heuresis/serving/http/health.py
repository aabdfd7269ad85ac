"""Whether the server lives, and whether it can do its work; without a key, without a secret."""

from fastapi import APIRouter
from fastapi.responses import JSONResponse
from pydantic import Field
from sqlalchemy import text

from heuresis.contract import Frozen
from heuresis.errors import ServiceError
from heuresis.serving.remote.parts import Parts


class Health(Frozen):
    """How the server is."""

    status: str = Field(description="ok, or what is not.")


def routes(parts: Parts) -> APIRouter:
    """Return the routes of health."""
    router = APIRouter(tags=["health"])

    @router.get("/healthz", response_model=Health, operation_id="is_alive", openapi_extra=_OPEN)
    async def is_alive() -> dict[str, str]:
        """Say that the process answers."""
        return {"status": "ok"}

    @router.get("/readyz", response_model=Health, operation_id="is_ready", openapi_extra=_OPEN)
    def is_ready() -> JSONResponse:
        """Say whether the ledger can be read and jobs are done."""
        found = _fault(parts)
        return JSONResponse({"status": found or "ok"}, 503 if found else 200)

    return router


_OPEN: dict[str, list[str]] = {"security": []}


def _fault(parts: Parts) -> str:
    try:
        with parts.ledger.read() as connection:
            connection.execute(text("SELECT 1"))
    except ServiceError:
        return "the ledger cannot be read"
    return "" if parts.crew.is_working() else "jobs are not done"
