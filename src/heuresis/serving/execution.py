"""Step 7 and 8 of the lab: call the backend, retry the transient, check what came back."""

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from heuresis.contract import Backend, artifacts_in, digest_of
from heuresis.errors import HeuresisError, ServiceError
from heuresis.serving.faults import reach
from heuresis.serving.host import Host, TimedOutError
from heuresis.serving.slot import Slot
from heuresis.tools.registry import AnyTool

RETRIES = 2
BACKOFF_S = 0.2


@contextmanager
def guarded(tool: AnyTool) -> Iterator[None]:
    """Turn a bug in a tool's own functions into an error of the request that met it."""
    try:
        yield
    except HeuresisError:
        raise
    except Exception as error:  # the edge between our code and a tool's
        raise ServiceError(f"tool {tool.name!r}: {type(error).__name__}: {error}") from error


def execute(host: Host, tool: AnyTool, backend: Backend[Any, Any], slots: Sequence[Slot]) -> None:
    """Give every slot a checked response or an error; one bad request does not harm the rest."""
    size = max(1, backend.batch_size)
    for start in range(0, len(slots), size):
        _answer(host, tool, backend, slots[start : start + size])
    for slot in slots:
        if slot.error is None:
            _check(tool, slot)
        if slot.error is not None:
            slot.response = None  # what failed a check is not shown, nor its numbers kept


def _answer(host: Host, tool: AnyTool, backend: Backend[Any, Any], slots: Sequence[Slot]) -> None:
    """Call once; where a batch fails, halve it until the guilty request stands alone."""
    started = time.perf_counter()
    try:
        requests = [slot.informed for slot in slots]
        responses = _call(host, backend, requests, tool.card.timeout_s * len(slots))
    except HeuresisError as error:
        if len(slots) == 1 or isinstance(error, TimedOutError) or _is_transient(error):
            for slot in slots:  # of one, or of the service: no smaller batch would help
                slot.error = error
            return
        middle = len(slots) // 2
        _answer(host, tool, backend, slots[:middle])
        _answer(host, tool, backend, slots[middle:])
        return
    reach("lab.7")
    seconds = (time.perf_counter() - started) / len(slots)
    for slot, response in zip(slots, responses, strict=True):
        slot.response, slot.seconds = response, seconds


def _is_transient(error: HeuresisError) -> bool:
    return isinstance(error, ServiceError) and error.transient


def _call(
    host: Host, backend: Backend[Any, Any], requests: Sequence[Any], timeout_s: float
) -> list[Any]:
    for attempt in range(RETRIES):
        try:
            return host.call(backend, requests, timeout_s)
        except ServiceError as error:
            if not error.transient:
                raise
        time.sleep(BACKOFF_S * 2**attempt)
    return host.call(backend, requests, timeout_s)


def _check(tool: AnyTool, slot: Slot) -> None:
    if not isinstance(slot.response, tool.response):
        got = type(slot.response).__name__
        slot.error = ServiceError(
            f"tool {tool.name!r}: got a {got}, allowed: {tool.response.__name__}"
        )
        return
    try:
        with guarded(tool):
            _check_files(tool, slot.response)
            tool.check_result(slot.request, slot.response)
            slot.grade = tool.grade(slot.request, slot.response)
    except HeuresisError as error:
        slot.error = error


def _check_files(tool: AnyTool, response: Any) -> None:
    for path, artifact in artifacts_in(response).items():
        if artifact.data is not None and digest_of(artifact.data) != artifact.digest:
            raise ServiceError(f"tool {tool.name!r}: {path} has a digest that is not of its bytes")
