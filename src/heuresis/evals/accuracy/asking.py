"""Long lists of requests through the lab, in parts: an interrupted eval keeps what it has."""

from collections.abc import Sequence
from typing import Any

from heuresis.contract import Outcome
from heuresis.serving.context import Context
from heuresis.serving.lab import Lab

N_TOGETHER = {"molecule.admet": 512}
FEW_TOGETHER = 24


def ask_in_parts(
    lab: Lab, tool: str, requests: Sequence[dict[str, Any]], name: str, backend: str | None = None
) -> list[Outcome]:
    """Return one outcome per request, in order; each part is recorded before the next begins.

    Args:
        lab: Where the tool runs.
        tool: Name in the registry.
        requests: Fields of its requests.
        name: Of the eval that asks.
        backend: None for the default.
    """
    size, context = N_TOGETHER.get(tool, FEW_TOGETHER), Context(origin=f"eval:{name}")
    return [
        outcome
        for start in range(0, len(requests), size)
        for outcome in lab.run_many(tool, requests[start : start + size], context, backend)
    ]
