"""What every request passes before any route: its id, its origin, its key, its rate, its size."""

import logging
import re
import time
from collections.abc import Awaitable, Callable, Sequence
from typing import Any
from urllib.parse import urlsplit

import anyio
from pydantic_core import from_json
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from heuresis.errors import HeuresisError, RequestError
from heuresis.memory.ledger import new_id
from heuresis.serving.http.meters import Meters
from heuresis.serving.http.problems import of_bug, of_error
from heuresis.serving.remote.parts import Parts
from heuresis.serving.remote.principal import LOCAL_ID, Principal
from heuresis.serving.remote.refusals import KeylessError, OriginError, TooLargeError
from heuresis.serving.tracing import SILENT

PUBLIC = frozenset(["/healthz", "/readyz", "/openapi.json"])
FILES = "/v1/files"  # its body is no JSON and is read as it comes
LOCAL_NAMES = frozenset(["localhost", "127.0.0.1", "::1"])
GIVEN_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")
HEADERS = {"X-Content-Type-Options": "nosniff", "Cache-Control": "no-store"}

log = logging.getLogger(__name__)


class Gate:
    """ASGI middleware; what it refuses never reaches a route.

    Args:
        app: What lies behind.
        parts: Doorkeeper and limits.
        meters: Told of every request.
        origins: Web pages that may call; others are refused, as browsers say where they come from.
    """

    def __init__(
        self, app: ASGIApp, parts: Parts, meters: Meters, origins: Sequence[str] = ()
    ) -> None:
        self._app = app
        self._parts = parts
        self._meters = meters
        self._origins = frozenset(origins)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let a request in, or answer it with a refusal."""
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
            return
        if scope["type"] != "http":
            await send({"type": "websocket.close", "code": 1008})
            return
        headers = Headers(scope=scope)
        given = headers.get("x-request-id", "")
        request_id = given if GIVEN_ID.fullmatch(given) else new_id()
        scope.setdefault("state", {})["request_id"] = request_id
        answer = _Answer(send, request_id)
        tracing = SILENT if scope["path"] in PUBLIC else self._parts.lab.tracing
        with tracing.request(headers) as tell:
            try:
                await self._answer(scope, headers, receive, answer)
            finally:
                self._meters.count(scope, answer.status, answer.seconds)
                tell(self._meters.told(scope, answer.status))

    async def _answer(
        self, scope: Scope, headers: Headers, receive: Receive, answer: "_Answer"
    ) -> None:
        request_id = scope["state"]["request_id"]
        try:
            receive = await self._let_in(scope, headers, receive)
            await self._app(scope, receive, answer)
        except HeuresisError as error:
            await answer.refuse(of_error(error, request_id), scope, receive)
        except Exception:  # edge of the process: no traceback may reach a caller
            log.exception("request %s", request_id)
            await answer.refuse(of_bug(request_id), scope, receive)

    async def _let_in(self, scope: Scope, headers: Headers, receive: Receive) -> Receive:
        if scope["path"] in PUBLIC:
            return receive
        self._refuse_pages(headers)
        caller = await self._admit(scope, headers)
        scope["state"]["principal"] = caller
        if scope["method"] in ("GET", "HEAD", "OPTIONS") or scope["path"] == FILES:
            return receive
        return await _read_json(headers, receive, self._parts)

    async def _admit(self, scope: Scope, headers: Headers) -> Principal:
        keeper, authorization = self._parts.doorkeeper, headers.get("authorization")
        caller = keeper.known(authorization)
        if caller is None:
            address = scope["client"][0] if scope.get("client") else ""
            caller = await anyio.to_thread.run_sync(keeper.admit, authorization, address)
        if caller.id == LOCAL_ID and _host(headers.get("host", "")) not in LOCAL_NAMES:
            raise KeylessError("Host: got another name for this computer, allowed: localhost")
        keeper.count(caller)
        return caller

    def _refuse_pages(self, headers: Headers) -> None:
        """Refuse pages of other sites: their forms and scripts can reach this computer too."""
        origin = headers.get("origin")
        if origin is None or origin in self._origins:
            return
        if urlsplit(origin).netloc != headers.get("host"):
            raise OriginError(f"Origin: got {origin[:100]!r}, allowed: none but this server's own")


class _Answer:
    """Sends a response with the headers that all have, and knows whether one has begun."""

    def __init__(self, send: Send, request_id: str) -> None:
        self._send = send
        self._request_id = request_id
        self._asked_s = time.perf_counter()
        self._begun_s = 0.0
        self.status = 0  # until it has begun

    @property
    def seconds(self) -> float:
        """From the request to the beginning of the answer, or to now where there is none."""
        return (self._begun_s if self.status else time.perf_counter()) - self._asked_s

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status, self._begun_s = message["status"], time.perf_counter()
            headers = MutableHeaders(scope=message)
            headers["X-Request-Id"] = self._request_id
            for name, value in HEADERS.items():
                headers.setdefault(name, value)
        await self._send(message)

    async def refuse(self, response: Any, scope: Scope, receive: Receive) -> None:
        if not self.status:
            await response(scope, receive, self)


async def _read_json(headers: Headers, receive: Receive, parts: Parts) -> Receive:
    """Read a whole body within its limits, and return what gives it again."""
    limit = parts.limits.json_bytes
    declared = headers.get("content-length", "")
    if declared.isdecimal() and int(declared) > limit:
        raise TooLargeError(f"body: got {declared[:20]} bytes, allowed: {limit}")
    body = await _body(receive, limit)
    if body and "json" in headers.get("content-type", ""):
        check_depth(body, parts.limits.json_depth)
    return _again(body, receive)


async def _body(receive: Receive, limit: int) -> bytes:
    chunks: list[bytes] = []
    n_bytes = 0
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise RequestError("body: got its beginning only")
        chunks.append(message.get("body", b""))
        n_bytes += len(chunks[-1])
        if n_bytes > limit:
            raise TooLargeError(f"body: got more than {limit} bytes, allowed: up to that")
        if not message.get("more_body", False):
            return b"".join(chunks)


def _again(body: bytes, receive: Receive) -> Callable[[], Awaitable[Message]]:
    is_given = False

    async def give() -> Message:
        nonlocal is_given
        if is_given:
            return await receive()
        is_given = True
        return {"type": "http.request", "body": body, "more_body": False}

    return give


def check_depth(body: bytes, limit: int) -> None:
    """Refuse JSON that is none, or nested deeper than any request is.

    Raises:
        RequestError: It is no JSON.
        TooLargeError: It is nested too deeply.
    """
    if max(body.count(b"["), body.count(b"{")) * 2 <= limit:
        return  # cannot be deeper than it has brackets
    try:
        value = from_json(body, allow_inf_nan=False)
    except ValueError as error:
        if "recursion" in str(error):
            raise TooLargeError(f"body: got JSON nested deeper than {limit} levels") from None
        raise RequestError(f"body: got no valid JSON: {error}") from None
    level = [value]
    for _ in range(limit):
        level = [part for one in level for part in _parts(one)]
        if not level:
            return
    raise TooLargeError(f"body: got JSON nested deeper than {limit} levels, allowed: {limit}")


def _parts(value: Any) -> Sequence[Any]:
    found = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return [one for one in found if isinstance(one, dict | list)]


def _host(header: str) -> str:
    return (urlsplit(f"//{header}").hostname or "").lower()
