"""What hosting costs: a tool that does nothing, in-process, on Ray, and by Ray's bare handle.

Fairness: all three are asked in turns in one run. The bare handle calls a method of the same
replica that returns at once, without batching, recording or packing. Both labs are the ones that
`open_lab` opens, with their policies, on one SQLite ledger; every call is fresh and fully
recorded. Clients are threads of one process, which share an interpreter: processes would do more.
Ray is started by `heuresis serve up`'s own code, in a home of its own, and ends with the bench.
Faults follow in the same Ray, see `serving_faults`.
"""

import os
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import count
from typing import Any

from heuresis.evals.bench.measure import alternate, quantile
from heuresis.evals.bench.noop import NoopRequest
from heuresis.evals.bench.row import Row, against_goal, against_peer, told
from heuresis.evals.bench.workplace import bench_tools, temporary_settings
from heuresis.serving.lab import Lab
from heuresis.serving.open_lab import open_lab
from heuresis.settings import Settings

TOOL = "bench.noop"
BATCH = 100
CLIENTS = 16
TURNS, QUICK_TURNS, WARM_TURNS = 200, 10, 5
CROWD_TURNS, QUICK_CROWD_TURNS = 20, 2
IN_PROCESS_GOAL_MS = 4.0
BATCH_GOAL_MS = 0.5  # 2,000 items/s
NEEDED = 1 / 1.5  # of the speed of a bare handle
ANSWER_S = 60.0


@dataclass(frozen=True)
class Place:
    """A Ray in a home of its own, with a lab on it and one beside it."""

    settings: Settings
    on_ray: Lab
    in_process: Lab
    handle: Any

    def ping(self) -> int:
        """Call the replica by its bare handle."""
        pid: int = self.handle.ping.remote().result(timeout_s=ANSWER_S)
        return pid


@contextmanager
def temporary_ray(*tools: str) -> Iterator[Place]:
    """Start Ray with some tools of the bench, and end it.

    Raises:
        ServiceError: Ray is not installed or does not start.
    """
    from heuresis.serving.hosts.ray_serve import connection, operation
    from heuresis.serving.hosts.ray_serve.address import addresses
    from heuresis.serving.hosts.ray_serve.config import HostingConfig
    from heuresis.serving.hosts.ray_serve.host import handle_of

    limits = {"cpus": 0.05, "recycle_mb": 600, "idle_s": 3600}
    config = HostingConfig.model_validate({"defaults": limits})
    with bench_tools(), temporary_settings() as moved:
        settings = moved.model_copy(update={"host": "ray", "ray_address": "", "serving_file": ""})
        operation.up(settings, followed=os.getpid())
        try:
            connection.connect(settings)
            wanted = [one for one in addresses() if one.tool in tools]
            operation.deploy_all(settings, config, wanted)
            labs = [
                open_lab(settings.model_copy(update={"host": host}))
                for host in ("ray", "inprocess")
            ]
            yield Place(settings, labs[0], labs[1], handle_of(wanted[0]))
            for lab in labs:
                lab.ledger.close()
        finally:
            connection.leave()
            operation.down(settings)


def measure(*, quick: bool) -> list[Row]:
    """Time single calls and batches with one client and with sixteen, then faults."""
    from heuresis.evals.bench.serving_faults import faults

    with temporary_ray(TOOL, "bench.faulty") as place:
        rows = [*_alone(place, QUICK_TURNS if quick else TURNS)]
        rows += _crowd(place, QUICK_CROWD_TURNS if quick else CROWD_TURNS)
        return [*rows, *faults(place, quick=quick)]


def _actions(place: Place) -> dict[str, Callable[[int], object]]:
    numbers = count()

    def one(lab: Lab) -> object:
        return lab.run(TOOL, NoopRequest(number=next(numbers)))

    def many(lab: Lab) -> object:
        return lab.run_many(TOOL, [NoopRequest(number=next(numbers)) for _ in range(BATCH)])

    return {
        "bare": lambda _: place.ping(),
        "ray": lambda _: one(place.on_ray),
        "inprocess": lambda _: one(place.in_process),
        "ray_batch": lambda _: many(place.on_ray),
        "inprocess_batch": lambda _: many(place.in_process),
    }


def _alone(place: Place, turns: int) -> Iterator[Row]:
    actions = _actions(place)
    alternate(actions, WARM_TURNS)
    ms = {
        name: [1000 * each for each in seconds]
        for name, seconds in alternate(actions, turns).items()
    }
    yield against_peer(
        "serving.single", "a fresh call through the lab on Ray, 1 client", ms["ray"],
        ("a bare handle", ms["bare"]), "ms", needed=NEEDED, note=_tails(ms["ray"]),
    )  # fmt: skip
    yield against_goal(
        "serving.inprocess", "a fresh call through the lab in-process, 1 client", ms["inprocess"],
        IN_PROCESS_GOAL_MS, "ms", note=_tails(ms["inprocess"]),
    )  # fmt: skip
    for name, where in (("ray_batch", "on Ray"), ("inprocess_batch", "in-process")):
        per_item = [each / BATCH for each in ms[name]]
        yield against_goal(
            f"serving.{name}", f"a fresh call in {BATCH}, lab {where}, 1 client", per_item,
            BATCH_GOAL_MS, "ms/item", note=f"{1000 / quantile(per_item, 0.5):.0f} items/s",
        )  # fmt: skip


def _crowd(place: Place, turns: int) -> Iterator[Row]:
    """Let sixteen clients call at once, each once in a turn; time until all are answered."""
    with ThreadPoolExecutor(CLIENTS) as pool:

        def all_at_once(action: Callable[[int], object]) -> Callable[[int], object]:
            return lambda turn: list(pool.map(action, [turn] * CLIENTS))

        actions = {name: all_at_once(action) for name, action in _actions(place).items()}
        alternate(actions, 1)
        seconds = alternate(actions, turns)
    for name, times in seconds.items():
        n = CLIENTS * (BATCH if name.endswith("_batch") else 1)
        per_item = [1000 * each / n for each in times]
        what = f"{name.replace('_', ', ')}, {CLIENTS} clients at once"
        yield told(
            f"serving.crowd_{name}", what, per_item, "ms/item",
            note=f"{1000 / quantile(per_item, 0.5):.0f} items/s",
        )  # fmt: skip


def _tails(ms: list[float]) -> str:
    return f"p50 {quantile(ms, 0.5):.1f} ms, p99 {quantile(ms, 0.99):.1f} ms"
