"""The tables a reader decides by: the best candidates, and the runs their numbers came from."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from heuresis.agent.report.numerals import Shown, show, show_utility
from heuresis.agent.report.pictures import label
from heuresis.agent.report.record import WITHHELD, Record
from heuresis.agent.report.standing import baseline, mark
from heuresis.contract import Status
from heuresis.memory import accounts
from heuresis.memory.campaigns import CandidateView
from heuresis.memory.ledger import Ledger

N_BEST = 12
REQUEST_CHARS = 240


@dataclass(frozen=True)
class BestRow:
    """One of the best candidates."""

    rank: int
    form: str
    label: str
    values: tuple[Shown, ...]
    utility: Shown
    round: int
    operator: str
    parents: tuple[str, ...]
    mark: str


def best_rows(ledger: Ledger, record: Record, n: int = N_BEST) -> list[BestRow]:
    """Return the best measured candidates, the best first."""
    top = record.ranked[:n]
    names = parent_labels(ledger, record, top)
    start = baseline(record)
    return [
        BestRow(
            rank=rank,
            form=record.shown(one),
            label=label(one.kind, record.shown(one)),
            values=tuple(show(one.values[o.name]) for o in record.spec.objectives),
            utility=utility_shown(record, one),
            round=one.round,
            operator=one.operator or "not named",
            parents=tuple(names[digest] for digest in one.parents),
            mark=mark(record, one, start),
        )
        for rank, one in enumerate(top, start=1)
    ]


def utility_shown(record: Record, one: CandidateView) -> Shown:
    """Print a candidate's utility with the runs of all its objectives."""
    numbers = [one.values[o.name] for o in record.spec.objectives if o.name in one.values]
    return show_utility(record.utilities[one.id], numbers)


def parent_labels(
    ledger: Ledger, record: Record, candidates: Iterable[CandidateView]
) -> dict[str, str]:
    """Name the parents of candidates by digest."""
    wanted = sorted({digest for one in candidates for digest in one.parents})
    outside = accounts.forms_named(ledger, [d for d in wanted if d not in record.by_digest])
    return {digest: _parent(record, digest, outside.get(digest)) for digest in wanted}


def _parent(record: Record, digest: str, outside: str | None) -> str:
    one = record.by_digest.get(digest)
    if one is not None:
        return WITHHELD if record.is_withheld(one) else label(one.kind, one.form)
    return label(record.spec.kind, outside) if outside else f"{digest[:19]}…"


def run_rows(record: Record, run_ids: Iterable[str]) -> list[dict[str, Any]]:
    """Return what the appendix says of runs, in order of their ids."""
    return [run_facts(record.runs[run_id], REQUEST_CHARS) for run_id in sorted(set(run_ids))]


def run_facts(run: Any, request_chars: int | None = None) -> dict[str, Any]:
    """Return what names a run and how it was made."""
    request = WITHHELD if run.status == Status.BLOCKED else str(run.request)
    is_long = request_chars is not None and len(request) > request_chars
    return {
        "id": run.id,
        "tool": run.tool,
        "version": run.tool_version,
        "backend": run.backend,
        "weights_digest": run.weights_digest,
        "seed": run.seed,
        "status": run.status,
        "reason": run.reason,
        "started_at": run.started_at,
        "ended_at": run.ended_at,
        "code_version": run.code_version,
        "request": request[:request_chars] + "…" if is_long else request,
    }
