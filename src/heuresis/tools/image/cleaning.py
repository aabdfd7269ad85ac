"""Frames without writing: what was found is painted over, in what is shown and in the numbers."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from heuresis.tools.image import burned_in_text
from heuresis.tools.image.burned_in_text import SAME_PLACE, Found, share
from heuresis.tools.image.formats.stack import Stack

LOOKS = 3  # frames of a stack whose numbers of 16 bits are searched over their whole range


@dataclass(frozen=True)
class Clean:
    """A stack after the search.

    Attributes:
        stack: With what is sure painted over, unless the caller keeps it.
        found: Places by position in the stack.
        is_searched: False where no reader is installed.
        why_not: Why it was not searched.
    """

    stack: Stack
    found: list[list[Found]]
    is_searched: bool
    why_not: str = ""


def clean(stack: Stack, *, keep_text: bool) -> Clean:
    """Search every frame for writing and paint over what is sure.

    In a stack, a place with writing in one frame is painted over in all: what a device burned in
    stays where it is, and a reader misses it now and then.
    """
    missing = burned_in_text.missing()
    if missing is not None:
        return Clean(stack, [[] for _ in stack.shown], is_searched=False, why_not=missing)
    found = burned_in_text.find_in_frames(stack.shown)
    for at in _looks(len(stack.native)):
        found[at] = [*found[at], *burned_in_text.find_text(stack.native[at], sure_in(found))]
    found = [_merged(each) for each in found]
    sure = _merged(sure_in(found))
    if keep_text or not sure:
        return Clean(stack, found, is_searched=True)
    shown = [_painted(frame, sure) for frame in stack.shown]
    native = [_painted(frame, sure) for frame in stack.native]
    return Clean(replace(stack, shown=shown, native=native), found, is_searched=True)


def sure_in(found: Sequence[Sequence[Found]]) -> list[Found]:
    """Return the sure places of all frames."""
    return [one for each in found for one in each if one.is_sure]


def _looks(n_frames: int) -> list[int]:
    return sorted({0, n_frames // 2, n_frames - 1})[:LOOKS] if n_frames else []


def _merged(found: Sequence[Found]) -> list[Found]:
    """Drop a place that lies mostly in another one, the surer one kept."""
    kept: list[Found] = []
    for one in sorted(found, key=lambda each: -each.score):
        if not any(share(one, other) > SAME_PLACE for other in kept):
            kept.append(one)
        elif one.is_sure:
            kept = [_joined(one, o) if share(one, o) > SAME_PLACE else o for o in kept]
    return sorted(kept, key=lambda each: (each.y0, each.x0))


def _joined(one: Found, other: Found) -> Found:
    """Return the rectangle around both."""
    return replace(
        other,
        x0=min(one.x0, other.x0),
        y0=min(one.y0, other.y0),
        x1=max(one.x1, other.x1),
        y1=max(one.y1, other.y1),
    )


def _painted(frame: NDArray[Any], places: Sequence[Found]) -> NDArray[Any]:
    """Return a frame with its smallest value in all places."""
    painted = frame.copy()
    ground = 0 if frame.dtype == np.uint8 else frame.min()
    for one in places:
        painted[one.y0 : one.y1, one.x0 : one.x1] = ground
    return painted
