# ruff: noqa: RUF001  # quotes as they are printed
"""Passages: text cut at sentences, short enough to be embedded and quoted, never over a page."""

import re
from collections.abc import Iterator

from heuresis.agent.documents.content import Content, Stretch
from heuresis.agent.understanding.marking import mark
from heuresis.memory.documents import LISTED, NewPassage, Unit

MAX_CHARS = 900  # about what the embedder reads of a text
LEAST_CHARS = 200  # no cut before
HARD_CHARS = 20_000  # a string without white space is kept whole up to here
SENTENCE_END = re.compile(r"(?<=[.!?])[\"”’)]?\s+(?=[\"“‘(\[]?[A-Z0-9])")


def passages(content: Content) -> tuple[NewPassage, ...]:
    """Cut what a reader found into passages; each line of one is a paragraph or a row."""
    found: list[Stretch] = []
    for stretch in content.texts:
        for piece in _pieces(stretch.text):
            last = found[-1] if found else None
            if last and _may_join(last, stretch, len(piece), content.unit):
                found[-1] = Stretch(last.first, stretch.last, f"{last.text}\n{piece}")
            else:
                found.append(Stretch(stretch.first, stretch.last, piece))
    return tuple(NewPassage(one.first, one.last, one.text, mark(one.text).text) for one in found)


def _may_join(last: Stretch, here: Stretch, n_chars: int, unit: Unit) -> bool:
    """Whether a piece goes into the passage before it: never over a page or an empty row."""
    step = here.first - last.last
    if (unit == "page" and step != 0) or (unit in LISTED and step != 1):
        return False
    return len(last.text) + 1 + n_chars <= MAX_CHARS


def _pieces(text: str) -> Iterator[str]:
    """Cut a paragraph that is too long, at sentences where that is possible, else at blanks."""
    while len(text) > MAX_CHARS:
        ends = [match.end() for match in SENTENCE_END.finditer(text, LEAST_CHARS, MAX_CHARS)]
        at = ends[-1] if ends else _blank(text)
        yield text[:at].strip()
        text = text[at:].strip()
    if text:
        yield text


def _blank(text: str) -> int:
    before = text.rfind(" ", LEAST_CHARS, MAX_CHARS)
    if before > 0:
        return before
    behind = text.find(" ", MAX_CHARS, HARD_CHARS)
    return behind if behind > 0 else min(len(text), HARD_CHARS)
