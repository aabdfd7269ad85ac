"""Tags that say what a stretch of text is: <SMILES>CCO</SMILES>."""

import re
from dataclasses import dataclass
from typing import Literal, get_args

TagName = Literal[
    "smiles", "selfies", "iupac", "molformula", "dna", "rna", "protein", "sirna", "material"
]
TAGS: tuple[TagName, ...] = get_args(TagName)
_MARK = re.compile(rf"<(/?)({'|'.join(TAGS)})>", re.IGNORECASE)


@dataclass(frozen=True)
class Tag:
    """What stands between an opening and a closing tag, half-open."""

    start: int
    end: int
    name: TagName


@dataclass(frozen=True)
class Tagged:
    """All tags of a text.

    Attributes:
        tags: The outermost ones, in order, empty ones left out.
        marks: Where opening and closing tags themselves stand.
        warnings: Tags read as plain text, with the reason.
    """

    tags: tuple[Tag, ...]
    marks: tuple[tuple[int, int], ...]
    warnings: tuple[str, ...]


def read_tags(text: str) -> Tagged:
    """Read opening and closing tags with a stack; unclosed and crossed ones are plain text."""
    stack: list[re.Match[str]] = []
    pairs: list[tuple[re.Match[str], re.Match[str]]] = []
    warnings = []
    for mark in _MARK.finditer(text):
        if not mark[1]:
            stack.append(mark)
        elif stack and _name(stack[-1]) == _name(mark):
            pairs.append((stack.pop(), mark))
        else:
            warnings.append(_plain(mark, "closes nothing that is open"))
            crossed = [open_ for open_ in stack if _name(open_) == _name(mark)]
            if crossed:
                warnings.append(_plain(crossed[-1], "crosses another tag"))
                stack.remove(crossed[-1])
    warnings += [_plain(mark, "is never closed") for mark in stack]
    return Tagged(_outermost(pairs), _marks(pairs), tuple(warnings))


def _outermost(pairs: list[tuple[re.Match[str], re.Match[str]]]) -> tuple[Tag, ...]:
    tags: list[Tag] = []
    for first, last in sorted(pairs, key=lambda pair: pair[0].start()):
        is_inside = bool(tags) and first.start() < tags[-1].end
        if not is_inside and first.end() < last.start():
            tags.append(Tag(first.end(), last.start(), _name(first)))
    return tuple(tags)


def _marks(pairs: list[tuple[re.Match[str], re.Match[str]]]) -> tuple[tuple[int, int], ...]:
    return tuple(sorted(mark.span() for pair in pairs for mark in pair))


def _name(mark: re.Match[str]) -> TagName:
    name: TagName = mark[2].lower()  # type: ignore[assignment]  # the pattern allows no other
    return name


def _plain(mark: re.Match[str], why: str) -> str:
    return f"tag {mark[0]!r} at {mark.start()}: {why}; read as plain text"
