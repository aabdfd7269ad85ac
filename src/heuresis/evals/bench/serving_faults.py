"""Faults under load: what is lost, what is recorded twice, how long until answers come again.

Eight clients call a tool of 10 ms through the lab on Ray, each call fresh; after two seconds
something breaks. Lost: calls without a usable answer, other than those that are the fault itself.
Doubled: runs that were recorded more than once. Recovery: the longest time after the fault in
which no call was answered.
"""

import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import count, pairwise
from typing import TYPE_CHECKING, Any

from sqlalchemy import text

from heuresis.contract import Outcome
from heuresis.evals.bench.faulty import FaultyRequest, FaultyResponse
from heuresis.evals.bench.row import Row, told
from heuresis.serving.hosts.ray_serve.connection import read_record

if TYPE_CHECKING:
    from heuresis.evals.bench.serving import Place

TOOL = "bench.faulty"
CLIENTS = 8
BEFORE_S, AFTER_S, QUICK_AFTER_S = 2.0, 30.0, 12.0
LONG_S = 600.0  # far above the limit of the card
LEAK_MB = 700  # above the limit at which a replica is replaced
_numbers = count(1_000_000)


@dataclass
class Load:
    """Clients that call until they are told to stop."""

    place: "Place"
    ended: threading.Event = field(default_factory=threading.Event)
    answered_at: list[float] = field(default_factory=list)
    pids: list[int] = field(default_factory=list)
    lost: list[str] = field(default_factory=list)

    def run(self, seconds: float, break_it: Callable[[], None]) -> float:
        """Call, break something, go on; return when it was broken."""
        clients = [threading.Thread(target=self._call_on) for _ in range(CLIENTS)]
        for client in clients:
            client.start()
        time.sleep(BEFORE_S)
        broken_at = time.monotonic()
        break_it()
        time.sleep(seconds)
        self.ended.set()
        for client in clients:
            client.join()
        return broken_at

    def _call_on(self) -> None:
        while not self.ended.is_set():
            outcome = ask(self.place)
            if isinstance(outcome.response, FaultyResponse) and outcome.is_usable:
                self.answered_at.append(time.monotonic())
                self.pids.append(outcome.response.pid)
            else:
                self.lost.append(outcome.reason)

    def recovery_s(self, broken_at: float) -> float:
        """Return the longest silence after the fault."""
        times = [broken_at, *sorted(at for at in self.answered_at if at > broken_at)]
        return max((b - a for a, b in pairwise(times)), default=float("inf"))


def ask(place: "Place", **fields: Any) -> Outcome:
    """Make one fresh call."""
    return place.on_ray.run(TOOL, FaultyRequest(number=next(_numbers), **fields))


def faults(place: "Place", *, quick: bool) -> Iterator[Row]:
    """Break one thing after the other."""
    ask(place)
    ways: dict[str, tuple[str, Callable[[], None]]] = {
        "kill_replica": ("kill -9 of the replica", lambda: _kill(_replica(place))),
        "kill_controller": ("kill -9 of Serve's controller", lambda: _kill(_controller(place))),
        "hang": ("a run that hangs", lambda: _aside(lambda: ask(place, seconds=LONG_S))),
        "nan": ("an answer that is no number", lambda: _aside(lambda: ask(place, is_nan=True))),
        "leak": (f"a leak of {LEAK_MB} MB", lambda: _aside(lambda: ask(place, leak_mb=LEAK_MB))),
    }
    for name, (what, break_it) in ways.items():
        load = Load(place)
        broken_at = load.run(QUICK_AFTER_S if quick else AFTER_S, break_it)
        n_doubled = _doubled(place)
        yield told(
            f"serving.{name}", f"{what}, {CLIENTS} clients: longest silence",
            [load.recovery_s(broken_at)], "s",
            note=f"{len(load.answered_at)} answered, {len(load.lost)} lost, {n_doubled} doubled, "
            f"{len(set(load.pids))} replicas" + (f": {load.lost[0][:120]}" if load.lost else ""),
            details={
                "answered": len(load.answered_at), "lost": len(load.lost), "doubled": n_doubled,
                "replicas": len(set(load.pids)),
            },
        )  # fmt: skip


def _aside(action: Callable[[], object]) -> None:
    threading.Thread(target=action, daemon=True).start()


def _kill(pid: int) -> None:
    os.kill(pid, signal.SIGKILL)


def _replica(place: "Place") -> int:
    response = ask(place).response
    assert isinstance(response, FaultyResponse)
    return response.pid


def _controller(place: "Place") -> int:
    import psutil

    record = read_record(place.settings)
    assert record is not None
    (pid,) = [
        process.pid
        for process in psutil.Process(record.pid).children(recursive=True)
        if (process.cmdline() or [""])[0].startswith("ray::ServeController")
    ]
    return pid


def _doubled(place: "Place") -> int:
    """Count keys with more than one run that ended well."""
    query = "SELECT count(*) FROM (SELECT key FROM run WHERE tool = :tool AND status = 'ok' "
    with place.on_ray.ledger.read() as connection:
        found = connection.execute(
            text(query + "GROUP BY key HAVING count(*) > 1)"), {"tool": TOOL}
        )
        return int(found.scalar() or 0)
