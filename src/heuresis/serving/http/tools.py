"""Routes of tools: the catalogue, and for every tool one call, many calls, and a job."""

import json
from functools import partial
from typing import Annotated, Any

import anyio
from fastapi import APIRouter, Path, Query, Request, Response
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field, create_model

from heuresis.contract import Cost, Frozen, Outcome
from heuresis.serving import catalogue
from heuresis.serving.catalogue import Entry
from heuresis.serving.http.depends import IdempotencyKey, Reader, Runner, promised_id, request_id
from heuresis.serving.http.jobs import JobView, accepted
from heuresis.serving.http.problems import of_outcome
from heuresis.serving.remote.asking import check_call, queue
from heuresis.serving.remote.parts import Parts
from heuresis.serving.remote.principal import Principal
from heuresis.serving.remote.refusals import TooManyError, UnknownError
from heuresis.tools import registry
from heuresis.tools.registry import AnyTool

N_CALLS = 24  # of tools, at the same time; other requests have threads of their own
MAX_WAITING = 256  # calls that wait for one of these
BackendName = Annotated[
    str | None, Query(max_length=80, description="One of the tool's backends; otherwise its first.")
]


class BackendView(Frozen):
    """One way to answer a tool's requests."""

    name: str = Field(description="How requests and outcomes call it.")
    kind: str = Field(description="embedded, weights or endpoint.")
    default: bool = Field(description="Whether it is asked where none is named.")
    missing: str | None = Field(description="What stops it and would make it run, or null.")


class ToolView(Frozen):
    """A line of the catalogue."""

    name: str = Field(description="How everything refers to it.")
    summary: str = Field(description="What it does; or why it cannot be loaded.")
    version: str | None = Field(description="Raised when answers change.")
    cost: Cost | None = Field(description="Order of magnitude of one request.")
    available: bool = Field(description="Whether a backend can run here.")
    backends: list[BackendView] = Field(description="Ways to answer.")


class ToolCard(ToolView):
    """All there is to know of a tool."""

    card: dict[str, Any] = Field(description="Domain, accuracy, failures, citations, licences.")
    request: dict[str, Any] = Field(description="JSON schema of a request.")
    response: dict[str, Any] = Field(description="JSON schema of an answer.")
    example: dict[str, Any] = Field(description="A request that works.")


class Catalogue(Frozen):
    """The tools there are."""

    tools: list[ToolView] = Field(description="In the order of the registry.")


def tool_view(entry: Entry) -> dict[str, Any]:
    """Return a line of the catalogue."""
    if entry.tool is None:
        return {"name": entry.name, "summary": entry.fault, "version": None, "cost": None,
                "available": False, "backends": []}  # fmt: skip
    card, backends = entry.tool.card, catalogue.ways(entry.tool)
    return {
        "name": entry.name,
        "summary": card.summary,
        "version": card.version,
        "cost": card.cost,
        "available": any(one["missing"] is None for one in backends),
        "backends": backends,
    }


def tool_card(tool: AnyTool) -> dict[str, Any]:
    """Return all there is to know of a tool."""
    return {
        **tool_view(Entry(tool.name, tool)),
        "card": tool.card.model_dump(mode="json"),
        "request": tool.request.model_json_schema(),
        "response": tool.response.model_json_schema(),
        "example": tool.example.model_dump(mode="json"),
    }


def routes(parts: Parts) -> APIRouter:
    """Return the catalogue's routes and three for every tool that can be loaded."""
    router = APIRouter(prefix="/v1/tools", tags=["tools"])

    @router.get("", response_model=Catalogue, operation_id="list_tools")
    def list_tools(who: Reader) -> dict[str, Any]:
        """List all tools, whether they can run here, and what would make them."""
        return {"tools": [tool_view(entry) for entry in catalogue.entries()]}

    @router.get("/{name}", response_model=ToolCard, operation_id="show_tool")
    def show_tool(
        who: Reader, name: Annotated[str, Path(max_length=80, description="Of a tool.")]
    ) -> dict[str, Any]:
        """Show a tool's card, schemas, backends and an example."""
        return tool_card(_known(name))

    limiter = anyio.CapacityLimiter(N_CALLS)
    for entry in catalogue.entries():
        if entry.tool is not None:
            _add(router, parts, entry.tool, limiter)
    return router


def _known(name: str) -> AnyTool:
    if name not in registry.places():
        raise UnknownError(f"tool {name!r}: got an unknown name, see GET /v1/tools")
    return catalogue.load(name)


