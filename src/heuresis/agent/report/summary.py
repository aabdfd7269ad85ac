"""The few lines a command prints at the end: the best candidates as plain data."""

from dataclasses import asdict
from typing import Any

from heuresis.agent.report.numerals import show
from heuresis.agent.report.pictures import label
from heuresis.agent.report.record import Record, gather
from heuresis.agent.report.standing import baseline, mark
from heuresis.memory.campaigns import CandidateView
from heuresis.serving.lab import Lab


def summary_table(lab: Lab, campaign_id: str, n: int = 5) -> list[dict[str, Any]]:
    """Return the best n candidates; empty where none passed every gate.

    Returns:
        For each: rank, form (SMILES, or formula and space group), values (by objective: the number
        and its `text`), utility, round, operator, against_start, run_ids.
    """
    record = gather(lab.ledger, campaign_id)
    return [_row(record, rank, one) for rank, one in enumerate(record.ranked[:n], start=1)]


def _row(record: Record, rank: int, one: CandidateView) -> dict[str, Any]:
    numbers = {o.name: one.values[o.name] for o in record.spec.objectives}
    return {
        "rank": rank,
        "form": label(one.kind, record.shown(one)),
        "values": {
            name: {**asdict(number), "text": show(number).text} for name, number in numbers.items()
        },
        "utility": record.utilities[one.id],
        "round": one.round,
        "operator": one.operator,
        "against_start": mark(record, one, baseline(record)),
        "run_ids": list(dict.fromkeys(number.run_id for number in numbers.values())),
    }
