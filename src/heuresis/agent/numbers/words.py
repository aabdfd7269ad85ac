"""Numerals in words: 'forty-two', 'a third', 'an order of magnitude'; and what only looks so."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from heuresis.agent.numbers import lexicon
from heuresis.agent.numbers.lexicon import ENDINGS, FRACTIONS, NUMERALS, ORDINALS
from heuresis.agent.numbers.references import Place
from heuresis.agent.numbers.verdict import Excuse

_JUDGED = NUMERALS | ORDINALS | lexicon.DOUBTFUL
_WORD = re.compile(r"[^\W\d_]+")
_SPACED = re.compile(r"(?<![^\W\d_])[^\W\d_](?:[ .·-][^\W\d_]){2,}(?![^\W\d_])")
_BROKEN = re.compile(r"(?<![^\W\d_])([^\W\d_]{2,8})-?[ \t]*\n[ \t]*([^\W\d_]{2,8})(?![^\W\d_])")
_GLUE = re.compile(r"[\s-]+(?:and\s+)?(?:a\s+)?|\s+(?:point|to|or|out\s+of|times)\s+")
_COMPARED = re.compile(
    r"\s*(?:of|less|more|lower|higher|smaller|larger|as|the|fewer|that|to|$|[.,;:!?)])"
)
_OF_THESE = re.compile(r"\s+of\s+(?:the|its|these|those|them|our|my|your|his|her|their)\b")


@dataclass(frozen=True)
class WordNumeral(Place):
    """A numeral in words.

    Attributes:
        excuse: Why it may stand; None where it may not.
    """

    excuse: Excuse | None = None


@dataclass(frozen=True)
class _Word:
    """A word in its text, which is in small letters, with its neighbours."""

    text: str
    start: int
    end: int
    before: str
    after: str

    def __str__(self) -> str:
        return self.text[self.start : self.end]

    @property
    def rest(self) -> str:
        """What follows, as far as it matters."""
        return self.text[self.end : self.end + 40]


def words_in(text: str) -> Iterator[WordNumeral]:
    """Find numerals in words, also those that may stand."""
    low = text.lower()
    if len(low) != len(text):  # a letter whose small form is longer: places would not fit
        low = "".join(each.lower() if len(each.lower()) == 1 else each for each in text)
    terms = [match.span() for match in lexicon.TERMS.finditer(low)]
    found = list(_WORD.finditer(low))
    for i, match in enumerate(found):
        if match[0] not in _JUDGED and not match[0].endswith(ENDINGS):
            continue
        before = found[i - 1][0] if i else ""
        after = found[i + 1][0] if i + 1 < len(found) else ""
        is_numeral, excuse = _judge(_Word(low, match.start(), match.end(), before, after))
        if is_numeral:
            is_term = any(a <= match.start() < b for a, b in terms)
            yield WordNumeral(*match.span(), Excuse.TERM if is_term else excuse)
    yield from _taken_apart(low)


def _taken_apart(low: str) -> Iterator[WordNumeral]:
    """Find numerals with a blank between all letters, or broken at the end of a line."""
    for match in _BROKEN.finditer(low):
        if match[1] + match[2] in NUMERALS:
            yield WordNumeral(*match.span())
    for match in _SPACED.finditer(low):
        if re.sub(r"\W", "", match[0]) in NUMERALS | {"one"}:
            yield WordNumeral(*match.span())


def _judge(word: _Word) -> tuple[bool, Excuse | None]:
    """Say whether a word is a numeral here, and what excuses it."""
    text = str(word)
    if text == "one":
        return True, Excuse.PRONOUN if _is_pronoun(word) else None
    if text in ORDINALS:
        is_free = word.after in lexicon.SCALES or _is_part(word)
        return True, None if is_free else Excuse.ORDINAL
    if text in lexicon.DOUBTFUL:
        return _is_multiple(word), None
    stem = next((text.removesuffix(end) for end in ENDINGS if text.endswith(end)), "")
    return text in NUMERALS or stem in NUMERALS, None


def _is_multiple(word: _Word) -> bool:
    """Whether a word with other meanings too states a number here."""
    match str(word):
        case "pair" | "couple":
            return word.before == "a" and word.after == "of"
        case "order" | "orders":
            return word.rest.lstrip().startswith("of magnitude")
        case "once":
            return word.before in ("only", "exactly", "just") or word.after == "per"
        case _:  # half, quarter, double, triple
            return True


def _is_part(word: _Word) -> bool:
    """Whether 'third' means a part here: 'a third of', 'two thirds', 'by a third'."""
    if str(word) not in FRACTIONS:
        return False
    if word.before in lexicon.SMALL[1:]:
        return True
    return word.before in lexicon.BY_HOW_MUCH and bool(_COMPARED.match(word.rest))


def _is_pronoun(word: _Word) -> bool:
    """Whether 'one' stands for a thing or a person, not for the number."""
    if word.after in ENDINGS or f"{word.after}s" in ENDINGS:
        return False  # 'the one candidate'
    if word.after in lexicon.VERBS or word.after in lexicon.INDEFINITE:
        return True
    gap = word.text[max(0, word.start - 3) : word.start]
    before = "" if re.search(r"[.,;:!?\n]", gap) else word.before
    is_of_these = _OF_THESE.match(word.rest) and before not in lexicon.LIMITS
    is_the_only = word.text[: word.start].endswith("the only ")
    is_this = before in lexicon.DETERMINERS or before in ORDINALS or before.endswith(("er", "est"))
    return bool(is_of_these) or is_the_only or is_this


def joined(text: str, places: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """Join numerals that are one number together, such as 'one hundred and five'."""
    found: list[tuple[int, int]] = []
    for start, end in sorted(places):
        if found and (start <= found[-1][1] or _GLUE.fullmatch(text[found[-1][1] : start].lower())):
            found[-1] = (found[-1][0], max(end, found[-1][1]))
        else:
            found.append((start, end))
    return found
