"""`heuresis tool run NAME`: a command per tool, its options derived from the tool's request."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from heuresis.commands.opened import open_here, read_settings
from heuresis.errors import RequestError

if TYPE_CHECKING:
    from heuresis.tools.registry import AnyTool

OWN = ("backend", "set", "file", "out", "home", "json", "help", "example")

HELP = """Run a tool on one request or on many.

INPUT is inline JSON, '-' for standard input, or a file: .json and .jsonl hold requests, a
.csv or .tsv has the request's fields as columns, .cif, .poscar, .sdf, .mol and .smi hold the
subject itself. Every field of the request is an option too, for all requests alike; a value
'@FILE' stands for the content of that file. Where a picture is wanted, '@FILE' or '@FOLDER' is
read in as by `heuresis image add`.

\b
  heuresis tool run molecule.describe --smiles CCO
  heuresis tool run molecule.describe '{"smiles": "CCO"}' --json
  heuresis tool run molecule.admet molecules.csv
  heuresis tool run crystal.relax NaCl.cif --backend sevennet --out results
  heuresis tool run NAME --example                 a request that works
  heuresis tool run NAME --help                    the options of one tool

Many requests are answered in order; the gravest status that is not usable decides the exit code.
"""


class ToolRuns(click.Group):
    """Makes the command of a tool when it is called."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Name the tools, for shell completion."""
        from heuresis.tools import registry

        return list(registry.places())

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command:
        """Derive one tool's command from its request."""
        from heuresis.commands.catalogue import load

        return command_for(load(cmd_name))

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Leave the list of tools to `tool list`: making it here would import them all."""


@click.group("run", cls=ToolRuns, help=HELP, subcommand_metavar="NAME [INPUT] [OPTIONS]")
def tool_run() -> None:
    pass


def command_for(tool: "AnyTool") -> click.Command:
    """Build the command that runs one tool."""
    from heuresis.commands.fields import Fields

    fields = Fields(tool.request)

    def run(source: str | None, file: str | None, home: Path | None, **named: Any) -> int:
        from heuresis.commands.calls import Call

        given = fields.given(named, named["pairs"])
        settings = read_settings(home)
        lab = open_here(settings)
        call = Call(tool, named["backend"], lab, settings, named["out"], named["as_json"])
        chosen = _one_source(source, file)
        if not named["is_example"]:
            return call.answer(chosen, given)
        if chosen is not None:
            raise RequestError(f"--example: got INPUT {chosen!r} too, allowed: one of them")
        return call.answer_example(given)

    return click.Command(
        tool.name,
        callback=run,
        params=[*_own_options(tool), *fields.options(OWN)],
        help=f"{tool.card.summary}\n\nDomain: {tool.card.domain}",
        context_settings={"token_normalize_func": lambda name: name.replace("_", "-")},
    )


def _own_options(tool: "AnyTool") -> list[click.Parameter]:
    ways = ", ".join(backend.name for backend in tool.backends)
    folder = click.Path(path_type=Path, file_okay=False)
    return [
        click.Argument(["source"], required=False, metavar="[INPUT]"),
        click.Option(["--backend"], help=f"One of {ways}; otherwise that of the settings."),
        click.Option(["--set", "pairs"], multiple=True, metavar="FIELD=VALUE",
                     help="A field by name; may be repeated."),
        click.Option(["--file", "--json-file", "file"], metavar="FILE",
                     help="INPUT, as an option."),
        click.Option(["--example", "is_example"], is_flag=True,
                     help="Run the tool's own example; fields that are given replace its own."),
        click.Option(["--out"], type=folder, help="Write the files that runs made below it."),
        click.Option(["--home"], type=folder, help="Folder of all results."),
        click.Option(["--json", "as_json"], is_flag=True, help="One outcome per line, as JSON."),
    ]  # fmt: skip


def _one_source(source: str | None, file: str | None) -> str | None:
    if source is not None and file is not None:
        raise RequestError(f"INPUT: got {source!r} and --file {file!r}, allowed: one of them")
    return source if file is None else file
