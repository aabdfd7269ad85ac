"""Compare two answers of one tool, place by place, within stated tolerances."""

import math
import re
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from pydantic import Field

from heuresis.contract import Frozen

NUMBER = re.compile(r"([-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?)")
ARTIFACT = {"name", "media_type", "digest", "n_bytes"}
SHOWN = 200  # characters of a value


class Tolerance(Frozen):
    """How far two numbers may lie apart: relative share or absolute distance, either suffices."""

    relative: float = Field(default=1e-5, ge=0, lt=1, description="Of the larger magnitude.")
    absolute: float = Field(default=1e-8, ge=0, description="In the number's own unit.")


class Difference(Frozen):
    """One place at which a run did not say the same again."""

    run: str = Field(description="Id of the run in the crate.")
    tool: str = Field(description="Its tool.")
    path: str = Field(description="Place in the response, or 'status', 'request'.")
    before: str = Field(description="What the crate holds.")
    after: str = Field(description="What came out now.")
    tolerance: str = Field(description="What would have been the same.")


class Place(NamedTuple):
    """A place at which two JSON values differ; of files, the digest."""

    path: str
    before: Any
    after: Any
    is_file: bool = False


def differing(before: Any, after: Any, within: Tolerance, path: str = "") -> Iterator[Place]:
    """Yield every place at which two JSON values differ."""
    if isinstance(before, dict) and isinstance(after, dict):
        yield from _in_objects(before, after, within, path)
    elif isinstance(before, list) and isinstance(after, list):
        if len(before) != len(after):
            yield Place(f"{path}.length", len(before), len(after))
        for at, (one, other) in enumerate(zip(before, after, strict=False)):
            yield from differing(one, other, within, f"{path}[{at}]")
    elif not _same(before, after, within):
        yield Place(path, before, after)


def _in_objects(
    before: Mapping[str, Any], after: Mapping[str, Any], within: Tolerance, path: str
) -> Iterator[Place]:
    if before.keys() == after.keys() == ARTIFACT:
        if before["digest"] != after["digest"]:
            yield Place(path, before["digest"], after["digest"], is_file=True)
        return
    for name in sorted({*before, *after}):
        here = f"{path}.{name}" if path else name
        if name in before and name in after:
            yield from differing(before[name], after[name], within, here)
        else:
            yield Place(here, before.get(name, "absent"), after.get(name, "absent"))


def _same(before: Any, after: Any, within: Tolerance) -> bool:
    if isinstance(before, bool) or isinstance(after, bool):
        return before is after
    if isinstance(before, int | float) and isinstance(after, int | float):
        are_counts = isinstance(before, int) and isinstance(after, int)
        return before == after if are_counts else is_close(before, after, within)
    if isinstance(before, str) and isinstance(after, str) and before != after:
        return "\n" in before and _same_structure(before, after, within)
    return bool(before == after)


def is_close(before: float, after: float, within: Tolerance) -> bool:
    """Whether two numbers count as the same."""
    return math.isclose(before, after, rel_tol=within.relative, abs_tol=within.absolute)


def _same_structure(before: str, after: str, within: Tolerance) -> bool:
    """Compare texts of many lines, such as CIF: words equal, numbers within tolerance."""
    ours, theirs = NUMBER.split(before), NUMBER.split(after)
    words = [[word.split() for word in text[::2]] for text in (ours, theirs)]
    if words[0] != words[1]:
        return False
    pairs = zip(ours[1::2], theirs[1::2], strict=True)
    return all(is_close(float(one), float(other), within) for one, other in pairs)


def shown(value: Any) -> str:
    """Return a value as text of bounded length; numbers with all their digits."""
    text = value if isinstance(value, str) else repr(value)
    return text if len(text) <= SHOWN else f"{text[: SHOWN - 1]}…"
