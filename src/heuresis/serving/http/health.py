"""Whether the server lives, can do its work, and what it did; without a secret or a user's word."""

from typing import Any

from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse
from pydantic import Field

from heuresis.contract import Frozen
from heuresis.serving.http.depends import Reader, request_id
from heuresis.serving.http.meters import Meters
from heuresis.serving.http.problems import problem
from heuresis.serving.http.readiness import OK, Readiness
from heuresis.serving.remote.parts import Parts


class Health(Frozen):
    """How the server is."""

    status: str = Field(description="ok.")


class Ready(Health):
    """How the server is, part by part."""

    parts: dict[str, str] = Field(
        description="ok for ledger, vault, host and jobs, without which nothing runs; for index, "
        "without which only search fails, ok or what is wrong."
    )


def routes(parts: Parts, meters: Meters) -> APIRouter:
    """Return the routes of health and of figures."""
    router = APIRouter(tags=["health"])
    readiness = Readiness(parts)

    @router.get("/healthz", response_model=Health, operation_id="is_alive", openapi_extra=_OPEN)
    async def is_alive() -> dict[str, str]:
        """Say that the process answers."""
        return {"status": OK}

    @router.get("/readyz", response_model=Ready, operation_id="is_ready", openapi_extra=_OPEN)
    def is_ready(request: Request) -> JSONResponse:
        """Say whether the ledger is there with its tables, files can be kept, models be asked."""
        faults = readiness.faults()
        wrong = [f"{name}: {fault}" for name, fault in faults.items() if fault]
        if wrong:
            return problem(503, "not ready", "; ".join(wrong), request_id(request), errors=wrong)
        told = {**dict.fromkeys(faults, OK), "index": readiness.index()}
        return JSONResponse({"status": OK, "parts": told})

    @router.get("/metrics", operation_id="read_metrics", response_class=Response, responses=_TEXT)
    def read_metrics(who: Reader) -> Response:
        """Give figures as Prometheus reads them: requests, runs, jobs, the ledger's writes."""
        return Response(meters.text(), media_type=meters.media_type)

    return router


_OPEN: dict[str, list[str]] = {"security": []}
_TEXT: dict[int | str, dict[str, Any]] = {
    200: {"description": "Prometheus text.", "content": {"text/plain": {}}}
}
