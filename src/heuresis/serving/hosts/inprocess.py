"""The default host: backends run in this process, each one call at a time."""

import threading
from collections import defaultdict
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from concurrent.futures import TimeoutError as StillRunning
from typing import Any

from heuresis.contract import Backend, Request, Response
from heuresis.errors import HeuresisError, ServiceError
from heuresis.serving.host import TimedOutError

MAX_CALLS = 8  # threads; a backend that hangs keeps one


class InProcessHost:
    """Threads of this process. A call that times out is abandoned: its thread ends when it will."""

    name = "inprocess"

    def __init__(self) -> None:
        self._threads = ThreadPoolExecutor(MAX_CALLS, thread_name_prefix="heuresis-backend")
        self._locks: dict[str, threading.Lock] = defaultdict(threading.Lock)

    def call(
        self,
        backend: Backend[Any, Any],
        requests: Sequence[Request],
        timeout_s: float,
    ) -> list[Response]:
        """See `Host.call`."""
        future = self._threads.submit(self._run, backend, requests)
        try:
            return future.result(timeout_s)
        except StillRunning as error:
            future.cancel()
            raise TimedOutError(
                f"backend {backend.name!r}: no answer within {timeout_s:g} s"
            ) from error

    def _run(self, backend: Backend[Any, Any], requests: Sequence[Request]) -> list[Response]:
        with self._locks[f"{type(backend).__module__}.{type(backend).__qualname__}"]:
            try:
                responses = list(backend.run(requests))
            except HeuresisError:
                raise
            except Exception as error:  # the edge between our code and a model's
                raise ServiceError(
                    f"backend {backend.name!r}: {type(error).__name__}: {error}"
                ) from error
        if len(responses) != len(requests):
            raise ServiceError(
                f"backend {backend.name!r}: got {len(responses)} responses, "
                f"allowed: {len(requests)}, one per request"
            )
        return responses
