"""Wait for room on an accelerator before a model is called, or hear that there is none."""

import time
from typing import Any

from heuresis.errors import ServiceError
from heuresis.serving.hosts.ray_serve.address import Address, addresses
from heuresis.serving.hosts.ray_serve.config import HostingConfig

FRESH_S = 5.0  # a model that was admitted a moment ago is not asked for again
POLL_S = 1.0


class Admission:
    """The turnstile of one deployment; open where its model needs no accelerator."""

    def __init__(self, config: HostingConfig, address: Address) -> None:
        self._config, self._address = config, address
        self._memory_mb = config.limits(address, address.open()[0].card).accelerator_mb
        self._admitted_at = float("-inf")
        self._clerk: Any = None

    def wait(self) -> None:
        """Return when the model may load.

        Raises:
            ServiceError: It never fits, or would wait longer than callers do; the message says
                its place and the estimate.
        """
        if not self._memory_mb or time.monotonic() - self._admitted_at < FRESH_S:
            return
        until = time.monotonic() + self._config.patience.queue_s
        while (decision := self._ask()).verdict != "placed":
            who = f"deployment {self._address.name!r}"
            if decision.verdict == "refused":
                raise ServiceError(f"{who}: {decision.reason}")
            if time.monotonic() + max(decision.estimate_s, POLL_S) > until:
                self._clerk.give_up.remote(self._address.name)
                raise ServiceError(f"{who}: {decision.reason}", transient=True)
            time.sleep(POLL_S)
        self._admitted_at = time.monotonic()

    def _ask(self) -> Any:
        import ray

        from heuresis.serving.hosts.ray_serve.clerk import clerk

        if self._clerk is None:
            memory = [one.memory_mb for one in self._config.cluster.accelerators]
            self._clerk = clerk(memory, declared(self._config))
        try:
            return ray.get(self._clerk.ask.remote(self._address.name), timeout=30)
        except ray.exceptions.RayError as error:
            self._clerk = None
            raise ServiceError(f"placement: {error}", transient=True) from error


def declared(config: HostingConfig) -> dict[str, tuple[int, float]]:
    """Return accelerator memory in MB and idle seconds of the deployments that need any."""
    found = {}
    for address in addresses():
        limits = config.limits(address, address.open()[0].card)
        if limits.accelerator_mb:
            found[address.name] = (limits.accelerator_mb, limits.idle_s)
    return found
