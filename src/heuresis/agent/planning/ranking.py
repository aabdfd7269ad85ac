"""Which tools a message is about, best first: meaning by MiniLM over cards, and plain rules."""

import json
from collections.abc import Mapping, Sequence
from functools import cache, lru_cache

from heuresis.agent.planning.catalogue import READERS, catalogue
from heuresis.agent.understanding.pointers import tools_in
from heuresis.agent.understanding.properties import vocabulary
from heuresis.agent.understanding.vocabulary.reading import glue
from heuresis.agent.understanding.words import Word, singulars, words_of
from heuresis.errors import RequestError
from heuresis.memory import embedder
from heuresis.tools import registry

NAMED = 2.0  # added where the message names the tool itself
ASKED = 1.0  # where it names a quantity that the tool tells
WORDED = 0.15  # for each word of the card's keywords
MAX_WORDED = 0.45
MAX_CHARS = 1_000  # of a message that are compared; the model reads no more


def rank(text: str, n: int) -> list[str]:
    """Return the names of the tools that a message is most likely about, best first.

    Without the package that ships MiniLM only the rules decide.

    Args:
        text: The message.
        n: How many at most.

    Raises:
        RequestError: `n` is below 1.
    """
    if n < 1:
        raise RequestError(f"n: got {n}, allowed: 1 or more")
    scores = scored(text)
    return sorted(scores, key=lambda name: (-scores[name], name))[:n]


def scored(text: str) -> dict[str, float]:
    """Return how well each tool fits: likeness in meaning (-1 to 1), and what the rules add."""
    words = words_of(text[:MAX_CHARS])
    total = dict.fromkeys(catalogue(), 0.0)
    for part in (alike(text), _named(text), _asked(words), _worded(words)):
        for name, score in part.items():
            if name in total:
                total[name] += score
    return total


def alike(text: str) -> dict[str, float]:
    """Return the likeness of a message and each card; empty where it cannot be told here."""
    if not text.strip() or embedder.missing():
        return {}
    [vector] = _embedded(text[:MAX_CHARS])
    return {
        name: max(sum(a * b for a, b in zip(vector, one, strict=True)) for one in card)
        for name, card in _cards().items()
    }


def readers_of(names: Sequence[str]) -> list[str]:
    """Return the tools that read what people write into what these tools take."""
    entries = [catalogue()[name] for name in names if name in catalogue()]
    taken = {carrier for entry in entries for carrier in entry.takes.values()}
    found = dict.fromkeys(tool for (_, end), (tool, _, _) in READERS.items() if end in taken)
    return [tool for tool in found if tool not in names]


@lru_cache(maxsize=1_000)
def _embedded(text: str) -> list[list[float]]:
    return embedder.embed([text])


@cache
def _cards() -> Mapping[str, Sequence[Sequence[float]]]:
    """Embed summary, keywords and example of every card, once in a process."""
    texts = {name: _texts(name) for name in catalogue()}
    vectors = iter(embedder.embed([text for part in texts.values() for text in part]))
    return {name: [next(vectors) for _ in part] for name, part in texts.items()}


def _texts(name: str) -> list[str]:
    tool = registry.load(name)
    card, example = tool.card, tool.example.model_dump(mode="json", exclude_defaults=True)
    asked = f"{name.replace('.', ' ').replace('_', ' ')} {json.dumps(example)[:200]}"
    return [card.summary, *([", ".join(card.keywords)] if card.keywords else []), asked]


def _named(text: str) -> dict[str, float]:
    return {one.canonical: NAMED for one in tools_in(text)}


def _asked(words: Sequence[Word]) -> dict[str, float]:
    return {hit.value.property.tool: ASKED for hit in vocabulary().find(words)}


def _worded(words: Sequence[Word]) -> dict[str, float]:
    said = {form for word in words for form in singulars(word.norm)} - glue()
    return {name: min(MAX_WORDED, WORDED * len(said & keys)) for name, keys in _keywords().items()}


@cache
def _keywords() -> Mapping[str, frozenset[str]]:
    return {
        name: frozenset(word.norm for key in entry.keywords for word in words_of(key)) - glue()
        for name, entry in catalogue().items()
    }
