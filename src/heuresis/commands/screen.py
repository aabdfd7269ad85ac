"""`heuresis screen`: ask tools about every structure of a library, and keep what passes."""

import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from heuresis.commands import exit_codes, output
from heuresis.commands.opened import home_option, json_option, open_here, read_settings

if TYPE_CHECKING:
    from heuresis.serving.library.planning import Wish
    from heuresis.serving.library.screen import Progress, Show
    from heuresis.settings import Settings

SAY_EVERY_S = 30.0
SHOWN_BEST = 20
AGAIN = "to go on: the same command again; shards that are done are not repeated"


HELP = """Ask tools about every structure of LIBRARY: SMILES, CSV, SDF or CIF, also with .gz.

The library is cut into shards. A shard that is done is recorded together with its file, so a
screen that was ended in any way goes on with the same command. What cannot be answered is listed
by number. All processors are used where Ray is installed, or those of the cluster that
HEURESIS_RAY_ADDRESS names.

\b
  heuresis screen library.smi.gz --tools molecule.describe --out kept \\
    --keep 'log_p < 5 and average_mass < 500 Da'
  heuresis screen library.csv --tools molecule.describe,molecule.admet --out best \\
    --keep 'qed > 0.5' --top 50 --by Solubility_AqSolDB

Exits 4 where nothing is kept, 1 where a part is left to be tried again.
"""


@click.command("screen", help=HELP)
@click.argument("library", type=click.Path(path_type=Path), metavar="LIBRARY")
@click.option("--tools", required=True, metavar="NAME,…", help="Tools to ask, by name.")
@click.option(
    "--keep",
    default="",
    metavar="EXPR",
    help="What to keep: 'log_p < 5 and average_mass < 500 Da'; otherwise all.",
)
@click.option(
    "--out",
    required=True,
    type=click.Path(path_type=Path, file_okay=False),
    metavar="FOLDER",
    help="Folder of the Parquet files and the report.",
)
@click.option(
    "--columns",
    default="",
    metavar="NUMBER,…",
    help="Numbers to write beside those in --keep and --by; 'all' for every one.",
)
@click.option("--top", type=click.IntRange(min=1), metavar="N", help="Keep the best only.")
@click.option("--by", default="", metavar="NUMBER", help="What the best are best at.")
@click.option("--lowest", is_flag=True, help="The lowest are the best.")
@click.option("--column", default="", metavar="HEADER", help="Of the structures in a table.")
@click.option(
    "--shard",
    "n_each",
    type=click.IntRange(1, 100_000),
    metavar="N",
    help="Records of a shard; otherwise by the cost of the tools: 10 to 1,000.",
)
@click.option("--alone", is_flag=True, help="Work in this process only, without Ray.")
@home_option
@json_option
def screen(library: Path, home: Path | None, as_json: bool, **named: Any) -> int:
    from heuresis.serving.library.planning import Wish

    ranked = {name: named[name] for name in ("keep", "top", "by", "lowest")}
    wish = Wish(_names(named["tools"]), columns=_names(named["columns"]), **ranked)
    found = _screened(read_settings(home), wish, library, named)
    if as_json:
        output.emit(found)
    else:
        _show(found)
    if found["shards_left"]:
        output.say(f"{found['shards_left']} shard(s) left: {found['left_because']}; {AGAIN}")
        return exit_codes.FAILED
    return exit_codes.OK if found["kept"] else exit_codes.EMPTY


def _names(text: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in text.split(",") if part.strip())


def _screened(
    settings: "Settings", wish: "Wish", path: Path, named: dict[str, Any]
) -> dict[str, Any]:
    from heuresis.serving.library.crew import Job, choose_crew
    from heuresis.serving.library.files import Folder
    from heuresis.serving.library.planning import plan_for, records_of_shard
    from heuresis.serving.library.records import open_library
    from heuresis.serving.library.screen import Screen
    from heuresis.serving.library.summing import summed_up

    lab = open_here(settings)
    library = open_library(path, named["column"])
    plan = plan_for(lab, library, wish)
    work = Screen(lab, Folder(named["out"].resolve()), plan)
    done = work.begin()
    job = Job(plan, library, named["n_each"] or records_of_shard(plan), done)
    crew, why = choose_crew(job, settings, lab.policies, alone=named["alone"])
    output.say(f"screen {plan.digest[:12]}: {why or 'all processors, through Ray'}")
    try:
        with output.progress() as bars:
            screened = work.work(crew, job, _teller(bars))
        return summed_up(lab, work.folder, plan, screened)
    except BaseException:
        output.say(AGAIN)
        raise


def _teller(bars: Any) -> "Show":
    """Return what shows how far it is: a bar on a terminal, else a line now and then."""
    bar = bars.add_task("reading", total=None)
    said_at = time.monotonic()

    def show(progress: "Progress") -> None:
        nonlocal said_at
        text = (
            f"{progress.n_records:,} records, {progress.n_new:,} now at {progress.per_s:,.0f}/s, "
            f"{progress.n_kept:,} kept"
        )
        bars.update(bar, description=text, completed=progress.n_shards)
        if not sys.stderr.isatty() and time.monotonic() - said_at > SAY_EVERY_S:
            said_at = time.monotonic()
            output.say(text)

    return show


def _show(found: dict[str, Any]) -> None:
    names = ("records", "kept", "kept_incomplete", "stored", "dropped", "shards", "shards_known")
    output.facts({name.replace("_", " "): found[name] for name in names})
    for reason, n in found["failed"].items():
        output.line(f"not answered: {reason}  {n}")
    output.line(f"{found['seconds']:.1f} s, {found['records_per_s']:,.0f} records/s worked on now")
    for name, place in found["files"].items():
        output.line(f"{name:<8}  {place}")
    best = found["best"][:SHOWN_BEST]
    if best:
        paths = list(best[0]["numbers"])
        rows = [(one["number"], one["name"], one["structure"],
                 *(_cell(one["numbers"][path]) for path in paths), " ".join(one["runs"].values()))
                for one in best]  # fmt: skip
        output.table(("number", "name", "structure", *paths, "runs"), rows)
    for one in best:
        if one["differs"]:
            output.say(f"record {one['number']}: {one['differs']} differ from the screen's")


def _cell(value: Any) -> str:
    return f"{value:.5g}" if isinstance(value, float) else str(value)
