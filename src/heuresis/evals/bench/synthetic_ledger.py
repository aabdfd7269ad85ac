"""Fill a ledger with made-up runs, through the doors that real runs take."""

import random
import time
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any

from heuresis.memory import campaigns, runs
from heuresis.memory.campaigns import NewCandidate, Verdict
from heuresis.memory.ledger import Ledger, new_id, now
from heuresis.memory.runs import Ending

PATHS = tuple(f"end_points.number_{i}" for i in range(20))
RUNS_PER_BATCH = 1000
RUNS_PER_CAMPAIGN = 100
LEASE_S = 600.0


@dataclass
class Filled:
    """What is in the ledger, for questions about it.

    Attributes:
        run_ids: All runs.
        keys: Their keys.
        values: Some of the numbers.
        campaign_ids: All campaigns.
        batches: Quantities inserted and seconds taken, per batch.
    """

    run_ids: list[str] = field(default_factory=list)
    keys: list[str] = field(default_factory=list)
    values: list[float] = field(default_factory=list)
    campaign_ids: list[str] = field(default_factory=list)
    batches: list[tuple[int, float]] = field(default_factory=list)

    def insert_us(self, first: int, last: int) -> float:
        """Microseconds per quantity, over some of the batches."""
        chosen = self.batches[first:last]
        return 1e6 * sum(s for _, s in chosen) / sum(n for n, _ in chosen)


def fill(ledger: Ledger, n_quantities: int, seed: int) -> Filled:
    """Record runs of 20 quantities each, and campaigns of 100 measured candidates on them."""
    rng, filled = random.Random(seed), Filled()
    left = n_quantities // len(PATHS)
    while left > 0:
        n = min(left, RUNS_PER_BATCH)
        _batch(ledger, rng, n, filled)
        left -= n
    return filled


def _batch(ledger: Ledger, rng: random.Random, n: int, filled: Filled) -> None:
    rows = [_run(rng) for _ in range(n)]
    begun = [_begin_campaign(ledger) for _ in range(0, n, RUNS_PER_CAMPAIGN)]
    ending = _ending(rows, [begun[i // RUNS_PER_CAMPAIGN] for i in range(n)], rng)
    began = time.perf_counter()
    runs.lease(ledger, rows, LEASE_S)
    runs.finish(ledger, ending)
    filled.batches.append((len(ending.quantities), time.perf_counter() - began))
    ids = [row["id"] for row in rows]
    filled.run_ids += ids
    filled.keys += [row["key"] for row in rows]
    filled.values += [row["value"] for row in ending.quantities[:: len(PATHS)]]
    filled.campaign_ids += begun
    for i, campaign_id in enumerate(begun):
        _end_campaign(ledger, campaign_id, ids[i * RUNS_PER_CAMPAIGN :][:RUNS_PER_CAMPAIGN])


def _run(rng: random.Random) -> dict[str, Any]:
    text = f'{{"number":{rng.random()}}}'
    return {
        "id": new_id(),
        "key": sha256(text.encode()).hexdigest(),
        "tool": f"bench.tool_{rng.randrange(8)}",
        "tool_version": "1.0.0",
        "backend": "none",
        "weights_digest": "program:none==1",
        "request": text,
        "seed": 0,
        "origin": "bench",
        "code_version": "bench",
        "reason": "",
        "error_kind": "",
    }


def _ending(rows: list[dict[str, Any]], campaign_ids: list[str], rng: random.Random) -> Ending:
    """Return what ends these runs; each was asked for by a campaign."""
    at = now()
    ended = {"status": "ok", "error_kind": "", "reason": "", "ended_at": at, "seconds": 0.001}
    call = {"session_id": None, "cached": False, "at": at}
    asked = zip(rows, campaign_ids, strict=True)
    words = {"kind": "run", "facts": "{}", "indexed": False}
    return Ending(
        runs=[{"id": row["id"], "response": '{"made": "up"}', **ended} for row in rows],
        quantities=[_quantity(row["id"], path, rng) for row in rows for path in PATHS],
        calls=[
            {"origin": f"campaign:{of}:1:measure", "run_id": row["id"], "campaign_id": of, **call}
            for row, of in asked
        ],
        outbox=[{"ref": row["id"], "text": row["request"], **words} for row in rows],
    )


def _quantity(run_id: str, path: str, rng: random.Random) -> dict[str, Any]:
    blank = {"low": None, "high": None, "level": None, "no_uncertainty": None}
    return {"run_id": run_id, "path": path, "value": rng.gauss(0, 1), "unit": "1", "std": 0.1,
            **blank}  # fmt: skip


def _begin_campaign(ledger: Ledger) -> str:
    words = dict.fromkeys(("name", "goal", "spec_digest", "code_version"), "bench")
    row = {**words, "kind": "molecule", "seed": 0, "spec": "{}", "cards": "{}"}
    return campaigns.start(ledger, row)


def _end_campaign(ledger: Ledger, campaign_id: str, run_ids: list[str]) -> None:
    """Record a round whose candidates passed one gate and were measured by these runs."""
    campaign = campaigns.get(ledger, campaign_id)
    forms = [NewCandidate(f"C{run_id}", (), "random", "start", None, "") for run_id in run_ids]
    campaigns.open_round(ledger, campaign, 1, forms, {"goal": {"text": "bench"}})
    pairs = list(zip(campaigns.view(ledger, campaign_id), run_ids, strict=True))
    verdicts = [Verdict(one.id, "measure", True, "measured", run_id) for one, run_id in pairs]
    campaigns.note_verdicts(ledger, verdicts)
    numbers = [(one.id, "number", run_id, PATHS[0]) for one, run_id in pairs]
    campaigns.note_measurements(ledger, numbers)
    campaigns.end(ledger, campaign_id, "budget")
