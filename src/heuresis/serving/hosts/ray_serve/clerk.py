"""The one actor of a cluster that keeps the placement book, asked only by models on accelerators.

Its memory is no truth: after a restart it is rebuilt from what Serve says is running.
"""

import time
from collections.abc import Sequence
from typing import Any

from heuresis.serving.hosts.ray_serve.connection import NAMESPACE
from heuresis.serving.hosts.ray_serve.placement import Decision, Placement

NAME = "heuresis-placement"
GRACE_S = 60.0  # a replica that was just admitted needs so long to appear


class Clerk:
    """Decides who may load; see `Placement`.

    Args:
        accelerators_mb: Memory of the accelerators.
        declared: Memory in MB and idle seconds, by deployment.
    """

    def __init__(
        self, accelerators_mb: Sequence[int], declared: dict[str, tuple[int, float]]
    ) -> None:
        self._book = Placement(accelerators_mb)
        self._declared = declared
        for name in sorted(self._present()):
            self.ask(name)

    def ask(self, name: str) -> Decision:
        """Ask for room, or note that a model inside is used."""
        memory_mb, idle_s = self._declared[name]
        now_s = time.monotonic()
        decision = self._book.ask(name, memory_mb, idle_s, now_s)
        if decision.verdict == "queued":
            self._book.keep(self._present(), now_s, GRACE_S)
            decision = self._book.ask(name, memory_mb, idle_s, now_s)
        return decision

    def give_up(self, name: str) -> None:
        """Forget a caller that does not want to wait."""
        self._book.give_up(name)

    def figures(self) -> dict[str, Any]:
        """Say who is in, who waits, what is free."""
        book = self._book
        return {
            "residents": book.residents(),
            "waiting": book.waiting(),
            "free_mb": book.free_mb(),
        }

    def _present(self) -> set[str]:
        """Return declared deployments that have a replica, in whatever state."""
        from ray import serve

        found = set()
        for name, application in serve.status().applications.items():
            states = [one.replica_states for one in application.deployments.values()]
            if name in self._declared and any(sum(each.values()) for each in states):
                found.add(name)
        return found


def clerk(accelerators_mb: Sequence[int], declared: dict[str, tuple[int, float]]) -> Any:
    """Return the cluster's clerk, hired if there is none."""
    import ray

    return (
        ray.remote(Clerk)
        .options(
            name=NAME,
            namespace=NAMESPACE,
            lifetime="detached",
            get_if_exists=True,
            max_restarts=-1,
            max_task_retries=3,
            num_cpus=0,
        )
        .remote(list(accelerators_mb), declared)
    )
