"""`heuresis mcp`: the tools and the assistant for other agents, over the Model Context Protocol."""

from pathlib import Path

import click

from heuresis.commands.opened import home_option, json_option, open_here, read_settings
from heuresis.errors import ServiceError


@click.group("mcp")
def mcp() -> None:
    """Offer tools and the assistant to agents. Over HTTP, `api serve` does the same at /mcp."""


@mcp.command("serve")
@click.option("--compact", is_flag=True,
              help="Offer four entries that lead to the tools, not all tools.")  # fmt: skip
@home_option
@json_option
def serve(compact: bool, home: Path | None, as_json: bool) -> None:
    """Speak MCP on standard input and output, until the input ends."""
    settings = read_settings(home)
    lab = open_here(settings)
    try:
        from heuresis.commands.offered import make_parts
        from heuresis.serving.mcp.transport import serve_stdio
    except ModuleNotFoundError as error:
        raise ServiceError(f"mcp: {error}; install heuresis[api]") from error

    serve_stdio(make_parts(lab, settings, keyless=True), compact=compact)
