"""Routes of runs and their files: where a result came from, and bytes by digest."""

import re
from typing import Annotated, Any

from fastapi import APIRouter, Header, Path, Response
from fastapi.responses import JSONResponse, StreamingResponse
from pydantic import Field
from sqlalchemy import Row

from heuresis.contract import DIGEST_PATTERN, Frozen
from heuresis.memory.vault_store import CHUNK_BYTES, Kept
from heuresis.serving.http.depends import Reader
from heuresis.serving.remote.parts import Parts
from heuresis.serving.remote.provenance import file_row, run_view
from heuresis.serving.remote.refusals import UnknownError
from heuresis.serving.remote.sight import Sight

SAFE_TYPES = frozenset(
    ["image/png", "image/jpeg", "application/json", "application/zip", "text/csv", "text/plain",
     "chemical/x-cif", "chemical/x-xyz", "chemical/x-mdl-sdfile", "application/x-npz"]
)  # fmt: skip  # nothing that a browser runs
ANY_TYPE = "application/octet-stream"
ONE_RANGE = re.compile(r"bytes=(\d{0,19})-(\d{0,19})")


class RunFile(Frozen):
    """A file that a run made."""

    path: str = Field(description="Where the answer names it.")
    name: str = Field(description="File name with suffix.")
    media_type: str = Field(description="Such as 'image/png'.")
    digest: str = Field(pattern=DIGEST_PATTERN, description="GET /v1/artifacts/{digest} has it.")
    n_bytes: int = Field(ge=0, description="Size.")


class RunNumber(Frozen):
    """A number of a run, as the ledger keeps it."""

    path: str = Field(description="Where the answer states it.")
    value: float = Field(description="In `unit`.")
    unit: str = Field(description="'1' when dimensionless.")
    std: float | None = Field(description="Standard deviation, in `unit`.")
    low: float | None = Field(description="Lower end of the interval, in `unit`.")
    high: float | None = Field(description="Upper end of the interval, in `unit`.")
    level: float | None = Field(description="Probability that the value lies inside.")
    no_uncertainty: str | None = Field(description="Why no uncertainty is stated.")


class RunView(Frozen):
    """A run with its provenance."""

    run: dict[str, Any] = Field(description="Request, answer, version, backend, weights, times.")
    numbers: list[RunNumber] = Field(description="All of its quantities.")
    files: list[RunFile] = Field(description="Files it made.")
    asked_by: list[str] = Field(description="Origins of calls that were given it; your own only.")
    used_by: list[str] = Field(description="What rests on it; shown to `admin` only.")
    leaned_on: list["RunView"] = Field(description="Runs whose answers it used.")


def routes(parts: Parts) -> APIRouter:
    """Return the routes of runs and files."""
    router = APIRouter(prefix="/v1", tags=["runs"])

    @router.get("/runs/{run_id}", response_model=RunView, operation_id="show_run")
    def show_run(
        who: Reader, run_id: Annotated[str, Path(max_length=26, description="ULID of a run.")]
    ) -> JSONResponse:
        """Show a run with its provenance: inputs, version, weights, numbers, what it leaned on."""
        return JSONResponse(run_view(parts.ledger, who, run_id))

    @router.get("/artifacts/{digest}", operation_id="read_artifact", response_class=Response,
                responses=_BYTES)  # fmt: skip
    def read_artifact(
        who: Reader,
        digest: Annotated[str, Path(pattern=DIGEST_PATTERN, description="Of a file.")],
        range_: Annotated[str, Header(alias="Range", max_length=80, description="One range.")] = "",
        if_none_match: Annotated[str, Header(max_length=400, description="A digest.")] = "",
    ) -> Response:
        """Read a file that a run made."""
        Sight(parts.ledger, who).file(digest)
        row = file_row(parts.ledger, digest)
        if row is None:
            raise UnknownError(f"file {digest!r}: got an unknown digest")
        headers = _headers(row, digest)
        if headers["ETag"] in if_none_match:
            return Response(status_code=304, headers=headers)
        return _part(parts.lab.vault.open(digest), range_, headers)

    return router


_ANY = {ANY_TYPE: {"schema": {"type": "string"}}}
_BYTES: dict[int | str, dict[str, Any]] = {
    200: {"description": "The bytes.", "content": _ANY},
    206: {"description": "The range that was asked for.", "content": _ANY},
    304: {"description": "The caller has it."},
    416: {"description": "No such range."},
}


def _headers(row: Row[Any], digest: str) -> dict[str, str]:
    name = re.sub(r"[^A-Za-z0-9._-]", "_", row.name)
    media_type = row.media_type if row.media_type in SAFE_TYPES else ANY_TYPE
    return {
        "Content-Type": media_type,
        "Content-Disposition": f'attachment; filename="{name}"',
        "Content-Security-Policy": "default-src 'none'; sandbox",
        "Cache-Control": "private, max-age=31536000, immutable",
        "Accept-Ranges": "bytes",
        "ETag": f'"{digest}"',
    }


def _part(kept: Kept, asked: str, headers: dict[str, str]) -> Response:
    """Return all bytes, or the one range that was asked for; other forms are passed over."""
    n_bytes, found = kept.n_bytes, ONE_RANGE.fullmatch(asked.strip())
    if found is None or found.groups() == ("", ""):
        return _stream(kept, 0, n_bytes, 200, headers)
    first, last = found.groups()
    if first == "":
        begin, end = max(0, n_bytes - int(last)), n_bytes
    else:
        begin, end = int(first), min(int(last) + 1, n_bytes) if last else n_bytes
    if begin >= end:
        return Response(status_code=416, headers={"Content-Range": f"bytes */{n_bytes}"})
    told = {**headers, "Content-Range": f"bytes {begin}-{end - 1}/{n_bytes}"}
    return _stream(kept, begin, end, 206, told)


def _stream(kept: Kept, begin: int, end: int, status: int, headers: dict[str, str]) -> Response:
    """Return bytes as they are read: a server holds pieces of large files, never all of one."""
    told = {**headers, "Content-Length": str(end - begin)}
    if end - begin <= CHUNK_BYTES:
        return Response(b"".join(kept.part(begin, end)), status, told)
    return StreamingResponse(kept.part(begin, end), status, told)
