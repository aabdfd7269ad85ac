"""`heuresis eval`: judge campaigns, comparisons, crates and models; exits 1 where one fails."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click

from heuresis.commands import exit_codes, output
from heuresis.commands.eval_assistant import assistant
from heuresis.commands.eval_medq import medq, medq_set
from heuresis.commands.opened import home_option, json_option, lab_at

FILE = click.Path(path_type=Path)


@click.group("eval")
def evaluate() -> None:
    """Judge what was done: from the ledger, a comparison, a crate or measured data."""


evaluate.add_command(assistant)
evaluate.add_command(medq)
evaluate.add_command(medq_set)


@evaluate.command("audit")
@click.argument("campaign_id", metavar="CAMPAIGN")
@home_option
@json_option
def audit(campaign_id: str, home: Path | None, as_json: bool) -> int:
    """Ask the ledger whether a campaign's record keeps each of the statements R1 to R10."""
    from heuresis.evals.ledger_audit import as_rows
    from heuresis.evals.ledger_audit import audit as judge

    found = as_rows(judge(lab_at(home).ledger, campaign_id))
    _show(found, ("statement", "verdict", "says", "reason", "offending"), as_json)
    return _code(found)


@evaluate.command("process")
@click.argument("campaign_id", metavar="CAMPAIGN")
@home_option
@json_option
def process(campaign_id: str, home: Path | None, as_json: bool) -> None:
    """Score how a campaign worked, and apart from that what it found."""
    from heuresis.evals.process_score import score

    process_score, outcome_score = score(lab_at(home).ledger, campaign_id)
    found = {"process": process_score.model_dump(), "outcome": outcome_score.model_dump()}
    if as_json:
        output.emit(found)
        return
    for name, scores in found.items():
        output.line(name)
        output.facts({f"  {key}": _rounded(value) for key, value in scores.items()})


@evaluate.command("timeliness")
@home_option
@json_option
def timeliness(home: Path | None, as_json: bool) -> None:
    """List claims that are due for another look."""
    from heuresis.evals.timeliness import due

    found = [one.model_dump() for one in due(lab_at(home).ledger, datetime.now(UTC).date())]
    _show(found, ("claim_id", "status", "reasons"), as_json)


@evaluate.command("ablation")
@click.argument("comparison", type=FILE)
@json_option
def ablation(comparison: Path, as_json: bool) -> int:
    """Judge R5 on the comparison.json that `campaign compare` wrote."""
    from pydantic import ValidationError

    from heuresis.agent.compare import Comparison
    from heuresis.errors import RequestError
    from heuresis.evals.loop_ablation import judge

    try:
        made = Comparison.model_validate_json(comparison.read_bytes())
    except (OSError, ValidationError) as error:
        raise RequestError(f"{comparison}: got no comparison: {error}") from error
    found = [one.model_dump() for one in judge(made)]
    columns = ("statement", "verdict", "says", "median", "low", "high", "n_seeds", "caution")
    _show(found, columns, as_json)
    return _code(found)


@evaluate.command("replay")
@click.argument("crate", type=FILE)
@json_option
def replay(crate: Path, as_json: bool) -> int:
    """Judge R7.2: run a crate again and see whether it says the same."""
    from heuresis.evals.replay_audit import audit_replay

    found = audit_replay(crate).model_dump(mode="json")
    _show([found], ("statement", "verdict", "says", "reason"), as_json)
    return _code([found])


def _show(found: list[dict[str, Any]], columns: tuple[str, ...], as_json: bool) -> None:
    if as_json:
        output.emit(found)
        return
    output.table(columns, [[_rounded(one[name]) for name in columns] for one in found])
    if not found:
        output.say("nothing to show")


def _rounded(value: Any) -> Any:
    if isinstance(value, float):
        return f"{value:.3f}"
    return "; ".join(value) if isinstance(value, tuple | list) else value


def _code(found: list[dict[str, Any]]) -> int:
    failed = any(one["verdict"] == "fail" for one in found)
    return exit_codes.FAILED if failed else exit_codes.OK
