"""Names of crystal structure types: rocksalt, perovskite, B1."""

import re
from collections.abc import Sequence
from functools import cache

from heuresis.agent.understanding.elements import NAMES
from heuresis.agent.understanding.entities import Entity
from heuresis.agent.understanding.vocabulary.reading import english, named_molecules
from heuresis.agent.understanding.words import Phrases, Word
from heuresis.errors import ServiceError
from heuresis.tools.crystal.prototypes import ALIASES, prototypes

_SYMBOL = re.compile(
    r"\b(?:[A-H]\d{1,2}(?:_[a-z0-9]{1,2})?|L1_?[0-3]|D0_?\d{1,2}|[A-H]_[a-k])"
    r"(?=[\s-]+(?:structure|type|prototype|phase|Strukturbericht|lattice)\b)"
)
_EXTRA = {"zinc blende": "zincblende", "caesium chloride structure": "cesium chloride",
          "cscl structure": "cesium chloride", "nacl structure": "rocksalt", "halite": "rocksalt",
          "nacl type": "rocksalt", "cscl type": "cesium chloride", "half heusler": "half-heusler",
          "full heusler": "heusler", "face centred cubic": "fcc", "body centred cubic": "bcc",
          "hexagonal close packed": "hcp", "perovskites": "perovskite",
          "face centered cubic": "fcc", "body centered cubic": "bcc", "face centered": "fcc",
          "body centered": "bcc", "face centred": "fcc", "body centred": "bcc",
          "hexagonal closest packed": "hcp", "hexagonal close packing": "hcp",
          "close packed hexagonal": "hcp", "cubic close packed": "fcc",
          "cubic closest packed": "fcc", "ccp": "fcc", "zinc blend": "zincblende",
          "sphalerites": "zincblende",
          "salt structure": "rocksalt", "table salt": "rocksalt", "nacl structured": "rocksalt",
          "nacl like": "rocksalt", "rock salts": "rocksalt", "rocksalts": "rocksalt",
          "diamond cubic": "diamond", "diamond like": "diamond", "fluorites": "fluorite",
          "spinels": "spinel", "rutiles": "rutile", "heuslers": "heusler",
          "cscl like": "cesium chloride", "caf2 structure": "fluorite", "caf2 type": "fluorite",
          "tio2 rutile": "rutile", "corundums": "corundum", "zns type": "zincblende"}  # fmt: skip


def structure_types_in(text: str, words: Sequence[Word]) -> list[Entity]:
    """Find names of structure types, and Strukturbericht symbols before 'structure' or 'type'."""
    found = []
    for hit in _phrases().find(words):
        part = words[hit.first : hit.last + 1]
        start, end = part[0].start, part[-1].end
        is_mistyped = any(word.meant for word in part)
        why = "a structure type that crystal.parse builds"
        found.append(_entity(text, start, end, hit.value, why, is_mistyped=is_mistyped))
    for match in _SYMBOL.finditer(text):
        if match[0].lower() in _symbols():
            found.append(_entity(text, *match.span(), match[0].lower(), "Strukturbericht symbol"))
    return found


@cache
def type_form(name: str) -> str:
    """Return the first usual name with the same meaning; a second pass changes nothing."""
    plain = name.lower()
    label = ALIASES.get(plain)
    return next((alias for alias, other in ALIASES.items() if other == label), plain)


@cache
def _phrases() -> Phrases[str]:
    names = {name: type_form(name) for name in ALIASES} | _EXTRA
    skip = english() | NAMES.keys() | named_molecules().keys() | {"alpha", "beta"}
    for word in _shipped():
        is_mineral = re.fullmatch(r"[a-z]{6,}(?:[ -][a-z]{3,}){0,2}", word) and not (
            set(re.split("[ -]", word)) & skip
        )
        if is_mineral:
            names.setdefault(word, word)
    return Phrases(names)


@cache
def _symbols() -> frozenset[str]:
    return frozenset(word for word in _shipped() if re.fullmatch(r"[a-l]\d?\d?(?:_\w{1,2})?", word))


@cache
def _shipped() -> frozenset[str]:
    """Return every name of the shipped structure types; none without pymatgen."""
    try:
        return frozenset(word for prototype in prototypes() for word in prototype.words)
    except ServiceError:
        return frozenset()


def _entity(  # noqa: PLR0913  # the fields of an entity
    text: str, start: int, end: int, form: str, why: str, *, is_mistyped: bool = False
) -> Entity:
    return Entity(
        kind="structure_type",
        text=text[start:end],
        start=start,
        end=end,
        canonical=form,
        certainty="probable" if is_mistyped else "certain",
        why=why,
    )


def structure_words() -> frozenset[str]:
    """Return every word of a name of a structure type."""
    return _phrases().vocabulary
