"""Which structure type a message says of which formula: beside it, or of the list it stands in."""

import re
from collections.abc import Sequence

from heuresis.agent.understanding.entities import Entity

_BESIDE = re.compile(
    r"(?i)[\s,(:-]*(?:(?:structured?|type|phase|lattice|form|as|in|with|the|a|an|of|is|being|for|metal|"
    r"prototype|which|has|having|crystal|crystalline)[\s:(-]*)*"
)


def said_of(text: str, named: Sequence[Entity], types: Sequence[Entity]) -> list[str]:
    """Return the type of each formula: the one beside it, else that of its neighbour."""
    beside = [min(types, key=lambda one: (_gap(one, formula), one.start)) for formula in named]
    is_before = bool(named) and types[0].start < named[0].start
    own = [
        one.canonical if _is_beside(text, one, formula, is_before=is_before) else ""
        for one, formula in zip(beside, named, strict=True)
    ]
    order = range(len(named)) if is_before else range(len(named) - 1, -1, -1)
    before = -1 if is_before else 1
    for i in order:
        j = i + before
        if not own[i] and 0 <= j < len(named) and own[j] and _is_listed(text, named[i], named[j]):
            own[i] = own[j]
    return [form or one.canonical for form, one in zip(own, beside, strict=True)]


def _is_beside(text: str, one: Entity, formula: Entity, *, is_before: bool) -> bool:
    """Whether a type is said of a formula; after a comma only where types come first."""
    between = text[min(one.end, formula.end) : max(one.start, formula.start)]
    if re.search(r"[,;]", between) and (one.start < formula.start) != is_before:
        return False
    return _BESIDE.fullmatch(between) is not None


def _is_listed(text: str, one: Entity, other: Entity) -> bool:
    between = text[min(one.end, other.end) : max(one.start, other.start)]
    return re.search(r"[.;!?]\s", between) is None


def _gap(one: Entity, other: Entity) -> int:
    return max(one.start - other.end, other.start - one.end)
