"""`heuresis campaign`: check, run, resume, follow, report, compare and export."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click

from heuresis.commands import exit_codes, output
from heuresis.commands.opened import home_option, json_option, lab_at, open_here, read_settings

FILE = click.Path(path_type=Path)


@click.group("campaign")
def campaign() -> None:
    """Check, run, resume, report and export campaigns.

    A campaign is named by its id or the beginning of it.
    """


@campaign.command("check")
@click.argument("files", nargs=-1, required=True, type=FILE, metavar="FILE...")
@home_option
@json_option
def check(files: Sequence[Path], home: Path | None, as_json: bool) -> int:
    """Say whether campaign files can be run here; nothing runs."""
    from heuresis.commands.campaign_check import checked, show_check

    settings = read_settings(home)
    found = [checked(file, settings) for file in files]
    for one in found:
        if as_json:
            output.emit(one)
        else:
            show_check(one)
    can_run = all(not rung["missing"] for one in found for rung in one["ladder"])
    return exit_codes.OK if can_run else exit_codes.FAILED


@campaign.command("run")
@click.argument("files", nargs=-1, required=True, type=FILE, metavar="FILE...")
@click.option("-n", "n_best", type=click.IntRange(1, 1000), default=10, show_default=True,
              help="Candidates in the table.")  # fmt: skip
@home_option
@json_option
def run(files: Sequence[Path], n_best: int, home: Path | None, as_json: bool) -> int:
    """Run campaign files, one after another; all are checked before the first begins.

    Ctrl-C, or a crash, leaves a campaign that `campaign resume` goes on with. Exits 4 where no
    candidate passed all gates.
    """
    from heuresis.agent.campaign import start
    from heuresis.agent.spec import load_spec
    from heuresis.agent.validators.ladder import check_ladder
    from heuresis.commands.campaign_run import Drive, note_unfinished, take_into

    settings = read_settings(home)
    for file in files:
        for warning in check_ladder(load_spec(file)):
            output.say(f"warning: {warning}")
    lab = open_here(settings)
    specs = [load_spec(file, take_into(lab)) for file in files]
    codes = []
    for spec in specs:
        note_unfinished(lab, spec)
        campaign_id = start(spec, lab, settings)
        codes.append(Drive(lab, settings, n_best, as_json).go(campaign_id))
    return exit_codes.gravest(codes)


@campaign.command("resume")
@click.argument("campaign_id", metavar="ID")
@click.option("-n", "n_best", type=click.IntRange(1, 1000), default=10, show_default=True,
              help="Candidates in the table.")  # fmt: skip
@home_option
@json_option
def resume(campaign_id: str, n_best: int, home: Path | None, as_json: bool) -> int:
    """Go on with a campaign; nothing that was finished runs again."""
    from heuresis.commands.campaign_run import Drive
    from heuresis.memory import campaigns

    settings = read_settings(home)
    lab = open_here(settings)
    row = campaigns.get(lab.ledger, campaign_id)
    return Drive(lab, settings, n_best, as_json).go(row.id)


@campaign.command("status")
@click.argument("campaign_id", metavar="ID")
@home_option
@json_option
def status(campaign_id: str, home: Path | None, as_json: bool) -> None:
    """Say how far a campaign is, and what is left of its budget."""
    from heuresis.commands.campaign_view import show_standing, standing
    from heuresis.memory import campaigns

    lab = lab_at(home)
    found = standing(lab.ledger, campaigns.get(lab.ledger, campaign_id))
    if as_json:
        output.emit(found)
    else:
        show_standing(found)


@campaign.command("list")
@home_option
@json_option
def list_campaigns(home: Path | None, as_json: bool) -> None:
    """List campaigns, the newest first."""
    from heuresis.commands.campaign_view import summary
    from heuresis.memory import campaigns

    lab = lab_at(home)
    found = [summary(row) for row in campaigns.list_all(lab.ledger)]
    if as_json:
        output.emit(found)
        return
    columns = ("id", "name", "state", "started", "goal")
    output.table(columns, [[one[name] for name in columns] for one in found])
    if not found:
        output.say("no campaign yet: heuresis campaign run FILE")


@campaign.command("report")
@click.argument("campaign_id", metavar="ID")
@click.option("--open", "path_only", is_flag=True, help="Print nothing but the report's path.")
@click.option("-n", "n_best", type=click.IntRange(1, 1000), default=10, show_default=True,
              help="Candidates in the table.")  # fmt: skip
@home_option
@json_option
def report(campaign_id: str, path_only: bool, n_best: int, home: Path | None, as_json: bool) -> int:
    """Show a campaign's best candidates and where its report is, writing it where it is not."""
    from heuresis.commands.campaign_view import ending, report_of, show_ending
    from heuresis.memory import campaigns

    settings = read_settings(home)
    lab = open_here(settings)
    row = campaigns.get(lab.ledger, campaign_id)
    place = report_of(lab, settings, row)
    if path_only and not as_json:
        output.line(str(place))
        return exit_codes.OK
    found: dict[str, Any] = ending(lab, row, place, n_best)
    if as_json:
        output.emit(found)
    else:
        show_ending(found)
    return exit_codes.OK


