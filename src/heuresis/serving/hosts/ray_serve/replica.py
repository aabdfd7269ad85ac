"""What runs on a replica: one backend, its callers' batches joined. It records nothing.

Everything of the backend is loaded by its first run, and goes when the replica does.
"""

import asyncio
import os
from collections.abc import Mapping, Sequence
from typing import Any

from heuresis.contract import Request, Response
from heuresis.errors import HeuresisError, ServiceError
from heuresis.serving.host import TimedOutError
from heuresis.serving.hosts.inprocess import InProcessHost
from heuresis.serving.hosts.ray_serve.address import Address
from heuresis.serving.hosts.ray_serve.health import Health
from heuresis.serving.hosts.ray_serve.joining import answer_joined
from heuresis.serving.hosts.ray_serve.parcel import Answer, Parcel, wrap
from heuresis.serving.hosts.ray_serve.question import Question

MB = 1024 * 1024


class Replica:
    """One copy of a backend behind Ray Serve.

    Args:
        address: Which backend.
        environment: Settings of the tools, as environment variables.
        proof_s: See `Limits`.
        recycle_mb: See `Limits`.
    """

    def __init__(
        self, address: Address, environment: Mapping[str, str], proof_s: float, recycle_mb: int
    ) -> None:
        from ray import serve

        from heuresis.settings import get_settings

        os.environ.update(environment)
        get_settings.cache_clear()
        self._address = address
        self._tool, self._backend = address.open()
        self._host = InProcessHost()
        self._question = Question(self._tool)
        self.health = Health(proof_s, recycle_mb, resident_mb)
        size = max(1, self._backend.batch_size)
        self._joined = serve.batch(
            max_batch_size=size,
            batch_wait_timeout_s=0,  # whoever comes while a run goes on is in the next one
            batch_size_fn=lambda parcels: sum(min(one.n, size) for one in parcels),
        )(self._run_joined)
        self._n_inside = 0
        self._proving: asyncio.Future[None] | None = None

    async def answer(self, parcel: Parcel) -> bytes:
        """Answer one caller's batch; see `parcel.unwrap`."""
        self._n_inside += 1
        try:
            packed: bytes = await self._joined(parcel)
        finally:
            self._n_inside -= 1
        return packed

    async def check_health(self) -> None:
        """Raise where Serve should replace this replica."""
        if self.health.wants_proof and (self._proving is None or self._proving.done()):
            loop = asyncio.get_running_loop()
            self._proving = loop.run_in_executor(None, self._prove)
        complaint = self.health.complaint()
        if complaint is not None:
            raise RuntimeError(f"{self._address.name}: {complaint}")

    async def ping(self) -> int:
        """Return the id of this process, and do nothing else: what a call costs at least."""
        return os.getpid()

    async def report(self) -> dict[str, Any]:
        """Say where this replica runs and what it uses."""
        figures = self.health.figures()
        n_queued = max(0, self._n_inside - int(figures["n_running"]))
        return {"pid": os.getpid(), "memory_mb": resident_mb(), "n_queued": n_queued, **figures}

    async def _run_joined(self, parcels: list[Parcel]) -> list[bytes]:
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(None, self._answers, parcels)

    def _answers(self, parcels: Sequence[Parcel]) -> list[bytes]:
        answers: list[Answer | None] = [None] * len(parcels)
        asked = {}
        for i, parcel in enumerate(parcels):
            try:
                asked[i] = (self._opened(parcel), parcel.timeout_s)
            except HeuresisError as error:
                answers[i] = error
        with self.health.running():
            for i, answer in zip(asked, answer_joined(self._run, [*asked.values()]), strict=True):
                answers[i] = answer
        return [wrap(one) for one in answers if one is not None]

    def _opened(self, parcel: Parcel) -> list[Request]:
        here = self._backend.digest()
        if parcel.digest != here:  # the run would be recorded under weights that did not answer
            raise ServiceError(
                f"deployment {self._address.name!r}: got a call for {parcel.digest!r}, allowed: "
                f"{here!r}, which the replica has; install the same on both, then serve it anew"
            )
        return parcel.requests()

    def _run(self, requests: Sequence[Request], timeout_s: float) -> list[Response]:
        try:
            answers = self._host.call(self._backend, requests, timeout_s)
        except TimedOutError:
            self.health.hung()
            raise
        except ServiceError:
            self.health.failed()
            raise
        self.health.answered()
        self._question.remember(requests[0])
        return answers

    def _prove(self) -> None:
        self.health.prove(lambda: self._question.ask(self._host, self._backend))


def resident_mb() -> float:
    """Tell the resident memory of this process."""
    import psutil

    return float(psutil.Process().memory_info().rss) / MB
