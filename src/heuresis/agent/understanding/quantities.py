"""Numbers in a text: values with units, ranges, and the words that compare."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Literal

from heuresis.agent.understanding.units import unit_at
from heuresis.agent.understanding.words import Phrases, Word

Comparison = Literal["<", "<=", ">", ">=", "==", "~"]
_NUMBERS = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen "
    "fifteen sixteen seventeen eighteen nineteen twenty"
)
NUMBER_WORDS = {word: n for n, word in enumerate(_NUMBERS.split())} | {
    "dozen": 12, "thirty": 30, "forty": 40, "fifty": 50, "hundred": 100,
}  # fmt: skip
_SAYINGS: dict[Comparison, str] = {
    ">": "over, above, more than, greater than, larger than, higher than, bigger than, exceeding, "
    "exceeds, exceed, longer than, in excess of, beyond, better than, not within, better above",
    ">=": "at least, no less than, not less than, no fewer than, not fewer than, minimum, minimum "
    "of, a minimum of, min, not below, not under, not lower than, starting at, starting from, "
    "reach, reaches, reaching, a floor of, floor of, a lower limit of, no smaller than, "
    "not smaller than, "
    "greater than or equal to, more than or equal to, no lower than",
    "<": "under, below, less than, lower than, smaller than, fewer than, shorter than, beneath, "
    "short of, less then, lower then",
    "<=": "at most, no more than, not more than, up to, maximum, maximum of, a maximum of, max, "
    "capped at, cap of, a cap of, limited to, a ceiling of, ceiling of, an upper limit of, "
    "not beyond, not go beyond, "
    "no bigger than, not bigger than, no longer than, "
    "not above, not over, within, no greater than, not greater than, not exceeding, not higher "
    "than, less than or equal to, no higher than, not exceed, no larger than, not larger than",
    "==": "exactly, equal to, equals, equal, of exactly, precisely, is exactly",
    "~": "around, about, approximately, near, close to, roughly, circa, ca",
}
_NUMBER = re.compile(
    r"(?<![\w.^])(?:[-\N{MINUS SIGN}](?=[\d.]))?(?:\d+(?:[.,]\d+)?|\.\d+)(?:[eE][-+]?\d+)?"
)
_SIGN = re.compile(r"<=|>=|=<|=>|≤|≥|==|<|>|=|~|≈|\N{RIGHTWARDS ARROW}")
_SIGNS: dict[str, Comparison] = {"<=": "<=", "=<": "<=", "≤": "<=", ">=": ">=", "=>": ">=",
                                 "≥": ">=", "<": "<", ">": ">", "=": "==", "==": "==",
                                 "~": "~", "≈": "~"}  # fmt: skip
_RANGE = re.compile(r"\s*(?:-|\N{EN DASH}|\N{EM DASH}|to|and|\.\.\.?|\N{HORIZONTAL ELLIPSIS})\s*")
_FLIPPED: dict[Comparison, Comparison] = {"<": ">", "<=": ">=", ">": "<", ">=": "<="}
_TAIL = re.compile(
    r"\s*(?:or\s+(more|above|higher|greater|larger|over|better)|or\s+(?:less|below|lower|fewer|under|smaller))\b",
    re.I,
)


@dataclass(frozen=True)
class Number:
    """A value, or a range, with its unit as written.

    Attributes:
        start: First character.
        end: One after the last, unit included.
        low: The value, or the lower end.
        high: The value, or the upper end.
        unit: As `units` names it; '' where none stands there.
    """

    start: int
    end: int
    low: float
    high: float
    unit: str


@dataclass(frozen=True)
class Sign:
    """A word or sign that compares."""

    start: int
    end: int
    says: Comparison
    is_symbol: bool = False

    def flipped(self) -> "Sign":
        """Return what it says when read from the other side."""
        return Sign(self.start, self.end, _FLIPPED.get(self.says, self.says), self.is_symbol)


def numbers_in(text: str, words: Sequence[Word], taken: Sequence[tuple[int, int]]) -> list[Number]:
    """Find numbers and ranges outside of what is taken, from left to right."""
    single = sorted([*_digits(text, taken), *_spelled(words)], key=lambda n: n.start)
    found: list[Number] = []
    for number in single:
        last = found[-1] if found else None
        if last is not None and last.low == last.high and _is_range(text, last, number):
            found[-1] = _joined(last, number)
        elif last is None or number.start >= last.end:
            found.append(number)
    return found


def signs_in(text: str, words: Sequence[Word]) -> list[Sign]:
    """Find what compares: signs such as '<=' and phrases such as 'at most'."""
    spoken = [
        Sign(words[hit.first].start, words[hit.last].end, hit.value)
        for hit in _phrases().find(words)
    ]
    drawn = [
        Sign(match.start(), match.end(), _SIGNS[match[0]], is_symbol=True)
        for match in _SIGN.finditer(text)
        if match[0] in _SIGNS
    ]
    return sorted([*spoken, *drawn], key=lambda sign: sign.start)


def tail_after(text: str, end: int) -> Sign | None:
    """Read 'or more' and 'or less' after a number."""
    match = _TAIL.match(text, end)
    if match is None:
        return None
    return Sign(match.start(), match.end(), ">=" if match[1] else "<=")


def comparing_words() -> frozenset[str]:
    """Return every word of a comparing phrase."""
    return _phrases().vocabulary


@cache
def _phrases() -> Phrases[Comparison]:
    return Phrases({
        phrase.strip(): says for says, phrases in _SAYINGS.items() for phrase in phrases.split(",")
    })  # fmt: skip


def _digits(text: str, taken: Sequence[tuple[int, int]]) -> Iterator[Number]:
    for match in _NUMBER.finditer(text):
        start, end = match.span()
        if any(a < end and start < b for a, b in taken):
            continue
        unit, stop = unit_at(text, end)
        if not unit and text[end : end + 1].isalpha():
            continue  # '3D', '2nd'
        written = match[0].replace("\N{MINUS SIGN}", "-")
        if re.fullmatch(r"-?\d{1,3},\d{3}", written):
            written = written.replace(",", "")
        value = float(written.replace(",", "."))
        yield Number(start, stop, value, value, unit)


def _spelled(words: Sequence[Word]) -> Iterator[Number]:
    for word in words:
        n = NUMBER_WORDS.get(word.norm)
        if n is not None:
            yield Number(word.start, word.end, float(n), float(n), "")


def _is_range(text: str, low: Number, high: Number) -> bool:
    """Whether two numbers are the ends of one range: 'between 1 and 3', '40 to 90'."""
    between = text[low.end : high.start]
    if not _RANGE.fullmatch(between) or high.low <= low.low:
        return False
    is_and = between.strip() == "and"
    return not is_and or bool(
        re.search(r"(?i)\bbetween\s+$", text[max(0, low.start - 12) : low.start])
    )


def _joined(low: Number, high: Number) -> Number:
    return Number(low.start, high.end, low.low, high.high, high.unit or low.unit)