def _add(router: APIRouter, parts: Parts, tool: AnyTool, limiter: anyio.CapacityLimiter) -> None:
    title = "".join(word.title() for word in tool.name.replace(".", "_").split("_"))
    kind: Any = tool.request
    answer: Any = (tool.response | None, Field(default=None, description="The answer."))
    outcome: Any = create_model(f"{title}Outcome", __base__=Outcome, response=answer)
    several = create_model(f"{title}Outcomes", __base__=Frozen, outcomes=(
        list[outcome], Field(description="One for each request, in order.")))  # fmt: skip
    batch: Any = _many(f"{title}Batch", kind, parts.limits.batch)
    work: Any = _many(f"{title}Work", kind, parts.limits.job)
    path, name = f"/{tool.name}", tool.name.replace(".", "_")

    async def call(
        request: Request, body: kind, who: Runner, backend: BackendName = None,
        idempotency_key: IdempotencyKey = None,
    ) -> Response:  # fmt: skip
        cause = ""
        if idempotency_key is not None:
            text = body.model_dump_json()
            cause = await anyio.to_thread.run_sync(
                promised_id, parts.ledger, who, idempotency_key, tool.name, backend or "", text
            )
        given = partial(answer_one, parts, tool, body, who, backend, cause)
        outcome = await _in_turn(given, limiter)
        refusal = of_outcome(outcome, request_id(request))
        return refusal or Response(outcome.model_dump_json(), media_type="application/json")

    async def call_many(body: batch, who: Runner, backend: BackendName = None) -> Response:
        given = partial(answer_many, parts, tool, body.requests, who, backend)
        outcomes = await _in_turn(given, limiter)
        text = ",".join(one.model_dump_json() for one in outcomes)
        return Response(f'{{"outcomes":[{text}]}}', media_type="application/json")

    def begin_job(
        body: work, who: Runner, backend: BackendName = None,
        idempotency_key: IdempotencyKey = None,
    ) -> JSONResponse:  # fmt: skip
        return _begin(parts, tool, body.requests, who, backend, idempotency_key)

    summary = tool.card.summary
    router.post(path, operation_id=f"call_{name}", summary=summary,
                description=f"{summary} Domain: {tool.card.domain}",
                responses={200: {"model": outcome}})(call)  # fmt: skip
    router.post(f"{path}/batch", operation_id=f"call_many_{name}", summary=f"{summary} Many.",
                responses={200: {"model": several}})(call_many)  # fmt: skip
    router.post(f"{path}/jobs", operation_id=f"begin_{name}", summary=f"{summary} As a job.",
                status_code=202, response_model=JobView)(begin_job)  # fmt: skip


def _many(name: str, kind: Any, limit: int) -> type[BaseModel]:
    described = Field(min_length=1, max_length=limit, description=f"1 to {limit} requests.")
    made: type[BaseModel] = create_model(name, __base__=Frozen, requests=(list[kind], described))
    return made


async def _in_turn(action: Any, limiter: anyio.CapacityLimiter) -> Any:
    """Run in a thread of those for tools; refuse where too many wait for one."""
    if limiter.statistics().tasks_waiting >= MAX_WAITING:
        raise TooManyError(f"calls: allowed: {MAX_WAITING} that wait", 1.0)
    return await anyio.to_thread.run_sync(action, limiter=limiter)


def answer_one(  # noqa: PLR0913, PLR0917  # what a call is
    parts: Parts, tool: AnyTool, request: Any, who: Principal, backend: str | None, cause: str = ""
) -> Outcome:
    """Run one request for a caller."""
    return _answer(parts, tool, [request], who, backend, cause)[0]


def answer_many(
    parts: Parts, tool: AnyTool, requests: list[Any], who: Principal, backend: str | None
) -> list[Outcome]:
    """Run requests for a caller."""
    return _answer(parts, tool, requests, who, backend, "")


def _answer(  # noqa: PLR0913, PLR0917  # as above
    parts: Parts, tool: AnyTool, requests: list[Any], who: Principal, backend: str | None,
    cause: str,
) -> list[Outcome]:  # fmt: skip
    check_call(parts, tool, requests, who, backend)
    return parts.lab.run_many(tool.name, requests, who.context("http", cause), backend)


def _begin(  # noqa: PLR0913, PLR0917  # what a job is
    parts: Parts, tool: AnyTool, requests: list[Any], who: Principal, backend: str | None,
    key: str | None,
) -> JSONResponse:  # fmt: skip
    body = {
        "tool": tool.name,
        "backend": backend,
        "requests": [one.model_dump(mode="json") for one in requests],
    }
    text = json.dumps(body)
    job_id = promised_id(parts.ledger, who, key, "job", text)
    job = queue(parts, who, job_id, "tool", text, len(requests), "http",
                lambda: check_call(parts, tool, requests, who, backend))  # fmt: skip
    return accepted(job)
