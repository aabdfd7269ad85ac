"""Chains of restoring operations as text: 'denoise(2) > contrast(1.5)', read and written."""

import re
from dataclasses import dataclass

from heuresis.contract import Restoration
from heuresis.errors import RequestError

LIMITS: dict[str, tuple[float, float]] = {  # what the number in brackets means is in operations
    "contrast": (0.1, 10.0),
    "deblur": (0.3, 6.0),
    "denoise": (0.1, 10.0),
    "gamma": (0.2, 5.0),
    "illumination": (0.1, 2.0),
    "sharpen": (0.1, 5.0),
}
MAX_STEPS = 6
ARROW = " > "
NOTHING = Restoration("nothing")
_STEP = re.compile(r"([a-z]+)\(([0-9]+(?:\.[0-9]+)?)\)")


@dataclass(frozen=True)
class Step:
    """One operation.

    Attributes:
        operation: A key of LIMITS.
        strength: The operation's number.
    """

    operation: str
    strength: float

    def __str__(self) -> str:
        return f"{self.operation}({self.strength:g})"


def read_chain(text: str) -> tuple[Step, ...]:
    """Return the steps of a chain, in order; empty for 'nothing'.

    Raises:
        RequestError: Not a chain; says what was got and what is allowed.
    """
    if text.strip() == NOTHING:
        return ()
    steps = tuple(_read_step(part.strip()) for part in text.split(">"))
    if len(steps) > MAX_STEPS:
        raise RequestError(f"chain: got {len(steps)} steps, allowed: up to {MAX_STEPS}")
    return steps


def _read_step(text: str) -> Step:
    found = _STEP.fullmatch(text)
    if found is None or found[1] not in LIMITS:
        raise RequestError(
            f"chain: got {text[:60]!r}, allowed: 'nothing', or steps such as 'denoise(2)' joined "
            f"by '>', of {', '.join(LIMITS)}"
        )
    low, high = LIMITS[found[1]]
    strength = float(found[2])
    if not low <= strength <= high:
        raise RequestError(f"chain: got {text!r}, allowed: {found[1]} from {low:g} to {high:g}")
    return Step(found[1], strength)


def write_chain(steps: tuple[Step, ...]) -> Restoration:
    """Return the canonical text of a chain."""
    return Restoration(ARROW.join(map(str, steps))) if steps else NOTHING


def canonical_chain(text: str) -> Restoration:
    """Return a chain as it is always written; raises RequestError."""
    return write_chain(read_chain(text))
