"""Numbers at the beginning of lines that order a text: list markers and section numbers."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from heuresis.agent.numbers.lexicon import THINGS, UNITS
from heuresis.agent.numbers.verdict import Excuse, Excused

_MARKER = re.compile(r"[ \t>]*(?P<n>\d{1,2})[.)](?=[ \t]+\S)")
_HEADING = re.compile(
    r"[ \t]*#{1,6}[ \t]+(?P<n>\d{1,2}(?P<sub>(?:\.\d{1,2}){0,3}))(?P<dot>[.)]?)[ \t]+"
    r"(?P<title>[^\n]+)"
)


@dataclass
class _Order:
    """What number comes next.

    Attributes:
        item: Next marker of the list.
        section: Number of the last section.
        is_open: Whether a list may begin: after a blank line, a heading, or a whole sentence.
    """

    item: int = 1
    section: list[int] = field(default_factory=lambda: [0])
    is_open: bool = True


def layout_in(text: str) -> Iterator[Excused]:
    """Find list markers and section numbers that go on where the last one stopped."""
    order, at = _Order(), 0
    for line in text.split("\n"):
        if heading := _HEADING.fullmatch(line):
            if _goes_on(order, heading):
                yield _excused(at, heading, Excuse.SECTION)
        elif (marker := _MARKER.match(line)) and not re.match(UNITS, line[marker.end() :].strip()):
            n = int(marker["n"])
            if (n == order.item and n > 1) or (n == 1 and order.is_open):
                order.item = n + 1
                yield _excused(at, marker, Excuse.LIST_MARKER)
        elif line.strip():
            order.is_open = line.rstrip()[-1] in ".:;!?)" or line.lstrip()[0] in "#-•|"
            order.item = order.item if line[:1] in " \t" else 1
        else:
            order.is_open = True
        at += len(line) + 1


def _excused(at: int, match: re.Match[str], excuse: Excuse) -> Excused:
    return Excused(start=at + match.start("n"), end=at + match.end("n"), excuse=excuse)


def _goes_on(order: _Order, heading: re.Match[str]) -> bool:
    """Whether a section number follows the last: 2.1 after 2, 2.2 after 2.1, 3 after 2.2."""
    numbers = [int(n) for n in heading["n"].split(".")]
    last, depth = order.section, len(numbers)
    if depth > len(last):
        is_next = numbers[:-1] == last and numbers[-1] == 1
    else:
        is_next = numbers == [*last[: depth - 1], last[depth - 1] + 1]
    if is_next and _is_title(heading):
        order.section = numbers
        return True
    return False


def _is_title(heading: re.Match[str]) -> bool:
    """Whether words follow that a heading may have; a unit or things to count are none."""
    title = heading["title"].strip()
    is_numbered = bool(heading["dot"] or heading["sub"])
    return is_numbered and title[:1].isupper() and not re.match(f"{UNITS}|{THINGS}", title)
