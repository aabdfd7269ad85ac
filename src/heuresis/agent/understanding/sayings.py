"""Verbs and loose phrases for quantities: 'how long does … last', 'sticks to … plasma'."""

import re
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import pairwise

from heuresis.agent.understanding.places import Place
from heuresis.agent.understanding.properties import Said, by_path
from heuresis.agent.understanding.vocabulary.reading import glue, table
from heuresis.agent.understanding.words import Hit, Word, fold

GAP = 7  # words that may stand between two parts of a saying
_BREAK = re.compile(r"[.;?!\n](?:\s|$)|:\s")
_SOLID = re.compile(r"\w")  # such as a SMILES
_STOP = " . "
_FORMS = ("", "e", "s", "es", "ed", "ing", "er", "ion", "ions", "ation", "ment", "able")


@dataclass(frozen=True)
class Spoken:
    """A saying found in a text.

    Attributes:
        said: What it says; None where it only hides shorter readings.
        first: First word of the part that stands for it.
        last: Last word of that part.
        words: Every word that belongs to it, those between left out.
    """

    said: Said | None
    first: int
    last: int
    words: frozenset[int]


def with_sayings(text: str, words: Sequence[Word], hits: Sequence[Hit[Said]]) -> "Heard":
    """Add sayings to the single words found; where both use a word, the saying wins.

    A fixed phrase of several words is never torn apart by a saying.
    """
    kept: list[Spoken] = []
    taken: set[int] = set()
    phrases = [set(range(hit.first, hit.last + 1)) for hit in hits]
    for one in sorted(_found(text, words), key=_rank):
        rivals = [whole for whole in phrases if one.words & whole]
        is_torn = any(len(whole) > 1 and not whole <= one.words for whole in rivals)
        if taken & one.words or is_torn:
            continue  # 'CYP3A4 inhibition, P-gp' does not say that P-gp is inhibited
        kept.append(one)
        taken |= one.words
    rest = [hit for hit in hits if not taken & set(range(hit.first, hit.last + 1))]
    spoken = [Hit(one.first, one.last, one.said) for one in kept if one.said is not None]
    places = [(words[n].start, words[n].end) for one in kept if one.said for n in one.words]
    return Heard(sorted([*rest, *spoken], key=lambda hit: hit.first), places)


@dataclass(frozen=True)
class Heard:
    """Words for properties, with where the words of sayings stand."""

    hits: list[Hit[Said]]
    places: list[Place]


@cache
def saying_words() -> frozenset[str]:
    """Return the words of all sayings, those with open ends in their usual forms."""
    parts = {
        part for row in table("sayings") for says in row["says"]
        for part in re.split(r"[\s|+%~]+", str(says))
    }  # fmt: skip
    whole = {fold(part) for part in parts if part.isalpha()}
    stems = {fold(part[:-1]) for part in parts if part.endswith("*")}
    return frozenset(whole | {stem + end for stem in stems for end in _FORMS})


def _rank(one: Spoken) -> tuple[bool, int, int]:
    return one.said is not None, -len(one.words), one.first


def _found(text: str, words: Sequence[Word]) -> Iterator[Spoken]:
    line, starts = _line(text, words)
    apart = [bool(_SOLID.search(text[a.end : b.start])) for a, b in pairwise(words)]
    for said, pattern in _patterns():
        at = 0
        while (match := pattern.search(line, at)) is not None:
            spoken = _spoken(said, match, starts, apart)
            if spoken is not None:
                yield spoken
            at = max(match.start() + 1, match.end() if spoken else match.start() + 1)


def _line(text: str, words: Sequence[Word]) -> tuple[str, list[int]]:
    """Write the folded words in one line, sentences apart; and where each word starts."""
    parts, starts, length = [" "], [], 1
    for n, word in enumerate(words):
        if n and _BREAK.search(text[words[n - 1].end : word.start] + " "):
            parts.append(_STOP[1:])
            length += len(_STOP) - 1
        starts.append(length)
        parts.append(f"{word.norm} ")
        length += len(word.norm) + 1
    return "".join(parts), starts


def _spoken(
    said: Said | None, match: re.Match[str], starts: Sequence[int], apart: Sequence[bool]
) -> Spoken | None:
    """Turn a match into words; what stands for it is all, or its last part without a gap."""
    own = []
    for group in range(1, (match.lastindex or 0) + 1):
        start, end = match.span(group)
        own.append(range(bisect_left(starts, start), bisect_left(starts, end)))
    own = [part for part in own if part]
    if not own:
        return None
    first, last = own[0][0], own[-1][-1]
    within = frozenset(n for part in own for n in part)
    line = match.string
    between = (starts[n] for n in range(first, last) if n not in within)
    is_plain = all(line[at : line.index(" ", at)] in glue() for at in between) and not any(
        apart[first:last]
    )
    return Spoken(said, first if is_plain else own[-1][0], last, within)


@cache
def _patterns() -> tuple[tuple[Said | None, re.Pattern[str]], ...]:
    found = []
    for row in table("sayings"):
        said = Said(by_path()[row["path"]], int(row.get("sense", 0))) if row["path"] else None
        found += [(said, _compiled(str(says))) for says in row["says"]]
    return tuple(found)


def _compiled(says: str) -> re.Pattern[str]:
    """Make a pattern over folded words; each stretch without a gap is a group."""
    stretches = [
        "(" + "".join(map(_word, part.split())) + ")" for part in says.split("~") if part.strip()
    ]
    return re.compile(r"(?<= )" + rf"(?:[^\s.]+ ){{0,{GAP}}}?".join(stretches))


def _word(part: str) -> str:
    is_free = part.endswith("%")
    choices = [" ".join(map(_form, one.split("+"))) for one in part.rstrip("%").split("|")]
    return f"(?:(?:{'|'.join(choices)}) )" + ("?" if is_free else "")


def _form(word: str) -> str:
    return re.escape(fold(word.rstrip("*"))) + (r"[^\s]*" if word.endswith("*") else "")
