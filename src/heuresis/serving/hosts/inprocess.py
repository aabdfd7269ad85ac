"""The default host: backends run in this process, each one call at a time."""

import threading
import weakref
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from concurrent.futures import TimeoutError as StillRunning
from queue import SimpleQueue
from typing import Any

from heuresis.contract import Backend, Request, Response
from heuresis.errors import HeuresisError, ServiceError
from heuresis.serving.host import TimedOutError

Call = Callable[[], list[Response]]
Calls = SimpleQueue[tuple[Call, Future[list[Response]]] | None]  # None: nothing comes any more


class InProcessHost:
    """One thread for each kind of backend.

    The time limit counts from when the backend is free. A call that is late is abandoned with its
    thread, which ends when it will and keeps nothing else waiting; the next call gets a new one.
    """

    name = "inprocess"

    def __init__(self) -> None:
        self._lanes: dict[str, _Lane] = {}
        self._opening = threading.Lock()

    def call(
        self,
        backend: Backend[Any, Any],
        requests: Sequence[Request],
        timeout_s: float,
    ) -> list[Response]:
        """See `Host.call`."""
        kind = f"{type(backend).__module__}.{type(backend).__qualname__}"
        with self._opening:
            lane = self._lanes.setdefault(kind, _Lane())
        try:
            return lane.run(lambda: _answer(backend, requests), timeout_s)
        except StillRunning as error:
            raise TimedOutError(
                f"backend {backend.name!r}: no answer within {timeout_s:g} s"
            ) from error


class _Lane:
    """Takes one call at a time, and keeps the thread that runs it between calls."""

    def __init__(self) -> None:
        self._free = threading.Lock()
        self._calls: Calls | None = None

    def run(self, call: Call, timeout_s: float) -> list[Response]:
        with self._free:
            if self._calls is None:
                self._calls = self._opened()
            answer: Future[list[Response]] = Future()
            self._calls.put((call, answer))
            try:
                return answer.result(timeout_s)
            except StillRunning:
                self._calls.put(None)
                self._calls = None
                raise

    def _opened(self) -> Calls:
        """Start a thread that ends with this lane."""
        calls: Calls = SimpleQueue()
        weakref.finalize(self, calls.put, None).atexit = False
        # A daemon, so that a backend that hangs cannot keep the process from ending.
        threading.Thread(target=_work, args=(calls,), daemon=True).start()
        return calls


def _work(calls: Calls) -> None:
    while (got := calls.get()) is not None:
        call, answer = got
        try:
            answer.set_result(call())
        except BaseException as error:  # noqa: BLE001  # the caller's thread raises it
            answer.set_exception(error)
        del got, call, answer  # they may be large, and the next call may be hours away


def _answer(backend: Backend[Any, Any], requests: Sequence[Request]) -> list[Response]:
    try:
        responses = list(backend.run(requests))
    except HeuresisError:
        raise
    except Exception as error:  # the edge between our code and a model's
        raise ServiceError(f"backend {backend.name!r}: {type(error).__name__}: {error}") from error
    if len(responses) != len(requests):
        raise ServiceError(
            f"backend {backend.name!r}: got {len(responses)} responses, "
            f"allowed: {len(requests)}, one per request"
        )
    return responses
