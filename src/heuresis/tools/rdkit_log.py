"""RDKit's log is one for the whole process: silence that many threads may ask for at once.

RDKit's own `BlockLogs` turns on at its end what it itself turned off. With two threads, or with a
library that turns the log off while it is imported, the log can stay off for good.
"""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

_lock = threading.Lock()
_state: dict[str, Any] = {"n_inside": 0, "blocker": None}


@contextmanager
def silent_rdkit() -> Iterator[None]:
    """Keep RDKit's messages back until the last thread inside has left; then all is as before.

    What a library does to the log inside, for instance while it is imported, is undone at the end.
    """
    _enter()
    try:
        yield
    finally:
        _leave()


def _enter() -> None:
    from rdkit.rdBase import BlockLogs

    with _lock:
        _state["n_inside"] += 1
        if _state["n_inside"] == 1:
            _state["blocker"] = BlockLogs().__enter__()


def _leave() -> None:
    with _lock:
        _state["n_inside"] -= 1
        if _state["n_inside"] == 0:
            _state["blocker"].__exit__(None, None, None)
            _state["blocker"] = None
