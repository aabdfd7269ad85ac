"""What a ledger says, without ids, times and owners: equal for equal campaigns."""

import json
from typing import Any

from sqlalchemy import select

from heuresis.memory.campaigns import CANDIDATE, GATE, MEASUREMENT, STAGE
from heuresis.memory.ledger import Ledger
from heuresis.memory.runs import CALL, QUANTITY, RUN


def content(ledger: Ledger) -> dict[str, list[Any]]:
    """Return sorted rows by table, naming runs by key and candidates by digest."""
    with ledger.read() as connection:
        keys = {row.id: row.key for row in connection.execute(select(RUN))}
        digests = {row.id: row.digest for row in connection.execute(select(CANDIDATE))}
        return {
            "runs": sorted(
                (r.key, r.attempt, r.tool, r.status, r.reason, str(r.response), _plain(r.origin))
                for r in connection.execute(select(RUN))
            ),
            "calls": sorted(
                (_plain(r.origin), keys[r.run_id], r.cached)
                for r in connection.execute(select(CALL))
            ),
            "quantities": sorted(
                (keys[r.run_id], r.path, r.value, r.unit)
                for r in connection.execute(select(QUANTITY))
            ),
            "candidates": sorted(
                (r.round, r.digest, r.parents, r.operator, str(r.expected))
                for r in connection.execute(select(CANDIDATE))
            ),
            "gates": sorted(
                (digests[r.candidate_id], r.gate, r.passed, _unnamed(r.reason, digests),
                 keys.get(r.run_id or "", ""))
                for r in connection.execute(select(GATE))
            ),
            "measurements": sorted(
                (digests[r.candidate_id], r.objective, keys[r.run_id], r.path)
                for r in connection.execute(select(MEASUREMENT))
            ),
            "stages": sorted(
                (r.round, r.name, _named(r.body, keys)) for r in connection.execute(select(STAGE))
            ),
        }  # fmt: skip


def _plain(origin: str) -> str:
    """Drop the campaign's id: 'campaign:ID:3:validate' to 'campaign:3:validate'."""
    parts = origin.split(":")
    return ":".join(parts[:1] + parts[2:]) if parts[0] == "campaign" else origin


def _unnamed(reason: str, digests: dict[str, str]) -> str:
    for candidate_id, digest in digests.items():
        reason = reason.replace(candidate_id, digest)
    return reason


def _named(body: str, keys: dict[str, str]) -> str:
    content = json.loads(body)
    if content and "run_ids" in content:
        content["run_ids"] = sorted(keys[run_id] for run_id in content["run_ids"])
    return json.dumps(content, sort_keys=True)
