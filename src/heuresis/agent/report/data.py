"""report.json: the whole report as data, with the id of the run behind every number."""

import json
from dataclasses import asdict
from typing import Any

from heuresis.agent.report.judges import Judge, judges
from heuresis.agent.report.lineage import trace
from heuresis.agent.report.methods import methods
from heuresis.agent.report.record import WITHHELD, Record
from heuresis.agent.report.rejected import tallies
from heuresis.agent.report.spent import budget, endings, screened, statuses
from heuresis.agent.report.tables import run_facts
from heuresis.memory.campaigns import CandidateView
from heuresis.memory.ledger import Ledger

CAMPAIGN_FIELDS = ("id", "name", "goal", "kind", "seed", "spec_digest", "code_version", "status",
                   "stop_reason", "started_at", "ended_at")  # fmt: skip


def data(ledger: Ledger, record: Record) -> str:
    """Return the report as JSON text."""
    asked = judges(record)
    content = {
        "campaign": {name: getattr(record.campaign, name) for name in CAMPAIGN_FIELDS},
        "spec": record.spec.model_dump(mode="json"),
        "cards": json.loads(record.campaign.cards),
        "counts": {
            "proposed": len(record.candidates),
            "measured": record.count("measured"),
            "stopped": record.count("stopped"),
            "not_asked": record.count("not asked"),
            "unfinished": record.count("unfinished"),
        },
        "ranking": [one.id for one in record.ranked],
        "candidates": [_candidate(record, one) for one in record.candidates],
        "lineage": [asdict(s) for s in trace(ledger, record, record.best)] if record.best else [],
        "gates": [asdict(tally) for tally in tallies(record)],
        "judges": [_judge(judge) for judge in asked],
        "endings": _endings(record),
        "policy_events": [asdict(one) for one in screened(record)],
        "budget": [asdict(item) for item in budget(record)],
        "methods": asdict(methods(record, asked)),
        "runs": [run_facts(run) for run in record.runs.values()],
    }
    return json.dumps(content, ensure_ascii=False, indent=1, allow_nan=False) + "\n"


def _candidate(record: Record, one: CandidateView) -> dict[str, Any]:
    return {
        "id": one.id,
        "round": one.round,
        "form": WITHHELD if record.is_withheld(one) else one.form,
        "digest": one.digest,
        "parents": list(one.parents),
        "proposer": one.proposer,
        "operator": one.operator,
        "expected_utility": one.expected,
        "retest": one.retest,
        "fate": record.fates[one.id],
        "utility": record.utilities[one.id],
        "values": {name: asdict(number) for name, number in one.values.items()},
        "gates": [
            {"gate": v.gate, "passed": v.passed, "reason": v.reason, "run_id": v.run_id}
            for v in one.gates
        ],
    }


def _judge(judge: Judge) -> dict[str, Any]:
    return {
        "tool": judge.tool,
        "objectives": judge.objectives,
        "gates": judge.gates,
        "version": judge.version,
        "backend": judge.backend,
        "weights_digest": judge.weights_digest,
        "caution": judge.caution,
        "card": judge.card.model_dump(mode="json") if judge.card else None,
    }


def _endings(record: Record) -> dict[str, dict[str, dict[str, int]]]:
    names = statuses(record)
    return {
        row.tool: {
            status: {"fresh": fresh, "cached": cached}
            for status, (fresh, cached) in zip(names, row.counts, strict=True)
        }
        for row in endings(record)
    }
