"""A ledger with a few runs: ok, partial, failed, and one of another session."""

from typing import Any

from heuresis.memory.ledger import Ledger, now
from heuresis.memory.runs import QUANTITY, RUN

OK = "01J9Z3K4M5N6P7Q8R9STVWXYZ0"  # also named in sentences.py
PARTIAL = "01J9Z3K4M5N6P7Q8R9STVWXYZ1"
FAILED = "01J9Z3K4M5N6P7Q8R9STVWXYZ2"
OTHER = "01J9Z3K4M5N6P7Q8R9STVWXYZ3"
GONE = "01J9Z3K4M5N6P7Q8R9STVWXYZ4"

NUMBERS: dict[str, dict[str, Any]] = {
    "gap": {"value": -2.3142, "unit": "eV", "std": 0.123},
    "energy": {"value": 23.5, "unit": "kcal/mol", "no_uncertainty": "one method, no ensemble"},
    "modulus": {"value": 167.2, "unit": "GPa", "low": 150.0, "high": 180.0, "level": 0.95},
    "log_s": {"value": -2.5, "unit": "log10(mol/L)", "std": 0.7},
    "volume": {"value": 10.5, "unit": "Å3/atom", "std": 0.2},
    "hull": {"value": 0.0213, "unit": "eV/atom", "std": 0.03},
    "share": {"value": 0.4567, "unit": "1", "std": 0.02},
    "modes[2].e": {"value": 3.2e-7, "unit": "eV", "std": 1.1e-8},
    "rings": {"value": 3.0, "unit": "1", "no_uncertainty": "computed exactly by definition"},
    "tricky": {"value": 1.0, "unit": "1", "no_uncertainty": "see {{run:x}} and 5 eV"},
}


def run_row(run_id: str, status: str, tool: str = "test.echo") -> dict[str, Any]:
    return {
        "id": run_id, "key": run_id, "attempt": 1, "tool": tool, "tool_version": "1.0.0",
        "backend": "echo", "weights_digest": "", "request": "{}", "seed": 0, "status": status,
        "reason": "", "error_kind": "", "response": None, "origin": "test", "code_version": "0",
        "owner": "", "lease_until": 0.0, "started_at": now(), "ended_at": now(), "seconds": 0.1,
    }  # fmt: skip


def number_row(run_id: str, path: str) -> dict[str, Any]:
    empty = {"std": None, "low": None, "high": None, "level": None, "no_uncertainty": None}
    return {"run_id": run_id, "path": path, **empty, **NUMBERS[path]}


def fill(ledger: Ledger) -> None:
    runs = [
        run_row(OK, "ok"), run_row(PARTIAL, "partial", "test.odd"), run_row(FAILED, "failed"),
        run_row(OTHER, "ok"),
    ]  # fmt: skip
    rows = [number_row(OK, path) for path in NUMBERS]
    rows += [number_row(run_id, "gap") for run_id in (PARTIAL, FAILED, OTHER)]
    with ledger.write() as connection:
        ledger.insert_new(connection, RUN, runs)
        ledger.insert_new(connection, QUANTITY, rows)
