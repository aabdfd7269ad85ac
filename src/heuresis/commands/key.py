"""`heuresis key`: who may call the HTTP API and the MCP server from elsewhere."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from heuresis.commands import output
from heuresis.commands.opened import home_option, json_option, lab_at

if TYPE_CHECKING:
    from heuresis.memory.api_keys import KeyView

SCOPES = ("read", "run", "campaign", "admin")


@click.group("key")
def key() -> None:
    """Make, list and revoke keys of the API.

    From the first key on, every caller needs one, also on this computer.
    """


@key.command("create")
@click.argument("name")
@click.option("--scope", "scopes", multiple=True, type=click.Choice(SCOPES),
              default=("read", "run"), show_default=True,
              help="May be repeated; admin includes the others and may approve.")  # fmt: skip
@click.option("--calls-per-minute", type=click.IntRange(1), default=600, show_default=True,
              help="Requests of any kind.")  # fmt: skip
@click.option("--runs-per-day", type=click.IntRange(1), default=None,
              help="Requests to tools; otherwise any number.")  # fmt: skip
@home_option
@json_option
def create(  # noqa: PLR0913, PLR0917  # one parameter per option of the command line
    name: str,
    scopes: Sequence[str],
    calls_per_minute: int,
    runs_per_day: int | None,
    home: Path | None,
    as_json: bool,
) -> None:
    """Make a key and print it, once: only its digest is kept."""
    from heuresis.memory import api_keys

    made, text = api_keys.create(
        lab_at(home).ledger, name, scopes,
        calls_per_minute=calls_per_minute, runs_per_day=runs_per_day,
    )  # fmt: skip
    if as_json:
        output.emit({**_told(made), "key": text})
    else:
        output.line(text)
        output.say("keep it: it cannot be shown again")


@key.command("list")
@home_option
@json_option
def list_keys(home: Path | None, as_json: bool) -> None:
    """List keys, the newest first, without their secrets."""
    from heuresis.memory import api_keys

    found = [_told(one) for one in api_keys.list_all(lab_at(home).ledger)]
    if as_json:
        output.emit(found)
        return
    columns = ("id", "name", "scopes", "calls_per_minute", "runs_per_day", "created_at",
               "revoked_at")  # fmt: skip
    output.table(columns, [[one[name] for name in columns] for one in found])


@key.command("revoke")
@click.argument("key_id", metavar="ID")
@home_option
@json_option
def revoke(key_id: str, home: Path | None, as_json: bool) -> None:
    """End a key for good; servers notice within a second."""
    from heuresis.memory import api_keys

    ended = api_keys.revoke(lab_at(home).ledger, key_id)
    if as_json:
        output.emit(_told(ended))
    else:
        output.line(f"revoked {ended.id} ({ended.name})")


def _told(one: "KeyView") -> dict[str, Any]:
    return {**vars(one), "scopes": " ".join(scope for scope in SCOPES if scope in one.scopes)}
