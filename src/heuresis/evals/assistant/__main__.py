"""`python -m heuresis.evals.assistant`: how well messages are understood, answered and refused."""

from pathlib import Path

import click

from heuresis.evals.assistant.page import as_json, as_text
from heuresis.evals.assistant.run import PLANNERS, Planner, compare
from heuresis.evals.assistant.scoring import Score
from heuresis.evals.assistant.wanted import HALVES, Half


@click.command()
@click.option("--half", type=click.Choice(HALVES), default="development", show_default=True)
@click.option("--planner", type=click.Choice(list(PLANNERS)), default="embedded", show_default=True)
@click.option("--only", "ids", multiple=True, metavar="ID", help="Put only this request.")
@click.option("--alone", is_flag=True, help="Leave out the baselines.")
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), help="Write JSON here too.")
def main(half: Half, planner: Planner, ids: tuple[str, ...], alone: bool, out: Path | None) -> None:
    """Put requests to a planner and to trivial ones, and tell how they went."""
    reports = compare(half, planner, ids=ids, alone=alone, on_score=_tell)
    if out is not None:
        out.write_text(as_json(reports), encoding="utf-8")
    click.echo(as_text(reports))


def _tell(one: Score) -> None:
    click.echo(f"{one.id} {'ok' if one.passed else 'FAILED'} {one.seconds:.2f} s", err=True)


if __name__ == "__main__":
    main()
