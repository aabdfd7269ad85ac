"""How strong a fault is to be: 'slightly', 'heavy', 'severity mild'."""

import re

_WORDS = {
    "mild": r"mild(?:ly)?|slight(?:ly)?|a\s+little|(?:a\s+)?(?:tiny\s+|little\s+)?bit(?:\s+of)?|"
    r"light(?:ly)?|weak(?:ly)?|subtl[ey]|"
    r"faint(?:ly)?|minor|gentl[ey]|barely|small|a\s+touch(?:\s+of)?|a\s+hint(?:\s+of)?|low",
    "moderate": r"moderate(?:ly)?|medium|some|average|intermediate|middling|noticeabl[ey]|"
    r"fair(?:ly)?",
    "severe": r"severe(?:ly)?|strong(?:ly)?|heavy|heavily|(?:a\s+)?lots?(?:\s+of)?|bad(?:ly)?|"
    r"terribl[ey]|"
    r"extreme(?:ly)?|much|high|very|massive(?:ly)?|huge(?:ly)?|serious(?:ly)?|intense(?:ly)?|"
    r"drastic(?:ally)?|substantial(?:ly)?|pronounced|harsh(?:ly)?|gross(?:ly)?|tons\s+of|"
    r"plenty\s+of",
}
_ANY = {name: re.compile(rf"(?i)(?<![\w-])(?:{one})(?![\w-])") for name, one in _WORDS.items()}
_NEAR = 45  # characters


def severity_of(text: str, start: int, end: int, before: int, after: int) -> str:
    """Return the severity that is said of a fault; '' where none is.

    Args:
        text: The message.
        start: Where the fault begins.
        end: Where it ends.
        before: Where the last other fault before it ends.
        after: Where the next other fault begins.
    """
    head = text[max(before, start - _NEAR) : start]
    tail = text[end : min(after, end + _NEAR)]
    said = [
        (gap, name)
        for name, pattern in _ANY.items()
        for gap in (
            *(len(head) - m.end() for m in pattern.finditer(head) if _same(head[m.end() :])),
            *(m.start() + 2 for m in pattern.finditer(tail) if _same(tail[: m.start()])),
        )
    ]
    return min(said)[1] if said else ""


def _same(between: str) -> bool:
    """Whether no sentence ends in between."""
    return not re.search(r"[.;!?]", between)
