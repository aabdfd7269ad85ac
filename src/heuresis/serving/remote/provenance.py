"""Runs as a remote caller may see them: inputs, answers, numbers, files, and what they rest on."""

import re
from typing import Any

from sqlalchemy import Row, select

from heuresis.memory import runs
from heuresis.memory.ledger import Ledger
from heuresis.memory.runs import ARTIFACT
from heuresis.memory.trace import Trace, trace
from heuresis.serving.remote.principal import Principal
from heuresis.serving.remote.sight import Sight

SHOWN = ("id", "tool", "tool_version", "backend", "weights_digest", "request", "seed", "status",
         "reason", "error_kind", "response", "code_version", "started_at", "ended_at",
         "seconds")  # fmt: skip
NUMBER = ("path", "value", "unit", "std", "low", "high", "level", "no_uncertainty")
FILE = ("path", "name", "media_type", "digest", "n_bytes")
STEP = re.compile(r"([^.\[\]]+)|\[(\d{1,9})\]")


def run_view(ledger: Ledger, who: Principal, run_id: str) -> dict[str, Any]:
    """Return a run with its provenance, as far as a caller may see it.

    Raises:
        UnknownError: No such run, or another caller's.
    """
    Sight(ledger, who).run(run_id)
    return _view(ledger, who, trace(ledger, run_id)[0])


def _view(ledger: Ledger, who: Principal, one: Trace) -> dict[str, Any]:
    own = (f"http:{who.id}:", f"mcp:{who.id}:")
    numbers = runs.quantities_of(ledger, one.run["id"])
    return {
        "run": {name: one.run[name] for name in SHOWN},
        "numbers": [{name: getattr(row, name) for name in NUMBER} for row in numbers],
        "files": [{name: row[name] for name in FILE} for row in one.artifacts],
        "asked_by": [by for by in one.asked_by if who.sees_all or by.startswith(own)],
        "used_by": one.used_by if who.sees_all else [],
        "leaned_on": [_view(ledger, who, need) for need in one.needs],
    }


def file_row(ledger: Ledger, digest: str) -> Row[Any] | None:
    """Return what is known of a file that a run made; None where none did."""
    with ledger.read() as connection:
        query = select(ARTIFACT).where(ARTIFACT.c.digest == digest).limit(1)
        return connection.execute(query).one_or_none()


def part_of(answer: Any, path: str) -> Any:
    """Return the part of a typed answer at a path such as 'modes[2].text'; None without one."""
    value = answer
    for name, index in STEP.findall(path):
        if index:
            is_there = isinstance(value, list | tuple) and int(index) < len(value)
            value = value[int(index)] if is_there else None
        elif isinstance(value, dict):
            value = value.get(name)
        else:
            value = getattr(value, name) if name in getattr(value, "model_fields_set", ()) else None
    return value
