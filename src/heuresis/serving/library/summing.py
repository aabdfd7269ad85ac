"""The end of a screen: counts, what failed by number, the best with their runs, one report."""

import csv
import io
import json
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import Row

from heuresis.contract import Outcome
from heuresis.memory.library import shards_of
from heuresis.serving.context import Context
from heuresis.serving.lab import Lab
from heuresis.serving.library.best import best_of
from heuresis.serving.library.files import Folder
from heuresis.serving.library.plan import Plan
from heuresis.serving.library.planning import ORIGIN
from heuresis.serving.library.screen import Place, Screened, whereabouts
from heuresis.serving.library.table import Kept, failures_in, rows_in
from heuresis.serving.library.working import INCOMPLETE

SAME = 1e-5  # relative; a net's number hangs a little on what else is in its batch


@dataclass(frozen=True)
class Best:
    """One of the best.

    Attributes:
        number: Of the record in the library.
        kept: The record.
    """

    number: int
    kept: Kept


def summed_up(lab: Lab, folder: Folder, plan: Plan, screened: Screened) -> dict[str, Any]:
    """Sum up all shards of a library, and write the report into the folder.

    Returns:
        The report, as plain data.

    Raises:
        ServiceError: The folder or the ledger cannot be read or written.
    """
    rows = shards_of(lab.ledger, plan.digest)
    found = []
    for place in screened.places:
        row = rows.get(place[1])
        source = None if row is None else whereabouts(folder, row)
        if row is not None and source is not None:
            folder.bring(place[1], source)
            found.append((place, row))
    progress = screened.progress
    report = {
        "plan": plan.digest,
        "tools": [f"{step.tool} {step.version} by {step.backend}" for step in plan.steps],
        "keep": plan.keep,
        **_counts([row for _, row in found]),
        "shards": len(screened.places),
        "shards_known": progress.n_known,
        "shards_left": len(screened.places) - len(found),
        "left_because": progress.why_left,
        "seconds": round(progress.seconds, 3),
        "records_per_s": round(progress.per_s, 1),
        "best": _best(lab, folder, plan, [place for place, _ in found]),
    }
    folder.write("failures.csv", _failures(folder, [place for place, _ in found]))
    folder.write("index.jsonl", _index(found))
    report["files"] = _files(folder, plan)
    folder.write("report.json", [(json.dumps(report, indent=2) + "\n").encode()])
    return report


def _counts(rows: Sequence[Row[Any]]) -> dict[str, Any]:
    failed: Counter[str] = Counter()
    for row in rows:
        failed.update(json.loads(row.failures))
    n_incomplete = failed.pop(INCOMPLETE, 0)
    n_records, n_kept = sum(row.n_records for row in rows), sum(row.n_kept for row in rows)
    return {
        "records": n_records,
        "kept": n_kept,
        "kept_incomplete": n_incomplete,
        "stored": sum(row.n_stored for row in rows),
        "dropped": n_records - n_kept - failed.total(),
        "failed": dict(failed.most_common()),
    }


def _failures(folder: Folder, places: Sequence[Place]) -> Iterator[bytes]:
    """Yield a table of what failed, by number of the record, a shard at a time."""
    yield b"number,tool,reason,why\n"
    for first, digest, _ in places:
        text = io.StringIO()
        csv.writer(text, lineterminator="\n").writerows(
            (first + one.row, one.tool, one.reason, one.why)
            for one in failures_in(folder.file(digest))
        )
        yield text.getvalue().encode("utf-8", "backslashreplace")


def _index(found: Sequence[tuple[Place, Row[Any]]]) -> Iterator[bytes]:
    """Yield where each shard begins: the number of a row is counted from there."""
    for (first, digest, n), row in found:
        line = {"first": first, "records": n, "kept": row.n_kept, "stored": row.n_stored,
                "file": f"shards/{digest}.parquet", "sha256": row.file_digest}  # fmt: skip
        yield f"{json.dumps(line)}\n".encode()


def _files(folder: Folder, plan: Plan) -> dict[str, str]:
    names = {"rows": "shards", "index": "index.jsonl", "failures": "failures.csv"}
    return {name: str(Path(folder.path, place)) for name, place in names.items()} | {
        "report": str(folder.path / "report.json")
    }


def _best(lab: Lab, folder: Folder, plan: Plan, places: Sequence[Place]) -> list[dict[str, Any]]:
    """Find the best of all shards, and ask the lab about them: what is quoted has a run."""
    if plan.top is None:
        return []
    found = best_of(
        _stored(folder, places), plan.top, lambda one: float(one.kept.values[plan.by] or 0),
        lambda one: one.kept.structure, lowest=plan.lowest,
    )  # fmt: skip
    runs: list[dict[str, Outcome]] = [{} for _ in found]
    for step in plan.steps:
        asked = [{step.field: one.kept.structure} for one in found]
        context = Context(origin=f"{ORIGIN}:{plan.digest}:best")
        for mine, outcome in zip(
            runs, lab.run_many(step.tool, asked, context, step.backend), strict=True
        ):
            mine[step.tool] = outcome
    return [_quoted(plan, one, mine) for one, mine in zip(found, runs, strict=True)]


def _stored(folder: Folder, places: Sequence[Place]) -> Iterator[Best]:
    for first, digest, _ in places:
        for kept in rows_in(folder.file(digest)):
            yield Best(first + kept.row, kept)


def _quoted(plan: Plan, one: Best, runs: dict[str, Outcome]) -> dict[str, Any]:
    """Return what is said of one of the best: numbers of its runs, and where these differ."""
    numbers: dict[str, Any] = {}
    differing = []
    for number in plan.columns:
        outcome = runs[number.tool]
        value = None if outcome.response is None else number.of(outcome.response)
        numbers[number.path] = value
        if not _is_same(value, one.kept.values.get(number.path)):
            differing.append(number.path)
    return {
        "number": one.number,
        "name": one.kept.name,
        "structure": one.kept.structure,
        "numbers": numbers,
        "runs": {tool: outcome.run_id for tool, outcome in runs.items()},
        "notice": one.kept.notice,
        "differs": differing,
    }


def _is_same(one: Any, other: Any) -> bool:
    if one is None or other is None:
        return one is other
    return abs(float(one) - float(other)) <= SAME * max(1.0, abs(float(one)))
