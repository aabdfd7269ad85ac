"""What is to be done to a picture: filters that restore it, and faults that spoil it."""

import re
from collections.abc import Iterator
from functools import cache

from heuresis.agent.understanding.entities import Operation
from heuresis.agent.understanding.vocabulary.reading import table

_CHAIN = re.compile(
    r"\b(?:denoise|deblur|sharpen|contrast|illumination|gamma)\(\s*\d+(?:\.\d+)?\s*\)"
)
_SPOIL = re.compile(
    r"(?i)\b(?:add|adding|adds|simulat\w+|introduc\w+|inject\w*|degrad\w+|corrupt\w*|spoil\w*|"
    r"worsen\w*|damag\w+|synthesi[sz]e|imitat\w+|mimic\w*|put|apply|applying|make\s+it|make\s+them|"
    r"make\s+(?:the|this)\s+\w+)\b"
)
_SPOILED_BY = re.compile(
    r"(?i)\b(?:blur|underexpose|overexpose|compress)\s+(?:the|this|it|my|that)\b"
)
_UNDO = re.compile(
    r"(?i)\b(?:remov\w+|reduc\w+|less|without|no|fix\w*|correct\w*|clean\w*|suppress\w*|rid\s+of|"
    r"denois\w+|deblur\w+|is|are|there|any|much|how|too|looks?)\b[^.;]{0,30}$"
)
_SEVERITY = {
    "mild": r"mild(?:ly)?|slight(?:ly)?|a\s+little|a\s+bit(?:\s+of)?|light(?:ly)?|weak(?:ly)?|low",
    "moderate": r"moderate(?:ly)?|medium|some|average",
    "severe": r"severe(?:ly)?|strong(?:ly)?|heavy|heavily|a\s+lot(?:\s+of)?|bad(?:ly)?|"
    r"extreme(?:ly)?|much|high|very",
}
_BEFORE = {name: re.compile(rf"(?i)\b(?:{one})\b[^.;]{{0,25}}$") for name, one in _SEVERITY.items()}
_AFTER = {name: re.compile(rf"(?i)[^.;,]{{0,25}}?\b(?:{one})\b") for name, one in _SEVERITY.items()}


def operations_in(text: str) -> list[Operation]:
    """Find what is to be done to pictures, in the order of the text."""
    exact = [
        Operation(text=m[0], start=m.start(), end=m.end(), does="restore",
                  what="".join(m[0].split()))
        for m in _CHAIN.finditer(text)
    ]  # fmt: skip
    spoilt = list(_spoilt(text)) if _SPOIL.search(text) or _SPOILED_BY.search(text) else []
    taken = [(one.start, one.end) for one in (*exact, *spoilt)]
    found = [
        one for one in _restored(text) if all(one.end <= a or b <= one.start for a, b in taken)
    ]
    return sorted([*exact, *spoilt, *found], key=lambda one: one.start)


def _restored(text: str) -> Iterator[Operation]:
    at = -1
    for match in _patterns("restore").finditer(text):
        if match.start() >= at:
            name = _names("restore")[int(str(match.lastgroup)[1:])]
            yield Operation(text=match[0], start=match.start(), end=match.end(), does="restore",
                            what=name)  # fmt: skip
            at = match.end()


def _spoilt(text: str) -> Iterator[Operation]:
    for match in _patterns("spoil").finditer(text):
        before = text[max(0, match.start() - 60) : match.start()]
        begun = [*_SPOIL.finditer(before)]
        is_verb = _SPOILED_BY.match(text, match.start())
        if not (is_verb or begun) or (begun and _UNDO.search(before[begun[-1].end() :])):
            continue
        kind = _names("spoil")[int(str(match.lastgroup)[1:])]
        yield Operation(text=match[0], start=match.start(), end=match.end(), does="spoil",
                        what=kind, severity=_severity(text, match))  # fmt: skip


def _severity(text: str, match: re.Match[str]) -> str:
    before = text[max(0, match.start() - 40) : match.start()]
    after = text[match.end() : match.end() + 40]
    named = (name for name, one in _BEFORE.items() if one.search(before))
    later = (name for name, one in _AFTER.items() if one.match(after))
    return next(named, "") or next(later, "")


@cache
def _names(part: str) -> tuple[str, ...]:
    return tuple(table("operations")[part])


@cache
def _patterns(part: str) -> re.Pattern[str]:
    listed = table("operations")[part].values()
    parts = [
        "|".join(re.escape(one).replace(r"\ ", r"\s+") for one in sorted(words, key=len)[::-1])
        for words in listed
    ]
    whole = "|".join(f"(?P<o{n}>{part})" for n, part in enumerate(parts))
    return re.compile(rf"(?i)(?<![\w-])(?:{whole})(?![\w(])")
