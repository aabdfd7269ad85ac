"""What the ledger says of a campaign: how far it is, what was best, where the report is."""

import json
import time
from pathlib import Path
from typing import Any

from sqlalchemy import Row

from heuresis.agent.campaign import report_folder
from heuresis.agent.spec import CampaignSpec
from heuresis.agent.utility import utility_of
from heuresis.commands import output
from heuresis.commands.numbers import with_unit
from heuresis.errors import RequestError
from heuresis.memory import campaigns, runs
from heuresis.memory.ledger import Ledger
from heuresis.memory.owners import is_alive
from heuresis.memory.tables import RUNNING
from heuresis.serving.lab import Lab
from heuresis.settings import Settings


def summary(row: Row[Any]) -> dict[str, Any]:
    """Return a campaign in a few words."""
    return {
        "id": row.id,
        "name": row.name,
        "state": _state(row),
        "stop_reason": row.stop_reason,
        "started": row.started_at,
        "ended": row.ended_at,
        "kind": row.kind,
        "seed": row.seed,
        "goal": row.goal,
    }


def _state(row: Row[Any]) -> str:
    """Say 'done: why', 'running', or 'interrupted' where the process that drove it is gone."""
    if row.status != RUNNING:
        return f"done: {row.stop_reason}"
    return "running" if is_alive(row.owner, time.time(), time.time()) else "interrupted"


def standing(ledger: Ledger, row: Row[Any]) -> dict[str, Any]:
    """Return how far a campaign is."""
    spec = CampaignSpec.model_validate_json(row.spec)
    candidates = campaigns.view(ledger, row.id)
    spent = runs.fresh_calls(ledger, row.id, except_origin="")
    passed = [one for one in candidates if one.failed_gate is None and one.values]
    best = max((utility_of(spec.objectives, one) for one in passed), default=None)
    return {
        **summary(row),
        "round": max((one.round for one in candidates), default=0),
        "rounds": spec.budget.rounds,
        "candidates": len(candidates),
        "measured": len(passed),
        "best_utility": best,
        "fresh_runs": spent,
        "limits": dict(spec.budget.calls),
        "stopped_by": _stoppers(candidates),
        "cards": json.loads(row.cards),
    }


def _stoppers(candidates: list[campaigns.CandidateView]) -> dict[str, int]:
    """Count candidates by the first gate that stopped them."""
    counts: dict[str, int] = {}
    for one in candidates:
        if one.failed_gate is not None:
            counts[one.failed_gate.gate] = counts.get(one.failed_gate.gate, 0) + 1
    return counts


def show_standing(found: dict[str, Any]) -> None:
    """Print how far a campaign is."""
    best = found["best_utility"]
    output.line(f"{found['state']}  {found['name']} {found['id']}")
    output.facts(
        {
            "goal": found["goal"],
            "started": found["started"],
            "ended": found["ended"],
            "round": f"{found['round']} of {found['rounds']}",
            "candidates": f"{found['candidates']}, of which {found['measured']} passed every gate",
            "best utility": None if best is None else f"{best:.3f}",
        }
    )
    limits = found["limits"]
    calls = [
        (tool, found["fresh_runs"].get(tool, 0), limits.get(tool, "no limit"))
        for tool in sorted({*found["fresh_runs"], *limits})
    ]
    if calls:
        output.table(("tool", "fresh runs", "allowed"), calls)
    if found["stopped_by"]:
        output.table(("gate", "candidates it stopped"), list(found["stopped_by"].items()))
    if found["state"] == "interrupted":
        output.say(f"to go on: heuresis campaign resume {found['id']}")


def report_of(lab: Lab, settings: Settings, row: Row[Any]) -> Path:
    """Return the folder of a report; one that is gone is written again from the ledger.

    Raises:
        RequestError: The campaign is not at its end.
    """
    place = report_folder(settings, row.id)
    if row.status == RUNNING:
        raise RequestError(f"campaign {row.id!r}: not at its end, see `heuresis campaign status`")
    if not place.is_dir() or not any(place.iterdir()):
        from heuresis.agent.report.write import write_report

        write_report(lab, row.id, place)
    return place


def ending(lab: Lab, row: Row[Any], place: Path, n_best: int) -> dict[str, Any]:
    """Return how a campaign ended, its best candidates and where its report is."""
    from heuresis.agent.report.summary import summary_table

    best = summary_table(lab, row.id, n_best)
    return {**summary(row), "report": str(place), "best": best}


def show_ending(found: dict[str, Any]) -> None:
    """Print how a campaign ended."""
    output.line(f"{found['state']}  {found['name']} {found['id']}")
    best = found["best"]
    names = list(dict.fromkeys(name for one in best for name in one["values"]))
    rows = [
        (one["rank"], f"{one['utility']:.3f}", *(_cell(one, name) for name in names),
         output.shortened(one["form"], 100))
        for one in best
    ]  # fmt: skip
    if rows:
        output.table(("rank", "utility", *names, "candidate"), rows)
    else:
        output.line("no candidate passed every gate")
    output.line(f"report: {found['report']}")


def _cell(one: dict[str, Any], name: str) -> str:
    got = one["values"].get(name)
    return with_unit(got["text"], got["unit"]) if got else ""
