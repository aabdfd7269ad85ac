"""Words that look like systematic names: built of the syllables of chemical nomenclature."""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from heuresis.agent.understanding.vocabulary.reading import english, table

MAX_WORDS = 4
MIN_SHARE = 0.85  # of the letters that must be syllables
_CHUNK = re.compile(r"[^\s\"<>`|;!?\N{LEFT DOUBLE QUOTATION MARK}\N{RIGHT DOUBLE QUOTATION MARK}]+")
_LETTERS = re.compile(r"[A-Za-z]+")
_LOCANT = re.compile(
    r"^(?:\(?(?:\d+[A-Za-z]?'*|[NOSRSEZHLD]|cis|trans|tert|sec|iso|ortho|meta|para|alpha|beta|"
    r"gamma|rac|[αβγδ])(?:,|-|\)|\())+", re.IGNORECASE,
)  # fmt: skip
_ODD = re.compile(r"[^A-Za-z0-9,\-()\[\]{}'.:+αβγδω\N{PRIME}\N{HYPHEN}\N{NON-BREAKING HYPHEN}]")


@dataclass(frozen=True)
class Candidate:
    """A stretch that may be a name.

    Attributes:
        start: First character.
        end: One after the last.
        is_sure: Whether it has locants or more than one syllable of nomenclature, so that it is a
            name even where nothing reads it.
    """

    start: int
    end: int
    is_sure: bool


def candidates(
    text: str, taken: Sequence[tuple[int, int]], may_be: Callable[[str], bool]
) -> Iterator[list[Candidate]]:
    """Yield, for every run of words that may belong to names, all its parts, the longest first.

    Args:
        text: The message.
        taken: Stretches to pass over.
        may_be: Whether a word that is not spelled as nomenclature may be a name all the same, as
            trivial ones are: 'hippuric', 'dopa'.
    """
    run: list[tuple[int, int]] = []
    for start, end in _chunks(text, taken):
        is_next = run and text[run[-1][1] : start] == " "
        if run and not is_next:
            yield from _parts(text, run)
            run = []
        chunk = text[start:end]
        if is_chemical(chunk) or may_be(chunk) or (run and _is_partner(chunk)):
            run.append((start, end))
        elif run:
            yield from _parts(text, run)
            run = []
    if run:
        yield from _parts(text, run)


@lru_cache(maxsize=20_000)
def is_chemical(chunk: str) -> bool:
    """Whether a chunk is spelled with the syllables of nomenclature and is no English word."""
    if _ODD.search(chunk) or not 4 <= len(chunk) <= 400:
        return False
    words = [word.lower() for word in _LETTERS.findall(chunk) if len(word) > 1]
    letters = sum(map(len, words))
    if not letters or (letters < 4 and not any(c.isdigit() for c in chunk)):
        return False
    if all(word in english() for word in words) and not _LOCANT.match(chunk):
        return False
    if len(words) > 1 and not _LOCANT.match(chunk) and any(word in english() for word in words):
        return False  # a hyphenated English word
    covered = sum(_covered(word) for word in words)
    return covered >= MIN_SHARE * letters


@lru_cache(maxsize=20_000)
def _covered(word: str) -> int:
    """Count the letters that syllables cover, in the best way to cut the word."""
    best = [0] * (len(word) + 1)
    for end in range(1, len(word) + 1):
        best[end] = best[end - 1]
        for n in range(1, min(end, 10) + 1):
            if word[end - n : end] in _syllables():
                best[end] = max(best[end], best[end - n] + n)
    return best[-1]


@lru_cache(maxsize=1)
def _syllables() -> frozenset[str]:
    return frozenset(str(table("syllables")["syllables"]).split())


@lru_cache(maxsize=1)
def _partners() -> frozenset[str]:
    """Words that only follow: 'acid' in 'lactic acid'."""
    return frozenset(str(table("syllables")["partners"]).split())


def _is_partner(chunk: str) -> bool:
    return chunk.lower() in _partners()


def _chunks(text: str, taken: Sequence[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    for match in _CHUNK.finditer(text):
        start, end = _trimmed(text, *match.span())
        if end > start and not any(a < end and start < b for a, b in taken):
            yield start, end


def _trimmed(text: str, start: int, end: int) -> tuple[int, int]:
    """Cut punctuation of the sentence, and brackets that have no partner."""
    while end > start and text[end - 1] in ".,:'-":
        end -= 1
    for opening, closing in ("()", "[]", "{}"):
        part = text[start:end]
        if part.endswith(closing) and part.count(closing) > part.count(opening):
            end -= 1
        if part.startswith(opening) and part.count(opening) > part.count(closing):
            start += 1
        elif part.startswith(opening) and part.endswith(closing) and part.count(opening) == 1:
            start, end = start + 1, end - 1
    while end > start and text[end - 1] in ".,:'-":
        end -= 1
    while start < end and text[start] in "'-,.":
        start += 1
    return start, end


def _parts(text: str, run: Sequence[tuple[int, int]]) -> Iterator[list[Candidate]]:
    found = []
    for n in range(min(len(run), MAX_WORDS), 0, -1):
        for first in range(len(run) - n + 1):
            start, end = run[first][0], run[first + n - 1][1]
            if not _is_partner(text[start:end]):
                chunks = [text[slice(*place)] for place in run[first : first + n]]
                found.append(Candidate(start, end, _is_sure(chunks)))
    if found:
        yield found


def _is_sure(chunks: Sequence[str]) -> bool:
    part = " ".join(chunks)
    is_spelled = is_chemical(chunks[0])
    return is_spelled and (len(chunks) > 1 or bool(_LOCANT.match(part)) or len(part) >= 8)
