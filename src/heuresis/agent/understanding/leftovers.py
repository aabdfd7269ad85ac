"""What was not understood, said plainly, with the nearest thing that can be done."""

import re
from collections.abc import Iterable, Iterator, Sequence
from functools import cache, lru_cache

from heuresis.agent.understanding.entities import Entity, Leftover, Reference, Understanding
from heuresis.agent.understanding.notations import looks_like_smiles
from heuresis.agent.understanding.places import Cover
from heuresis.agent.understanding.properties import vocabulary
from heuresis.agent.understanding.typing_errors import distance
from heuresis.agent.understanding.vocabulary.reading import glue, table
from heuresis.agent.understanding.words import Hit, Phrases, Word, without
from heuresis.errors import HeuresisError
from heuresis.tools import registry

WRITE_IT_OUT = "give its SMILES, InChI or systematic name"
_CHANGES = 3  # slips at most between an unknown word and one that is offered


def beyond_in(text: str, words: Sequence[Word]) -> list[Leftover]:
    """Find what people ask for and nothing here does."""
    found = []
    for hit in beyond_hits(words):
        start, end = words[hit.first].start, words[hit.last].end
        found.append(
            Leftover(text=text[start:end], start=start, end=end, why="no tool here does this",
                     nearest=hit.value)
        )  # fmt: skip
    return found


def unresolved(entities: Iterable[Entity], references: Iterable[Reference]) -> Iterator[Leftover]:
    """Name the things that were recognised as something and could not be read."""
    for entity in entities:
        place = {"text": entity.text, "start": entity.start, "end": entity.end}
        if entity.kind == "name" and not entity.canonical:
            yield Leftover(**place, why=entity.why, nearest=WRITE_IT_OUT)
        elif entity.kind == "inchikey":
            yield Leftover(**place, why="an InChIKey is a hash", nearest="give the InChI itself")
        elif entity.kind == "property" and entity.why.endswith("is not installed"):
            yield Leftover(**place, why=entity.why, nearest=_offer(entity.text))
    for reference in references:
        if reference.why:
            place = {"text": reference.text, "start": reference.start, "end": reference.end}
            yield Leftover(**place, why=reference.why, nearest="name it, or attach it")


def broken_smiles(text: str, taken: Cover) -> Iterator[Leftover]:
    """Find what has the signs of SMILES and is none."""
    for match in re.finditer(r"[^\s,;\"'`]+", text):
        part = match[0].rstrip(".?!:")
        left = Leftover(
            text=part,
            start=match.start(),
            end=match.start() + len(part),
            why="looks like SMILES, and RDKit does not read it",
            nearest="check brackets, ring digits and valences",
        )
        if looks_like_smiles(part) and not taken.touches(left):
            yield left


def words_left(
    text: str, words: Sequence[Word], taken: Sequence[tuple[int, int]]
) -> list[Leftover]:
    """Join what is left of the words into phrases, leaving out what carries no meaning."""
    left: list[list[Word]] = []
    for word in without(words, taken):
        if word.norm in glue() or word.text.lower() in glue() or not word.text[0].isalpha():
            continue
        is_next = bool(left) and not text[left[-1][-1].end : word.start].strip(" -")
        if is_next and len(left[-1]) < 6:
            left[-1].append(word)
        else:
            left.append([word])
    return [_leftover(text, part) for part in left]


def plainly(understanding: Understanding) -> list[str]:
    """Say in sentences what was taken for something else and what was not understood."""
    said = [f"Read {each.text!r} as {each.read_as!r}." for each in understanding.corrections]
    for each in understanding.leftover:
        near = f" Nearest: {each.nearest}." if each.nearest else ""
        said.append(f"Not understood: {each.text!r} ({each.why}).{near}")
    return said


def beyond_hits(words: Sequence[Word]) -> list[Hit[str]]:
    """Find the phrases for what nothing here does; each hit holds the nearest thing."""
    return list(_beyond().find(words))


def beyond_words() -> frozenset[str]:
    """Return every word of a phrase for what is not done here."""
    return _beyond().vocabulary


def _leftover(text: str, part: Sequence[Word]) -> Leftover:
    start, end = part[0].start, part[-1].end
    offers = (_offer(word.norm) for word in part if len(word.norm) > 4)
    return Leftover(
        text=text[start:end],
        start=start,
        end=end,
        why="these words were not used" if len(part) > 1 else "this word was not used",
        nearest=next((offer for offer in offers if offer), ""),
    )


@cache
def _beyond() -> Phrases[str]:
    return Phrases({word: row["nearest"] for row in table("beyond") for word in row["words"]})


@lru_cache(maxsize=5_000)
def _offer(word: str) -> str:
    """Offer the tool whose card speaks of a word, else the nearest word for a property."""
    stem = word[:6]
    for tool, keywords in _keywords().items():
        if any(key.startswith(stem) and abs(len(key) - len(word)) <= 3 for key in keywords):
            return tool
    near = [
        (slips, known)
        for known in sorted(vocabulary().vocabulary)
        if len(known) > 5
        and (slips := distance(word, known, _CHANGES)) <= min(_CHANGES, len(word) // 3)
    ]
    return min(near)[1] if near else ""


@cache
def _keywords() -> dict[str, frozenset[str]]:
    """Return the words of every card: keywords and summary."""
    found = {}
    for name in registry.places():
        try:
            card = registry.load(name).card
        except (HeuresisError, ImportError):
            continue
        text = " ".join((*card.keywords, card.summary)).lower()
        found[name] = frozenset(w for w in re.findall(r"[a-z]{5,}", text) if w not in glue())
    return found
