"""The ways in: standard input and output for a program's own server, HTTP behind the API's gate."""

from typing import Any

import anyio
from mcp.server.auth.middleware.bearer_auth import AuthenticatedUser
from mcp.server.auth.provider import AccessToken
from mcp.server.stdio import stdio_server
from mcp.server.transport_security import TransportSecuritySettings
from starlette.routing import BaseRoute, Route
from starlette.types import ASGIApp, Receive, Scope, Send

from heuresis.serving.mcp.server import Asked, make_server
from heuresis.serving.remote.parts import Parts
from heuresis.serving.remote.principal import Principal, of_this_computer
from heuresis.serving.remote.refusals import KeylessError

PATH = "/mcp"


def serve_stdio(parts: Parts, *, compact: bool) -> None:
    """Speak on standard input and output until the input ends; the caller is this computer."""
    who = of_this_computer()
    server = make_server(parts, lambda asked: who, compact=compact)

    async def run() -> None:
        async with stdio_server() as (incoming, outgoing):
            await server.run(incoming, outgoing, server.create_initialization_options())

    parts.crew.start()
    try:
        anyio.run(run)
    finally:
        parts.crew.stop()


def mounted(parts: Parts, *, compact: bool) -> tuple[BaseRoute, Any]:
    """Return the route of MCP over HTTP, and what must run as long as the server does.

    Who calls was found out by the gate before; a stateful conversation belongs to its key.
    """
    server = make_server(parts, _caller, compact=compact)
    app = server.streamable_http_app(
        streamable_http_path=PATH,
        max_request_body_size=parts.limits.json_bytes,
        transport_security=TransportSecuritySettings(
            enable_dns_rebinding_protection=False  # the gate looks at Host and Origin
        ),
    )
    inner = app.routes[0]
    assert isinstance(inner, Route)
    return Route(PATH, endpoint=_Named(inner.app)), server.session_manager.run


class _Named:
    """Names the caller in the way that MCP's own transport binds conversations to it."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        who: Principal = scope["state"]["principal"]
        token = AccessToken(token="", client_id=who.id, scopes=sorted(who.key.scopes))
        scope["user"] = AuthenticatedUser(token)
        await self._app(scope, receive, send)


def _caller(asked: Asked) -> Principal:
    if asked.request is None:
        raise KeylessError("caller: got none")
    found: Principal = asked.request.state.principal
    return found
