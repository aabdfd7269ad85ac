"""Values inside recorded answers: fields of responses, by path, as later steps need them."""

import json
import re
from typing import Any

from heuresis.memory import runs
from heuresis.memory.ledger import Ledger

_PART = re.compile(r"([^.\[\]]+)|\[(\d+)\]")


def response_of(ledger: Ledger, run_id: str) -> Any:
    """Return a run's response as JSON data; None where it has none."""
    row = runs.get(ledger, run_id)
    return None if row is None or row.response is None else json.loads(row.response)


def at_path(response: Any, path: str) -> Any:
    """Return the part of a response at a path such as 'images[0]'; None where there is none."""
    value = response
    for name, index in _PART.findall(path):
        if index:
            found = isinstance(value, list) and int(index) < len(value)
            value = value[int(index)] if found else None
        else:
            value = value.get(name) if isinstance(value, dict) else None
    return value


def as_argument(value: Any) -> Any:
    """Return what a request takes: a file by its digest, everything else as it is."""
    if isinstance(value, dict) and "digest" in value:
        return value["digest"]
    return value


def as_number(value: Any) -> float | None:
    """Return the value of a quantity or a plain number, 1 and 0 for true and false, or how many.

    None for anything else.
    """
    if isinstance(value, bool | int | float):
        return float(value)
    if isinstance(value, list):
        return float(len(value))
    if isinstance(value, dict) and "value" in value and "unit" in value:
        return float(value["value"])
    return None


def is_referable(value: Any) -> bool:
    """Whether an answer can name this part of a response: a quantity, or a plain number."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        return True
    return isinstance(value, dict) and "value" in value and "unit" in value
