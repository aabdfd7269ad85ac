"""The HTTP API: routes derived from the tools' own types, behind one gate, over one lab."""

from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException
from starlette.middleware.cors import CORSMiddleware
from starlette.routing import BaseRoute, Route
from starlette.types import ASGIApp

from heuresis import __version__
from heuresis.errors import HeuresisError
from heuresis.serving.http import campaigns, files, health, jobs, knowledge, runs, sessions, tools
from heuresis.serving.http.depends import request_id
from heuresis.serving.http.gate import Gate
from heuresis.serving.http.meters import Meters
from heuresis.serving.http.problems import REFUSALS, of_bug, of_error, problem
from heuresis.serving.remote.parts import Parts

ABOUT = """Scientific models as typed tools, behind one door that gates, caches, checks and records.

Every answer names its run; `GET /v1/runs/{id}` says where it came from. Refusals are RFC 9457
documents. Medical outputs are for research use, not for diagnosis."""
MAX_ERRORS = 20  # wrong fields that are told


def make_app(
    parts: Parts, *, origins: Sequence[str] = (), also: Sequence[tuple[BaseRoute, Any]] = ()
) -> ASGIApp:
    """Return the API as an ASGI application.

    Args:
        parts: What it is made of.
        origins: Web pages that may call it; none by default.
        also: Further routes behind the same gate, each with what runs as long as the server.
    """

    @asynccontextmanager
    async def life(_: FastAPI) -> AsyncIterator[None]:
        async with AsyncExitStack() as stack:
            for _route, running in also:
                await stack.enter_async_context(running())
            parts.crew.start()
            try:
                yield
            finally:
                parts.crew.stop()

    app = FastAPI(
        title="heuresis", version=__version__, description=ABOUT, lifespan=life, docs_url=None,
        redoc_url=None, responses=REFUSALS, redirect_slashes=False,
    )  # fmt: skip
    app.add_exception_handler(HeuresisError, _refused)
    app.add_exception_handler(RequestValidationError, _wrong_fields)
    app.add_exception_handler(HTTPException, _no_route)
    app.add_exception_handler(Exception, _bug)
    meters = Meters(parts, [route.path for route, _running in also if isinstance(route, Route)])
    for router in [health.routes(parts, meters), *_routers(parts)]:
        app.include_router(router)
    app.router.routes.extend(route for route, running in also)
    gate: ASGIApp = Gate(app, parts, meters, origins)
    if not origins:
        return gate
    return CORSMiddleware(
        gate, allow_origins=list(origins), allow_methods=["GET", "POST", "DELETE"],
        allow_headers=["Authorization", "Content-Type", "Idempotency-Key", "Last-Event-ID"],
        expose_headers=["Location", "X-Request-Id", "Retry-After"],
    )  # fmt: skip


def _routers(parts: Parts) -> list[Any]:
    found = [tools.routes(parts), jobs.routes(parts), runs.routes(parts), files.routes(parts),
             knowledge.memory_routes(parts)]  # fmt: skip
    if parts.assistant is not None:
        found.append(sessions.routes(parts))
    if parts.campaigns is not None:
        found.append(campaigns.routes(parts, parts.campaigns))
    if parts.approvals is not None:
        found.append(knowledge.approval_routes(parts, parts.approvals))
    return found


async def _refused(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, HeuresisError)
    return of_error(error, request_id(request))


async def _wrong_fields(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, RequestValidationError)
    wrong = [_clause(one) for one in error.errors()[:MAX_ERRORS]]
    detail = "; ".join(wrong)
    return problem(422, "request not valid", detail, request_id(request), errors=wrong)


def _clause(item: Any) -> str:
    place = ".".join(str(part)[:80] for part in item["loc"])
    got = "nothing" if item["type"] == "missing" else repr(item.get("input"))[:100]
    return f"{place}: got {got}; {item['msg'][0].lower()}{item['msg'][1:]}"


async def _no_route(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, HTTPException)
    title = {404: "not found", 405: "method not allowed"}.get(error.status_code, "refused")
    headers, detail = error.headers, str(error.detail)
    return problem(error.status_code, title, detail, request_id(request), headers=headers)


async def _bug(request: Request, _: Exception) -> JSONResponse:
    """Answer what nobody expected; the gate, which is told of it next, writes the log."""
    return of_bug(request_id(request))
