"""What is printed: one JSON document per line, or tables; progress goes to stderr."""

import json
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from rich.progress import Progress

PIPE_WIDTH = 240  # columns where no terminal says how wide it is
BIDI = {*"\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"}  # can make text lie


def emit(document: Any) -> None:
    """Print one JSON document on a line of its own."""
    can_all = (sys.stdout.encoding or "").lower().replace("-", "") == "utf8"
    click.echo(json.dumps(document, ensure_ascii=not can_all, default=str, allow_nan=False))


def say(text: str) -> None:
    """Tell the person something that is no result."""
    click.echo(visible(text), err=True)


def visible(text: str) -> str:
    """Show what would steer a terminal instead of obeying it."""
    return "".join(
        c if (c.isprintable() and c not in BIDI) or c in "\n\t" else repr(c)[1:-1] for c in text
    )


def shortened(value: Any, limit: int = 80) -> str:
    """Return a value on one line, cut where it is long, with how long it was."""
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)
    line = visible(" ".join(text.split()))
    return line if len(line) <= limit else f"{line[: limit - 1]}… ({len(text)} characters)"


def line(text: str = "") -> None:
    """Print one line of a result."""
    click.echo(visible(text))


def table(columns: Sequence[str], rows: Sequence[Sequence[Any]], title: str = "") -> None:
    """Print a table; nothing in it is read as markup, and no cell is cut."""
    from rich import box
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    made = Table(box=box.SIMPLE_HEAD, title=title or None, title_justify="left", pad_edge=False)
    for name in columns:
        made.add_column(name, overflow="fold")
    for row in rows:
        made.add_row(*(Text("" if cell is None else visible(str(cell))) for cell in row))
    console = Console(
        file=sys.stdout,
        width=None if sys.stdout.isatty() else PIPE_WIDTH,
        markup=False,
        emoji=False,
        highlight=False,
    )
    with console.capture() as captured:
        console.print(made)
    lines = (each.rstrip() for each in captured.get().splitlines())
    click.echo("\n".join(each for each in lines if each))


def facts(pairs: Mapping[str, Any]) -> None:
    """Print names and values, one pair per line; empty values are left out."""
    kept = {name: value for name, value in pairs.items() if value not in (None, "")}
    width = max((len(name) for name in kept), default=0)
    for name, value in kept.items():
        line(f"{name:<{width}}  {value}")


@contextmanager
def progress() -> Iterator["Progress"]:
    """Open progress bars on stderr; they stay away where stderr is no terminal."""
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn
    from rich.progress import TimeElapsedColumn as Elapsed

    columns = (
        TextColumn("{task.description}", markup=False),
        BarColumn(bar_width=24),
        MofNCompleteColumn(),
        Elapsed(),
    )
    console = Console(stderr=True, emoji=False)
    with Progress(
        *columns, console=console, transient=True, disable=not sys.stderr.isatty()
    ) as bars:
        yield bars
