"""candidates.csv: one row per candidate, the rejected ones included."""

import csv
import io
import json
from typing import Any

from heuresis.agent.report.record import WITHHELD, Record
from heuresis.memory.campaigns import CandidateView

FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")  # a spreadsheet would compute such a cell
FIXED = (
    "rank", "candidate", "round", "kind", "form", "digest", "parents", "proposer", "operator",
    "expected_utility", "retest", "fate", "stopped_by", "reason", "gate_run_id", "utility",
)  # fmt: skip
PARTS = ("value", "unit", "std", "low", "high", "level", "no_uncertainty", "run_id")


def sheet(record: Record) -> str:
    """Return the table as CSV text."""
    text = io.StringIO()
    ranks = {one.id: rank for rank, one in enumerate(record.ranked, start=1)}
    rows = [{"rank": ranks.get(one.id), **_row(record, one)} for one in record.candidates]
    writer = csv.DictWriter(text, fieldnames=_columns(record), lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()


def _columns(record: Record) -> list[str]:
    return [*FIXED, *(f"{o.name}_{part}" for o in record.spec.objectives for part in PARTS)]


def _row(record: Record, one: CandidateView) -> dict[str, Any]:
    stopped = one.failed_gate
    return {
        "candidate": one.id,
        "round": one.round,
        "kind": one.kind,
        "form": _inert(WITHHELD if record.is_withheld(one) else one.form),
        "digest": one.digest,
        "parents": json.dumps(one.parents),
        "proposer": _inert(one.proposer),
        "operator": _inert(one.operator),
        "expected_utility": "" if one.expected is None else one.expected,
        "retest": _inert(one.retest),
        "fate": record.fates[one.id],
        "stopped_by": _inert(stopped.gate) if stopped else "",
        "reason": _inert(stopped.reason) if stopped else "",
        "gate_run_id": (stopped.run_id or "") if stopped else "",
        "utility": record.utilities[one.id],
        **_values(record, one),
    }


def _values(record: Record, one: CandidateView) -> dict[str, Any]:
    cells: dict[str, Any] = {}
    for objective in record.spec.objectives:
        number = one.values.get(objective.name)
        for part in PARTS:
            value = getattr(number, part) if number is not None else None
            cells[f"{objective.name}_{part}"] = _inert(value) if isinstance(value, str) else value
    return cells


def _inert(text: str) -> str:
    """Keep a spreadsheet from reading text as a formula."""
    return f"'{text}" if text.startswith(FORMULA_STARTS) else text