@campaign.command("compare")
@click.argument("file", type=FILE)
@click.option("--seeds", "n_seeds", type=click.IntRange(1, 100), default=5, show_default=True,
              help="Paired seeds; below 5 the intervals mean little.")  # fmt: skip
@home_option
@json_option
def compare(file: Path, n_seeds: int, home: Path | None, as_json: bool) -> None:
    """Run a campaign against its controls: random, shuffled feedback, frozen knowledge.

    Each arm and seed gets an empty ledger of its own and the same number of measured candidates.
    What was finished before is read, not repeated.
    """
    from heuresis.agent.spec import load_spec
    from heuresis.commands.campaign_compare import compared, show_comparison
    from heuresis.commands.campaign_run import take_into

    settings = read_settings(home)
    spec = load_spec(file, take_into(open_here(settings)))
    found = compared(spec, settings, n_seeds)
    if as_json:
        output.emit(found)
    else:
        show_comparison(found)


@campaign.command("export")
@click.argument("campaign_id", metavar="ID")
@click.option("--out", required=True, type=FILE, metavar="FILE.zip",
              help="A new file that ends in .zip, or a new folder.")  # fmt: skip
@click.option("--licence", metavar="TEXT",
              help="Terms of use: an SPDX id, a URL or a sentence.")  # fmt: skip
@click.option("--allow-unknown-licence", is_flag=True,
              help="Also where a document from outside has no known licence.")  # fmt: skip
@click.option("--with-originals", is_flag=True,
              help="Also picture files as they came: they hold names of patients.")  # fmt: skip
@home_option
@json_option
def export(  # noqa: PLR0913, PLR0917  # one parameter per option of the command line
    campaign_id: str,
    out: Path,
    licence: str | None,
    allow_unknown_licence: bool,
    with_originals: bool,
    home: Path | None,
    as_json: bool,
) -> None:
    """Write a finished campaign as an RO-Crate that others can read, check and replay.

    It holds the campaign file, every run with request, response and files, and the report; it
    names no person, no machine and no place, and no form that a safety screen stopped.
    """
    from dataclasses import asdict

    from heuresis.commands.campaign_view import report_of
    from heuresis.memory import campaigns
    from heuresis.serving.crate.export import LICENCE, Terms, export_campaign

    settings = read_settings(home)
    lab = open_here(settings)
    place = report_of(lab, settings, campaigns.get(lab.ledger, campaign_id))
    terms = Terms(licence or LICENCE, allow_unknown_licence, with_originals)
    made = asdict(export_campaign(lab, campaign_id, out, place, terms))
    if as_json:
        output.emit(made)
    else:
        output.line(f"{made['n_runs']} runs in {made['n_files']} files: {made['path']}")
        output.say(f"to run it again elsewhere: heuresis replay {made['path']}")
