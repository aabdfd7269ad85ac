"""`heuresis replay`: run a crate again here, and list every difference."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from heuresis.commands import exit_codes, output
from heuresis.commands.opened import json_option

if TYPE_CHECKING:
    from heuresis.serving.replay_report import ReplayReport, Skipped


@click.command("replay")
@click.argument("crate", type=click.Path(path_type=Path))
@click.option("--rtol", "relative", type=click.FloatRange(0, 1, max_open=True), default=1e-5,
              show_default=True, help="Share by which numbers may differ.")  # fmt: skip
@click.option("--home", type=click.Path(path_type=Path, file_okay=False), default=None,
              help="A new folder that keeps the runs; otherwise they are removed.")  # fmt: skip
@json_option
def replay(crate: Path, relative: float, home: Path | None, as_json: bool) -> int:
    """Execute every run of a CRATE again, here, and list every difference.

    A crate is what `campaign export` writes, as a zip or a folder; altered files are refused.
    Nothing is taken from earlier runs of this computer. Exits 0 where at least 99 % of the runs
    say the same and none failed, and 1 otherwise; a run that could not be tried is not the same.
    """
    from heuresis.serving.differences import Tolerance
    from heuresis.serving.replay import replay as execute_again

    with output.progress() as bars:
        bar = bars.add_task("runs", total=None)
        report = execute_again(
            crate,
            home,
            Tolerance(relative=relative),
            lambda done, total: bars.update(bar, completed=done, total=total),
        )
    if as_json:
        output.emit({"repeated": report.is_repeated, **report.model_dump(mode="json")})
    else:
        _show(report)
    return exit_codes.OK if report.is_repeated else exit_codes.FAILED


def _show(report: "ReplayReport") -> None:
    verdict = "repeated" if report.is_repeated else "not repeated"
    output.line(f"{verdict}: {report.n_same} of {report.n_runs} runs the same ({report.share:.1%})")
    if report.versions:
        rows = [(one.what, one.before, one.after) for one in report.versions]
        output.table(("version of", "in the crate", "here"), rows)
    for title, found in (("differs", report.differences), ("file differs", report.files)):
        if found:
            lines = [(d.tool, d.path, d.before, d.after, d.tolerance, d.run) for d in found]
            output.table((title, "path", "in the crate", "here", "same if", "run"), lines)
    _show_skipped("could not be tried", report.skipped)
    _show_skipped("not meant to repeat", report.left_out)


def _show_skipped(title: str, skipped: "tuple[Skipped, ...]") -> None:
    if skipped:
        rows = [(one.tool, one.reason, one.run) for one in skipped]
        output.table((title, "why", "run"), rows)
