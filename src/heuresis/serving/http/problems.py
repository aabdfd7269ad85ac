"""Refusals as a program reads them: RFC 9457 documents, one per kind of error."""

from collections.abc import Mapping, Sequence
from typing import Any

from fastapi.responses import JSONResponse
from pydantic import Field

from heuresis.contract import Frozen, Outcome, Status
from heuresis.errors import (
    BudgetError,
    HeuresisError,
    OutOfDomainError,
    PolicyError,
    RequestError,
    ServiceError,
)
from heuresis.secrets import redacted
from heuresis.serving.remote.refusals import (
    BackendMissingError,
    KeylessError,
    OriginError,
    ScopeError,
    TooLargeError,
    TooManyError,
    UnknownError,
)

MEDIA_TYPE = "application/problem+json"
MAX_DETAIL_CHARS = 4_000
KINDS: tuple[tuple[type[HeuresisError], int, str], ...] = (  # the first that fits
    (KeylessError, 401, "key needed"),
    (ScopeError, 403, "scope missing"),
    (OriginError, 403, "origin refused"),
    (UnknownError, 404, "not found"),
    (TooLargeError, 413, "too large"),
    (TooManyError, 429, "too many requests"),
    (BudgetError, 429, "quota used up"),
    (PolicyError, 403, "blocked by policy"),
    (OutOfDomainError, 422, "out of domain"),
    (RequestError, 422, "request not valid"),
    (BackendMissingError, 409, "not available here"),
    (ServiceError, 503, "service failed"),
    (HeuresisError, 500, "failed"),
)


class Problem(Frozen):
    """Why a request was refused, by RFC 9457."""

    type: str = Field(description="'urn:heuresis:problem:' and the kind.")
    title: str = Field(description="The kind in words.")
    status: int = Field(description="The HTTP status again.")
    detail: str = Field(description="What was got and what is allowed.")
    instance: str = Field(description="'urn:heuresis:request:' and the request's id.")
    errors: list[str] = Field(default=[], description="One sentence for each wrong field.")
    run_id: str | None = Field(default=None, description="The run that records it, if there is.")
    run_status: str | None = Field(default=None, description="How that run ended.")


REFUSALS: dict[int | str, dict[str, Any]] = {
    "default": {
        "description": "A refusal or a failure, told as RFC 9457 says.",
        "content": {MEDIA_TYPE: {"schema": Problem.model_json_schema()}},
    }
}


def problem(  # noqa: PLR0913  # the fields of the document
    status: int,
    title: str,
    detail: str,
    request_id: str,
    *,
    headers: Mapping[str, str] | None = None,
    errors: Sequence[str] = (),
    outcome: Outcome | None = None,
) -> JSONResponse:
    """Return a refusal as a response."""
    document = Problem(
        type=f"urn:heuresis:problem:{title.replace(' ', '-')}",
        title=title,
        status=status,
        detail=redacted(detail)[:MAX_DETAIL_CHARS],
        instance=f"urn:heuresis:request:{request_id}",
        errors=list(errors),
        run_id=outcome.run_id if outcome else None,
        run_status=outcome.status.value if outcome else None,
    )
    content = document.model_dump(mode="json", exclude_none=True)
    return JSONResponse(content, status, dict(headers or {}), media_type=MEDIA_TYPE)


def of_error(error: HeuresisError, request_id: str) -> JSONResponse:
    """Return what an error says to a caller."""
    status, title = next((s, t) for kind, s, t in KINDS if isinstance(error, kind))
    headers = {}
    if isinstance(error, KeylessError):
        headers["WWW-Authenticate"] = 'Bearer realm="heuresis"'
    if isinstance(error, TooManyError):
        headers["Retry-After"] = str(int(error.retry_after_s) + 1)
    return problem(status, title, str(error), request_id, headers=headers)


def of_outcome(outcome: Outcome, request_id: str) -> JSONResponse | None:
    """Return the refusal that an outcome stands for; None where there is an answer."""
    if outcome.is_usable or outcome.status == Status.EMPTY:
        return None
    if outcome.status == Status.BLOCKED:
        status, title = 403, "blocked by policy"
    elif outcome.status == Status.OUT_OF_DOMAIN:
        status, title = 422, "out of domain"
    elif outcome.error_kind == "request":
        status, title = 422, "request not valid"
    else:
        status, title = 502, "model failed"
    return problem(status, title, outcome.reason, request_id, outcome=outcome)


def of_bug(request_id: str) -> JSONResponse:
    """Return what a caller is told where the program is wrong: nothing of its inside."""
    text = "this is a bug in heuresis; its log has the request's id"
    return problem(500, "internal error", text, request_id)
