"""Numbers of literature: DOIs and arXiv ids in the list of sources, and marks that point there."""

import re
from collections.abc import Iterator

from heuresis.agent.numbers.lexicon import THINGS, UNITS
from heuresis.agent.numbers.verdict import Excuse, Excused

_SOURCES = re.compile(
    r"^[ \t]*(?:#{1,6}[ \t]+)?(?:\d{1,2}[.)][ \t]+)?"
    r"(?:sources|references|citations|bibliography)[ \t]*:?[ \t]*$",
    re.IGNORECASE | re.MULTILINE,
)
_NEXT_HEADING = re.compile(r"^[ \t]*#", re.MULTILINE)
_IN_THE_LIST = (
    re.compile(r"(?:https?://(?:dx\.)?doi\.org/|doi:[ \t]*|\b)10\.\d{4,9}/[^\s]+", re.IGNORECASE),
    re.compile(r"(?:https?://)?arxiv(?:\.org/abs/|:)[ \t]?\d{4}\.\d{4,5}(?:v\d)?", re.IGNORECASE),
    re.compile(r"\((?:19|20)\d\d\)"),
)
_ENTRY = re.compile(r"^[ \t]*(?:\[(\d{1,2})\]:?|(\d{1,2})[.)])[ \t]+\S", re.MULTILINE)
_MARK = re.compile(
    rf"\[(\d{{1,2}}(?:[ ]?[,-][ ]?\d{{1,2}})*)\](?![(\w])(?!\s?(?:{UNITS}|{THINGS}))"
)


def citations_in(text: str) -> Iterator[Excused]:
    """Find what is allowed in the list of sources only, and marks of entries that are there."""
    begin = _SOURCES.search(text)
    if begin is None:
        return
    after = _NEXT_HEADING.search(text, begin.end())
    end = after.start() if after else len(text)
    for pattern in _IN_THE_LIST:
        for match in pattern.finditer(text, begin.end(), end):
            yield _excused(match.start(), match.end())
    n_entries = 0
    for match in _ENTRY.finditer(text, begin.end(), end):
        group = 1 if match[1] else 2
        if int(match[group]) == n_entries + 1:
            n_entries += 1
            yield _excused(match.start(group), match.end(group))
    for match in _MARK.finditer(text, 0, begin.start()):
        if all(1 <= int(n) <= n_entries for n in re.findall(r"\d+", match[1])):
            yield _excused(match.start(1), match.end(1))


def _excused(start: int, end: int) -> Excused:
    return Excused(start=start, end=end, excuse=Excuse.CITATION)
