"""`heuresis api`: the HTTP API on this computer, or beyond it with keys."""

import sys
from collections.abc import Sequence
from ipaddress import ip_address
from pathlib import Path
from typing import TYPE_CHECKING

import click

from heuresis import secrets
from heuresis.commands import output
from heuresis.commands.opened import home_option, json_option, open_here, read_settings
from heuresis.errors import RequestError, ServiceError

if TYPE_CHECKING:
    from heuresis.memory.ledger import Ledger

GRACE_S = 10
MAX_CONNECTIONS = 1_000


@click.group("api")
def api() -> None:
    """Serve tools, jobs, campaigns and the assistant over HTTP, and MCP at /mcp."""


@api.command("serve")
@click.option("--host", default="127.0.0.1", show_default=True,
              help="Address to listen at; another computer's calls need a key.")  # fmt: skip
@click.option("--port", type=click.IntRange(0, 65535), default=8642, show_default=True,
              help="0: any that is free.")  # fmt: skip
@click.option("--allow-origin", "origins", multiple=True, metavar="ORIGIN",
              help="A web page that may call, as https://lab.example; else none.")  # fmt: skip
@click.option("--jobs", "n_threads", type=click.IntRange(1, 64), default=2, show_default=True,
              help="Jobs done at the same time.")  # fmt: skip
@click.option("--mcp-compact", is_flag=True, help="Offer four entries at /mcp instead of all.")
@home_option
@json_option
def serve(  # noqa: PLR0913, PLR0917  # one parameter per option of the command line
    host: str,
    port: int,
    origins: Sequence[str],
    n_threads: int,
    mcp_compact: bool,
    home: Path | None,
    as_json: bool,
) -> None:
    """Serve until interrupted. Jobs that were begun go on when it is started again."""
    settings = read_settings(home)
    secrets.guard_logs()
    lab = open_here(settings)
    is_local = is_loopback(host)
    if not is_local:
        refuse_keyless(lab.ledger, host)
    try:
        import uvicorn

        from heuresis.commands.offered import make_parts
        from heuresis.serving.http.app import make_app
        from heuresis.serving.mcp.transport import mounted
    except ModuleNotFoundError as error:
        raise ServiceError(f"api: {error}; install heuresis[api]") from error

    parts = make_parts(lab, settings, keyless=is_local, n_threads=n_threads)
    app = make_app(parts, origins=origins, also=[mounted(parts, compact=mcp_compact)])
    config = uvicorn.Config(
        app, host=host, port=port, log_level="warning", access_log=False, server_header=False,
        proxy_headers=False,  # anybody could write one, and be counted as somebody else
        limit_concurrency=MAX_CONNECTIONS, timeout_graceful_shutdown=GRACE_S,
    )  # fmt: skip
    listening = config.bind_socket()
    listening.listen(config.backlog)  # who reads the address may call at once
    url = f"http://{_shown(host)}:{listening.getsockname()[1]}"
    if as_json:
        output.emit({"url": url, "openapi": f"{url}/openapi.json", "mcp": f"{url}/mcp"})
    else:
        output.line(f"{url}  ({url}/openapi.json, MCP at {url}/mcp)")
    sys.stdout.flush()
    uvicorn.Server(config).run(sockets=[listening])


def is_loopback(host: str) -> bool:
    """Whether only this computer can reach an address."""
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False


def refuse_keyless(ledger: "Ledger", host: str) -> None:
    """Refuse to be reached from elsewhere as long as there is no key.

    Raises:
        RequestError: There is none.
    """
    from heuresis.memory import api_keys

    if not api_keys.are_any(ledger, good=True):
        raise RequestError(
            f"--host: got {host!r} and no key, allowed: 127.0.0.1, or any address after "
            "`heuresis key create NAME`"
        )


def _shown(host: str) -> str:
    return f"[{host}]" if ":" in host else host
