"""Fields of requests that the message itself fills: structure types, numbers of conformers."""

import re
from collections.abc import Sequence

from heuresis.agent.planning.plan import Constant, Listed, Source, Subject
from heuresis.agent.planning.subjects import MINERALS
from heuresis.agent.understanding.entities import Entity, Understanding
from heuresis.agent.understanding.quantities import NUMBER_WORDS

_CONFORMERS = re.compile(
    rf"(?i)\b(\d{{1,4}}|{'|'.join(NUMBER_WORDS)})\s+(?:\w+\s+)?(?:conformers?|conformations?)\b"
)
_DRAWN = re.compile(
    r"(?i)\b(?:draw|drawing|depict|depiction|sketch|picture\s+of|visuali[sz]e|render|plot)\w*\b"
)


def constants_of(message: Understanding, subjects: Sequence[Subject]) -> dict[str, Source]:
    """Return the fields that the text states, by name."""
    found: dict[str, Source] = {}
    if types := message.of_kind("structure_type"):
        found["prototype"] = _types(types, message, subjects)
    if count := _CONFORMERS.search(message.text):
        word = count[1].lower()
        found["n_conformers"] = Constant(value=int(NUMBER_WORDS.get(word, word)))
    if any(one.kind == "draw" and not one.is_negated for one in message.intents):
        found["depict"] = Constant(value=True)
    return found


def _types(types: Sequence[Entity], message: Understanding, subjects: Sequence[Subject]) -> Source:
    """Give each formula the structure type that stands nearest to it."""
    if len({one.canonical for one in types}) == 1:
        return Constant(value=types[0].canonical)
    named = message.of_kind("formula", "element")
    places = {one.canonical or one.text: one for one in named}
    for one in types:
        if one.canonical in MINERALS:
            places.setdefault(MINERALS[one.canonical], one)
    values = {}
    for i, subject in enumerate(subjects):
        formula = places.get(subject.value)
        if subject.carrier == "formula" and formula is not None:
            values[i] = min(types, key=lambda one: _gap(one, formula)).canonical
    return Listed(values=values)


def _gap(one: Entity, other: Entity) -> int:
    return max(one.start - other.end, other.start - one.end)
