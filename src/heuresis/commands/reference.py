"""Write the page on the command line from its own help: `python -m heuresis.commands.reference`."""

import sys
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

import click

from heuresis.commands.tool_run import ToolRuns

WIDTH = 96
PAGE = Path("docs/cli.md")
BEGIN = """# Command line

This page is generated from the help of the commands: `python -m heuresis.commands.reference`.
"""


def page() -> str:
    """Return the page."""
    whole = import_module("heuresis.cli").cli  # the room above, which no file here may import
    return BEGIN + "".join(_sections(whole, "heuresis", None))


def _sections(command: click.Command, name: str, parent: click.Context | None) -> Iterator[str]:
    context = click.Context(command, parent, info_name=name, terminal_width=WIDTH)
    path = context.command_path
    yield f"\n## {path}\n\n```text\n{command.get_help(context)}\n```\n"
    if isinstance(command, click.Group) and not isinstance(command, ToolRuns):
        for each in command.list_commands(context):
            below = command.get_command(context, each)
            assert below is not None
            yield from _sections(below, each, context)


def main() -> None:
    """Write the page to docs/cli.md, or to the file that is named."""
    place = Path(sys.argv[1]) if len(sys.argv) > 1 else PAGE
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_text(page(), encoding="utf-8")


if __name__ == "__main__":
    main()
