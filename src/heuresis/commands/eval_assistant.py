"""`heuresis eval assistant`: requests in plain words, and how well they are answered or refused."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from heuresis.commands import output
from heuresis.commands.opened import json_option, read_settings

if TYPE_CHECKING:
    from heuresis.evals.assistant.run import Planner
    from heuresis.evals.assistant.wanted import Half

PLANNERS = ("embedded", "keywords", "silent")


@click.command("assistant")
@click.option("--half", type=click.Choice(["development", "test", "fresh", "last"]),
              default="development", show_default=True,
              help="Which requests; the others are for the end.")  # fmt: skip
@click.option("--planner", type=click.Choice(PLANNERS), default="embedded", show_default=True,
              help="Who answers; the others are there to compare with.")  # fmt: skip
@click.option("--only", "ids", multiple=True, metavar="ID", help="Put only this request.")
@click.option("--alone", is_flag=True, help="Leave out the trivial planners.")
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path),
              help="Write the scores as JSON here too.")  # fmt: skip
@json_option
def assistant(  # noqa: PLR0913, PLR0917  # the options of the command
    half: "Half",
    planner: "Planner",
    ids: tuple[str, ...],
    alone: bool,
    out: Path | None,
    as_json: bool,
) -> None:
    """Put requests to the assistant, each in an empty home, and judge them by the ledger."""
    from heuresis.evals.assistant.page import as_json as document
    from heuresis.evals.assistant.page import as_text
    from heuresis.evals.assistant.run import compare

    found = compare(
        half,
        planner,
        settings=read_settings(None),
        ids=ids,
        alone=alone,
        on_score=lambda one: output.say(
            f"{one.id}: {'passed' if one.passed else 'failed'}, {one.seconds:.2f} s"
        ),
    )
    if out is not None:
        out.write_text(document(found), encoding="utf-8")
    output.line(document(found) if as_json else as_text(found))
