"""The route by which files enter: read as they come, never larger than allowed, then read in."""

import tempfile
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Annotated, Any

import anyio
from fastapi import APIRouter, Query, Request, Response
from pydantic import Field, create_model

from heuresis.contract import Frozen, Outcome
from heuresis.memory import api_keys, ownership
from heuresis.memory.originals import known_suffix
from heuresis.serving import catalogue, ingest
from heuresis.serving.http.depends import Runner, request_id
from heuresis.serving.http.problems import of_outcome
from heuresis.serving.remote.parts import Parts
from heuresis.serving.remote.principal import Principal
from heuresis.serving.remote.refusals import TooLargeError

N_UPLOADS = 4  # at the same time


class Entered(Frozen):
    """A file that was read in."""

    file: str = Field(description="Digest of the file as it came; attach it to messages.")
    outcome: Outcome = Field(description="What `image.read` made of it.")


def routes(parts: Parts) -> APIRouter:
    """Return the route of uploads."""
    router = APIRouter(prefix="/v1/files", tags=["files"])
    limiter = anyio.CapacityLimiter(N_UPLOADS)
    answer: Any = (catalogue.load(ingest.READ).response | None, Field(description="The answer."))
    outcome: Any = create_model("ReadOutcome", __base__=Outcome, response=answer)
    entered: Any = create_model(
        "EnteredFile", __base__=Entered, outcome=(outcome, Entered.model_fields["outcome"])
    )

    @router.post(
        "", status_code=201, response_model=entered, operation_id="upload_file",
        openapi_extra={"requestBody": {"required": True, "content": {
            "application/octet-stream": {"schema": {"type": "string", "format": "binary"}}}}},
    )  # fmt: skip
    async def upload_file(
        request: Request,
        who: Runner,
        name: Annotated[
            str, Query(max_length=200, description="File name; only its suffix is looked at.")
        ] = "",
    ) -> Response:
        """Upload a picture, a volume, a clip or a zip of frames, and read it in.

        Names, dates and ids in its metadata are removed before any tool sees it.
        """
        async with limiter:
            with tempfile.TemporaryDirectory(prefix="heuresis-") as folder:
                place = Path(folder) / f"upload{known_suffix(name)}"
                await _write(request.stream(), place, parts.limits.file_bytes)
                read = await anyio.to_thread.run_sync(_enter, parts, who, place)
        refusal = of_outcome(read.outcome, request_id(request))
        text = read.model_dump_json()
        return refusal or Response(text, 201, media_type="application/json")

    return router


async def _write(stream: AsyncIterator[bytes], place: Path, limit: int) -> None:
    n_bytes = 0
    async with await anyio.open_file(place, "wb") as file:
        async for chunk in stream:
            n_bytes += len(chunk)
            if n_bytes > limit:
                raise TooLargeError(f"file: got more than {limit} bytes, allowed: up to that")
            await file.write(chunk)


def _enter(parts: Parts, who: Principal, place: Path) -> Entered:
    api_keys.use(parts.ledger, who.key, 1)
    read = ingest.enter(parts.lab, place, who.context("http"))
    ownership.own(parts.ledger, who.id, "file", str(read.original))
    return Entered(file=str(read.original), outcome=read.outcome)
