"""`python -m heuresis.evals.bench`: one table of speed, also as JSON."""

from pathlib import Path

import click
from rich.console import Console

from heuresis.evals.bench.page import WIDTH, show
from heuresis.evals.bench.run import MEASUREMENTS, run


@click.command()
@click.option("--quick", is_flag=True, help="Few turns and small sizes: does it work?")
@click.option("--size", type=click.IntRange(min=1), help="Molecules of `screening`.")
@click.option(
    "--only", "names", multiple=True, type=click.Choice(MEASUREMENTS), help="Measure only this."
)
@click.option(
    "--json", "file", type=click.Path(dir_okay=False, path_type=Path), help="Write JSON here too."
)
def main(quick: bool, size: int | None, names: tuple[str, ...], file: Path | None) -> None:
    """Measure how fast the lab, the tools, the ledger, the loop and the command line are."""
    report = run(
        names or MEASUREMENTS,
        quick=quick,
        size=size,
        on_start=lambda name: click.echo(f"measuring {name} …", err=True),
    )
    if file is not None:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(report.model_dump_json(indent=2) + "\n", encoding="utf-8")
    console = Console()
    show(report, console if console.is_terminal else Console(width=WIDTH))


if __name__ == "__main__":
    main()
