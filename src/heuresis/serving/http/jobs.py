"""Routes of jobs: what is queued, how far it is, its events as they come, its results, its end."""

import json
import time
from collections.abc import AsyncIterator
from typing import Annotated, Any

import anyio
from fastapi import APIRouter, Header, Path, Query, Request
from fastapi.responses import JSONResponse, StreamingResponse
from fastapi.sse import format_sse_event
from pydantic import Field
from sqlalchemy import Row

from heuresis.contract import Frozen, Outcome
from heuresis.memory import jobs, runs
from heuresis.memory.jobs import ENDED, JobStatus
from heuresis.serving import catalogue, recording
from heuresis.serving.http.depends import Reader, Runner
from heuresis.serving.remote.parts import Parts
from heuresis.serving.remote.refusals import UnknownError
from heuresis.serving.remote.sight import Sight

LOOK_S = 0.2  # between two looks for events
PING_S = 15.0  # so that nothing between us and the caller closes a silent connection
JobId = Annotated[str, Path(max_length=26, description="ULID of a job.")]


class JobView(Frozen):
    """How a job stands."""

    id: str = Field(description="ULID; for a message also its id, for a campaign too.")
    kind: str = Field(description="tool, turn or campaign.")
    status: JobStatus = Field(description="waiting: for a person's word.")
    reason: str = Field(description="Why it failed or was cancelled.")
    n_total: int = Field(description="Requests it has; 0 where that is not known.")
    n_done: int = Field(description="Requests answered and recorded.")
    created_at: str = Field(description="UTC.")
    started_at: str | None = Field(description="UTC.")
    ended_at: str | None = Field(description="UTC.")
    kept_until: float | None = Field(description="Unix seconds; runs are kept for good.")


class JobList(Frozen):
    """Jobs, the newest first."""

    jobs: list[JobView] = Field(description="Those of this key.")


class Results(Frozen):
    """Answers of a job so far."""

    job: JobView = Field(description="How it stands.")
    first: int = Field(description="Place of the first of these.")
    outcomes: list[dict[str, Any]] = Field(description="One for each request, in order.")


def job_view(row: Row[Any]) -> dict[str, Any]:
    """Return how a job stands."""
    return {name: getattr(row, name) for name in JobView.model_fields}


def accepted(row: Row[Any]) -> JSONResponse:
    """Say that a job was queued and where it is."""
    place = f"/v1/jobs/{row.id}"
    return JSONResponse(job_view(row), 202, {"Location": place})


def routes(parts: Parts) -> APIRouter:
    """Return the routes of jobs."""
    router = APIRouter(prefix="/v1/jobs", tags=["jobs"])

    @router.get("", response_model=JobList, operation_id="list_jobs")
    def list_jobs(
        who: Reader,
        limit: Annotated[int, Query(ge=1, le=200, description="At most.")] = 50,
        before: Annotated[str, Query(max_length=26, description="Those older than this id.")] = "",
    ) -> dict[str, Any]:
        """List jobs of this key; `admin` sees all."""
        found = jobs.list_of(parts.ledger, None if who.sees_all else who.id, limit, before)
        return {"jobs": [job_view(row) for row in found]}

    @router.get("/{job_id}", response_model=JobView, operation_id="show_job")
    def show_job(who: Reader, job_id: JobId) -> dict[str, Any]:
        """Say how a job stands."""
        return job_view(Sight(parts.ledger, who).job(job_id))

    @router.delete("/{job_id}", status_code=202, response_model=JobView, operation_id="cancel_job")
    def cancel_job(who: Runner, job_id: JobId) -> dict[str, Any]:
        """Ask a job to stop: what is running now is finished, the rest is not begun."""
        sight = Sight(parts.ledger, who)
        sight.job(job_id)
        jobs.cancel(parts.ledger, job_id, parts.crew.kept_s)
        return job_view(sight.job(job_id))

    @router.get("/{job_id}/results", response_model=Results, operation_id="read_results")
    def read_results(
        who: Reader,
        job_id: JobId,
        first: Annotated[int, Query(ge=0, le=10**9, description="Place of the first.")] = 0,
        limit: Annotated[int, Query(ge=1, le=1000, description="At most.")] = 100,
    ) -> dict[str, Any]:
        """Read the outcomes that a job of a tool has so far."""
        job = Sight(parts.ledger, who).job(job_id)
        if job.kind != "tool":
            raise UnknownError(f"job {job_id!r}: got one of a {job.kind}, allowed: one of a tool")
        return {
            "job": job_view(job),
            "first": first,
            "outcomes": [one.model_dump(mode="json") for one in outcomes(parts, job, first, limit)],
        }

    @router.get(
        "/{job_id}/events", operation_id="watch_job", response_class=StreamingResponse,
        responses={200: {"content": {"text/event-stream": {"schema": {"type": "string"}}},
                         "description": "Server-sent events; each has its number as id."}},
    )  # fmt: skip
    async def watch_job(
        request: Request,
        who: Reader,
        job_id: JobId,
        last_event_id: Annotated[
            int, Header(ge=0, le=10**9, description="Go on after this event.")
        ] = 0,
    ) -> StreamingResponse:
        """Watch a job: what happened so far, and then what happens, until it ends or waits."""
        await anyio.to_thread.run_sync(Sight(parts.ledger, who).job, job_id)
        stream = _watch(parts, request, job_id, last_event_id)
        return StreamingResponse(stream, media_type="text/event-stream")

    return router


async def _watch(parts: Parts, request: Request, job_id: str, after: int) -> AsyncIterator[bytes]:
    told_s = time.monotonic()
    while not await request.is_disconnected():
        row = await anyio.to_thread.run_sync(jobs.find, parts.ledger, job_id)
        for event in await anyio.to_thread.run_sync(jobs.events, parts.ledger, job_id, after):
            after, told_s = event["number"], time.monotonic()
            yield format_sse_event(
                event=event["name"], id=str(after), data_str=json.dumps(event, ensure_ascii=False)
            )
        if row is None or row.status in ENDED or row.status == "waiting":
            return
        if time.monotonic() - told_s > PING_S:
            told_s = time.monotonic()
            yield format_sse_event(comment="still here")
        await anyio.sleep(LOOK_S)


def outcomes(parts: Parts, job: Row[Any], first: int, limit: int) -> list[Outcome]:
    """Return the outcomes of a job in the order of its requests, as far as there are."""
    told: list[list[Any]] = []
    after = 0
    while page := jobs.events(parts.ledger, job.id, after):
        after = page[-1]["number"]
        told += [one for event in page if event["name"] == "progressed" for one in event["runs"]]
    wanted = told[first : first + limit]
    return [_outcome(parts, run_id, cached=cached) for run_id, _, cached in wanted]


def _outcome(parts: Parts, run_id: str, *, cached: bool) -> Outcome:
    row = runs.get(parts.ledger, run_id)
    if row is None:
        raise UnknownError(f"run {run_id!r}: got an unknown id")
    found = recording.outcome_of(catalogue.load(row.tool), row)
    return found.model_copy(update={"cached": cached})
