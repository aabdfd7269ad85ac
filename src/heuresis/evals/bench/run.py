"""Run the measurements one after the other, each in a home of its own."""

import time
from collections.abc import Callable, Sequence
from importlib import import_module

from heuresis.errors import HeuresisError
from heuresis.evals.bench.machine import load_average, machine
from heuresis.evals.bench.row import Report, Row
from heuresis.memory.ledger import now

MEASUREMENTS = (
    "lab_calls",
    "startup",
    "loop",
    "assistant",
    "ledger_scale",
    "admet",
    "relaxation",
    "imaging",
    "serving",
    "screening",
)
SIZED = ("screening",)  # what can be measured in a size of the caller's


def run(
    names: Sequence[str] = MEASUREMENTS,
    *,
    quick: bool = False,
    size: int | None = None,
    on_start: Callable[[str], None] = lambda name: None,
) -> Report:
    """Measure; what cannot be measured here is named with its reason."""
    began, load, at = time.perf_counter(), load_average(), now()
    rows: list[Row] = []
    skipped: dict[str, str] = {}
    for name in names:
        on_start(name)
        module = import_module(f"heuresis.evals.bench.{name}")
        try:
            sized = {"size": size} if name in SIZED else {}
            rows += module.measure(quick=quick, **sized)
        except HeuresisError as error:
            skipped[name] = str(error)
    return Report(
        at=at,
        seconds=time.perf_counter() - began,
        quick=quick,
        machine=machine(load),
        rows=tuple(rows),
        skipped=skipped,
    )
