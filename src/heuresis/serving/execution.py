"""Step 7 and 8 of the lab: call the backend, retry the transient, check what came back."""

import time
from collections.abc import Sequence
from typing import Any

from heuresis.contract import Backend
from heuresis.errors import HeuresisError, ServiceError
from heuresis.serving.faults import reach
from heuresis.serving.host import Host, TimedOutError
from heuresis.serving.slot import Slot
from heuresis.tools.registry import AnyTool

RETRIES = 2
BACKOFF_S = 0.2


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
        if len(slots) == 1 or isinstance(error, TimedOutError):
            for slot in slots:
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
        tool.check_result(slot.request, slot.response)
        slot.grade = tool.grade(slot.request, slot.response)
    except HeuresisError as error:
        slot.error = error
