"""What routes ask of a request: who calls, with which scope, and whether it is a repetition."""

from typing import Annotated, Any

from fastapi import Depends, Header, Request, Security
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from heuresis.memory import ownership
from heuresis.memory.api_keys import Scope
from heuresis.memory.ledger import Ledger, new_id
from heuresis.serving.remote.principal import Principal

bearer = HTTPBearer(
    auto_error=False,
    description="A key of `heuresis key create`. On this computer none is needed until the first "
    "key is made.",
)
Shown = Annotated[HTTPAuthorizationCredentials | None, Security(bearer)]
IdempotencyKey = Annotated[
    str | None,
    Header(
        alias="Idempotency-Key",
        min_length=1,
        max_length=200,
        description="The same key with the same request makes the same thing once.",
    ),
]


def caller_with(scope: Scope) -> Any:
    """Return the dependency that gives the caller, if it has a scope."""

    async def caller(request: Request, shown: Shown) -> Principal:
        who: Principal = request.state.principal
        who.needs(scope)
        return who

    return Depends(caller)


Reader = Annotated[Principal, caller_with("read")]
Runner = Annotated[Principal, caller_with("run")]
Searcher = Annotated[Principal, caller_with("campaign")]
Admin = Annotated[Principal, caller_with("admin")]


def request_id(request: Request) -> str:
    """Return the id that the gate gave a request."""
    found: str = request.state.request_id
    return found


def promised_id(ledger: Ledger, who: Principal, key: str | None, *body: str) -> str:
    """Return the id of what a request makes: a fresh one, or the same as the last time.

    Raises:
        RequestError: The idempotency key came with another request before.
    """
    if key is None:
        return new_id()
    return ownership.reserve(ledger, who.id, key, "\x1f".join(body).encode())
