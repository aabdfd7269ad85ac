"""Words of a text with their places, and phrases found among them, longest first."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import pairwise
from typing import Generic, TypeVar

T = TypeVar("T")

_WORD = re.compile(r"[^\W_]+(?:['\N{RIGHT SINGLE QUOTATION MARK}][^\W\d_]+)?")
_ENDS = (
    (re.compile(r"is(e|ed|es|er|ing|ation|ations)$"), r"iz\1"),
    (re.compile(r"our(s|ed|ing)?$"), r"or\1"),
    (re.compile(r"centre"), "center"),
    (re.compile(r"metre"), "meter"),
    (re.compile(r"sulph"), "sulf"),
    (re.compile(r"analogue"), "analog"),
    (re.compile(r"alumin[iu]+m$"), "aluminium"),
)
_CONTRACTED = ("what's", "who's", "it's", "that's", "here's", "there's", "let's", "how's")
_AS_SPELLED = (
    "four",
    "hour",
    "hours",
    "your",
    "our",
    "promise",
    "precise",
    "otherwise",
    "exercise",
)


@dataclass(frozen=True)
class Word:
    """One word.

    Attributes:
        text: As it stands.
        start: First character.
        end: One after the last.
        norm: Folded: case, British spelling, no possessive.
        meant: The known word it was taken for, where it was mistyped.
    """

    text: str
    start: int
    end: int
    norm: str
    meant: str = ""

    def taken_for(self, word: str) -> "Word":
        """Return the word with its typing error undone."""
        return replace(self, norm=word, meant=word)


@dataclass(frozen=True)
class Hit(Generic[T]):
    """A phrase found at words `first` to `last`, inclusive."""

    first: int
    last: int
    value: T


@lru_cache(maxsize=20_000)
def fold(word: str) -> str:
    """Fold case, possessives and British spelling."""
    plain = word.casefold().replace("\N{RIGHT SINGLE QUOTATION MARK}", "'")
    if plain not in _CONTRACTED:
        plain = plain.removesuffix("'s")
    if len(plain) < 5 or plain in _AS_SPELLED:
        return plain
    for pattern, better in _ENDS:
        plain = pattern.sub(better, plain)
    return plain


def words_of(text: str) -> list[Word]:
    """Cut a text into words; everything else separates."""
    return [Word(m[0], m.start(), m.end(), fold(m[0])) for m in _WORD.finditer(text)]


def without(words: Iterable[Word], taken: Sequence[tuple[int, int]]) -> list[Word]:
    """Leave out the words that touch given stretches of text."""
    kept, stretches = [], sorted(taken)
    at = 0
    for word in words:
        while at < len(stretches) and stretches[at][1] <= word.start:
            at += 1
        if at == len(stretches) or word.end <= stretches[at][0]:
            kept.append(word)
    return kept


def singulars(word: str) -> Iterator[str]:
    """Yield a word and what may be its singular."""
    yield word
    if word.endswith("ies") and len(word) > 4:
        yield word[:-3] + "y"
    if word.endswith("es") and len(word) > 4:
        yield word[:-2]
    if word.endswith("s") and len(word) > 3 and not word.endswith("ss"):
        yield word[:-1]


class Phrases(Generic[T]):
    """A table of phrases that finds the longest one at each word."""

    def __init__(self, table: Mapping[str, T]) -> None:
        """Take phrases as people write them; they are folded here."""
        self.table = {tuple(w.norm for w in words_of(phrase)): v for phrase, v in table.items()}
        self.table.pop((), None)
        self.longest = max(map(len, self.table), default=0)
        self.heads = {key[0] for key in self.table}
        self.vocabulary = frozenset(word for key in self.table for word in key)

    def find(self, words: Sequence[Word]) -> list[Hit[T]]:
        """Return the phrases of a text, from left to right, none overlapping."""
        hits, at = [], 0
        while at < len(words):
            hit = self.at(words, at)
            if hit is not None:
                hits.append(hit)
            at = at + 1 if hit is None else hit.last + 1
        return hits

    def at(self, words: Sequence[Word], first: int) -> Hit[T] | None:
        """Return the longest phrase that starts at a word."""
        if not any(form in self.heads for form in singulars(words[first].norm)):
            return None
        for n in range(min(self.longest, len(words) - first), 0, -1):
            part = words[first : first + n]
            if n > 1 and any(b.start - a.end > 3 for a, b in pairwise(part)):
                continue  # something stands between them
            key = self._key(tuple(word.norm for word in part))
            if key is not None:
                return Hit(first, first + n - 1, self.table[key])
        return None

    def _key(self, norms: tuple[str, ...]) -> tuple[str, ...] | None:
        """Return the phrase as listed; the last word, or each one, may be a plural."""
        if norms in self.table:
            return norms
        for last in singulars(norms[-1]):
            for head in (norms[:-1], tuple(list(singulars(n))[-1] for n in norms[:-1])):
                if (*head, last) in self.table:
                    return (*head, last)
        return None
