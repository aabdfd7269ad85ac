"""Long calls: told how far they are, given up when the caller does, recorded all the same."""

import time
from collections.abc import Callable
from functools import partial
from typing import Any, TypeVar

import anyio

from heuresis.errors import HeuresisError

A = TypeVar("A")
BEAT_S = 1.0
Tell = Callable[[float, float | None, str], Any]  # how far, of how much, in words


async def patiently(action: Callable[[], A], tell: Tell, words: str) -> A:
    """Run in a thread and tell every second that it still runs.

    Cancelled, it returns at once; the thread ends its run, which is recorded, so that asking
    again finds it.

    Raises:
        HeuresisError: What the action raised.
    """
    began_s = time.monotonic()

    async def beat() -> None:
        while True:
            await anyio.sleep(BEAT_S)
            waited_s = time.monotonic() - began_s
            await tell(waited_s, None, f"{words}: {waited_s:.0f} s")

    async with anyio.create_task_group() as group:
        group.start_soon(beat)
        came = await anyio.to_thread.run_sync(partial(_caught, action), abandon_on_cancel=True)
        group.cancel_scope.cancel()
    if isinstance(came, HeuresisError):
        raise came
    return came


def _caught(action: Callable[[], A]) -> A | HeuresisError:
    """Return the error instead of raising it: a group of threads would wrap it."""
    try:
        return action()
    except HeuresisError as error:
        return error
