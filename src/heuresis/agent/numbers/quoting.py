# ruff: noqa: RUF001  # dashes as people type them
"""Numerals that the user brought: the same numeral beside the same word may be said back."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation

from heuresis.agent.numbers.lexicon import VALUES

DIGIT = re.compile(r"\d")
_DIGITS = r"[-+±]?\.?\d(?:[\d.,:/⁄'’×·^–—+-]*\d)?(?:[eE][-+]?\d+)?"
NUMERAL = re.compile(rf"{_DIGITS}(?:\s?(?:×|x|·|–|—|-|/|to|±)\s?{_DIGITS})*(?:\s?[%‰])?")
_AFTER = re.compile(r"[^\S\n]*-*[^\S\n]*([^\W\d_][\w/°·-]*|[%‰°])")
_BEFORE = re.compile(r"([^\W\d_]+)[\s:=<>≤≥≈~(-]*$")
_EMPTY = frozenset(
    re.findall(
        r"\w+",
        "and or the a an of is are was were be been to in at with for by than that from as on it "
        "this these those has have had not but if then so about only i you me we",
    )
)


@dataclass(frozen=True)
class Said:
    """One numeral of the user's with its neighbours.

    Attributes:
        value: As compared: '2.50' and '2.5' are one, and so are 'two' and '2'.
        before: The word before in lower case, empty where it says nothing.
        after: The word behind, likewise; a unit mostly.
    """

    value: str
    before: str
    after: str


def said_in(text: str, numerals: Iterable[tuple[int, int]]) -> frozenset[Said]:
    """Collect the user's numerals from a message as read."""
    return frozenset(_said(text, start, end) for start, end in numerals)


def is_quoted(text: str, start: int, end: int, said: frozenset[Said]) -> bool:
    """Whether the user wrote this numeral beside the same word.

    Where the user gave a unit, the unit decides; otherwise the word before.
    """
    if not said:
        return False
    here = _said(text, start, end)
    for one in said:
        if one.value != here.value:
            continue
        if one.after:
            if one.after == here.after:
                return True
        elif one.before and one.before == here.before and not here.after:
            return True
    return False


def _said(text: str, start: int, end: int) -> Said:
    after = _AFTER.match(text, end)
    before = _BEFORE.search(text, max(0, start - 40), start)
    numeral = text[start:end]
    if numeral[-1] in "%‰":
        return Said(_value(numeral[:-1]), "", numeral[-1])
    return Said(
        _value(numeral),
        _content(before[1]) if before else "",
        _content(after[1]) if after else "",
    )


def _content(word: str) -> str:
    low = word.lower().strip("-·")
    return "" if low in _EMPTY else low.removesuffix("s") if len(low) > 3 else low


def _value(text: str) -> str:
    plain = re.sub(r"\s", "", text).lower().replace("–", "-").replace("—", "-")
    plain = VALUES.get(plain.replace("-", ""), plain)
    try:
        number = Decimal(plain)
    except InvalidOperation:
        return plain
    return str(number.normalize()) if number.is_finite() and abs(number.adjusted()) < 50 else plain
