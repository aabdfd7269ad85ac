"""What the lab adds to a tool: a tool that does nothing, called with full recording.

Fairness: the lab is the one that `open_lab` opens, with its policies, on SQLite in WAL mode; every
fresh call leases, runs, checks and records run, quantity, call and outbox row, and commits twice.
The hazard screen finds no molecule to judge. Both goals and times are per request; streaks of
single calls, batches and hits take turns, after a warm-up. A streak is a loop that calls one by
one, as an agent does: its first call finds the caches as the batch before left them. Processor
time is told beside: on a busy machine most of a single call is waiting for a processor.
"""

import time
from collections.abc import Iterator
from itertools import count

from heuresis.evals.bench.measure import Action, alternate, median, quantile
from heuresis.evals.bench.noop import NoopRequest
from heuresis.evals.bench.row import Row, against_goal
from heuresis.evals.bench.workplace import temporary_lab
from heuresis.serving.lab import Lab

TOOL = "bench.noop"
BATCH = 100
STREAK = 20  # single calls in a turn
TURNS, QUICK_TURNS, WARM_TURNS = 200, 20, 5
SINGLE_GOAL_MS, BATCH_GOAL_MS, HIT_GOAL_MS = 1.0, 0.3, 0.2


def measure(*, quick: bool) -> list[Row]:
    """Time single calls, batches of 100, and batches of 100 that are all known."""
    with temporary_lab() as lab:
        actions, turns = _actions(lab), QUICK_TURNS if quick else TURNS
        alternate(actions, WARM_TURNS)
        wall = alternate(actions, turns)
        cpu = alternate(actions, turns, clock=time.process_time)
    goals = (
        ("single", f"a fresh call, one of {STREAK} in a row", STREAK, SINGLE_GOAL_MS),
        ("batch", f"a fresh call in {BATCH}", BATCH, BATCH_GOAL_MS),
        ("hit", f"a cached call in {BATCH}", BATCH, HIT_GOAL_MS),
    )
    return [
        _row(name, what, _ms(wall[name], n), _ms(cpu[name], n), goal)
        for name, what, n, goal in goals
    ]


def _actions(lab: Lab) -> dict[str, Action]:
    numbers = count()
    known = _requests(numbers, BATCH)
    lab.run_many(TOOL, known)
    return {
        "single": lambda _: [lab.run(TOOL, one) for one in _requests(numbers, STREAK)],
        "batch": lambda _: lab.run_many(TOOL, _requests(numbers, BATCH)),
        "hit": lambda _: lab.run_many(TOOL, known),
    }


def _requests(numbers: Iterator[int], n: int) -> list[NoopRequest]:
    return [NoopRequest(number=next(numbers)) for _ in range(n)]


def _ms(seconds: list[float], n: int) -> list[float]:
    return [1000 * each / n for each in seconds]


def _row(name: str, what: str, ours: list[float], cpu: list[float], goal_ms: float) -> Row:
    kept = "who asked is recorded" if name == "hit" else "full recording, two transactions"
    return against_goal(
        f"lab_calls.{name}",
        what,
        ours,
        goal_ms,
        "ms/request",
        note=f"{kept}; undisturbed (p5) {quantile(ours, 0.05):.2f} ms, "
        f"processor time {median(cpu):.2f} ms",
        details={
            "p5": quantile(ours, 0.05),
            "p95": quantile(ours, 0.95),
            "processor_ms": median(cpu),
        },
    )
