"""How many things are asked for: 'five molecules', '10 conformers'."""

import re
from collections.abc import Iterator

from heuresis.agent.understanding.entities import Entity
from heuresis.agent.understanding.places import tail
from heuresis.agent.understanding.quantities import NUMBER_WORDS

_COUNT = re.compile(
    rf"(?i)(?<![\w.=<>])(\d{{1,5}}|an?\s+dozen|{'|'.join(NUMBER_WORDS)})\s+(?:[a-z-]+\s+){{0,2}}?"
    r"(?:molecules?|candidates?|analogu?es?|compounds?|structures?|conformers?|examples?|materials?|"
    r"crystals?|suggestions?|derivatives?|variants?|alternatives?|phases?|proposals?|ideas?|rounds?|"
    r"drugs|ones|options?|replacements?)\b"
)
_NOT_A_COUNT = re.compile(
    r"(?i)(?:\b(?:the|top|best|first|last|these|those|than|least|most|exactly|over|under|above|below|"
    r"of|candidate|molecule|compound|number|between|to|and)|[<>=#-])\s*$"
)


def counts_in(text: str) -> Iterator[Entity]:
    """Yield the numbers that say how many things are wanted."""
    for match in _COUNT.finditer(text):
        start, end = match.span(1)
        if _NOT_A_COUNT.search(tail(text, start)):
            continue
        word = match[1].lower().split()[-1]
        n = int(word) if word.isdigit() else NUMBER_WORDS[word]
        yield Entity(
            kind="count", text=match[1], start=start, end=end, canonical=str(n), why="how many"
        )
