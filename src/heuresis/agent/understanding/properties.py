"""Words for quantities: from the tools' own answers, and from a table of what people say."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from types import UnionType
from typing import Any, Union, get_args, get_origin

from pydantic import BaseModel

from heuresis.agent.understanding.entities import Entity
from heuresis.agent.understanding.vocabulary.reading import table
from heuresis.agent.understanding.words import Hit, Phrases, Word, words_of
from heuresis.contract import Artifact, Quantity
from heuresis.errors import HeuresisError
from heuresis.tools import registry

# Names of fields that say too little alone to be a word for a property.
# In lower case these mean something else: log files, the end of Inc. and S.A.
_OTHER_WORDS = frozenset(("logs", "sa", "weights"))
_PLAIN_NAMES = (
    "a b c name source image images overlay crystal smiles text method mask advice reference "
    "judge chain cases frame notice better energy gain window values native modality "
    "catalogue symprec_a x0_px y0_px x1_px y1_px"
)
_TOO_PLAIN = frozenset(_PLAIN_NAMES.split())


@dataclass(frozen=True)
class Property:
    """A quantity of some tool.

    Attributes:
        path: 'tool:path'; '*' as the path means all of the tool's answer.
        unit: Its unit; '' where none is known.
        good: 1 where high is usually wanted, -1 where low, 0 where it depends.
        is_class: Whether it is the probability of a class, or yes or no.
        about: What it is.
    """

    path: str
    unit: str
    good: int
    is_class: bool
    about: str

    @property
    def tool(self) -> str:
        """The tool that answers it."""
        return self.path.partition(":")[0]

    @property
    def is_available(self) -> bool:
        """Whether such a tool is installed."""
        return self.tool in registry.places()


@dataclass(frozen=True)
class Said:
    """What a word says: a property, and which way for an adjective; 0 for a noun."""

    property: Property
    sense: int


def properties_in(text: str, hits: Sequence[Hit[Said]], words: Sequence[Word]) -> list[Entity]:
    """Turn phrases found into entities."""
    found = []
    for hit in hits:
        part = words[hit.first : hit.last + 1]
        start, end = part[0].start, part[-1].end
        known = hit.value.property
        if text[start:end] in _OTHER_WORDS:
            continue
        is_mistyped = any(word.meant for word in part)
        found.append(
            Entity(
                kind="property",
                text=text[start:end],
                start=start,
                end=end,
                canonical=known.path,
                certainty="probable" if is_mistyped else "certain",
                why=known.about if known.is_available else f"{known.tool} is not installed",
            )
        )
    return found


@cache
def vocabulary() -> Phrases[Said]:
    """Return every word for a property; what was written by hand goes before what was derived."""
    phrases = {phrase: Said(known, 0) for phrase, known in _derived()}
    for row in table("properties"):
        known = _property(row)
        phrases.update({str(word): Said(known, 0) for word in row["words"]})
        for word, sense in row.get("adjectives", {}).items():
            phrases |= {form: Said(known, int(sense)) for form in (str(word), *graded(str(word)))}
    return Phrases(phrases)


def graded(adjective: str) -> tuple[str, ...]:
    """Return 'floppier' and 'floppiest' of 'floppy'; nothing for long and for many words."""
    vowels = re.findall("[aeiouy]+", adjective.removesuffix("e"))
    if not adjective.isalpha() or len(vowels) > 2 or (len(vowels) == 2 and adjective[-1] != "y"):
        return ()
    if adjective.endswith(("er", "est")):
        return ()
    stem = adjective.removesuffix("e")
    if adjective.endswith("y"):
        stem = f"{adjective[:-1]}i"
    elif re.fullmatch("[^aeiou]*[aeiou][bdgmnpt]", adjective):
        stem = adjective + adjective[-1]
    return f"{stem}er", f"{stem}est"


@cache
def by_path() -> Mapping[str, Property]:
    """Return every property by its path."""
    derived = {known.path: known for _, known in _derived()}
    return derived | {row["path"]: _property(row) for row in table("properties")}


@cache
def name_of(path: str) -> str:
    """Return how answers call a quantity; one that no table lists has its field's name."""
    path = path.replace("[]", "")
    row = next((one for one in table("properties") if one["path"] == path), None)
    if row is not None:
        return str(row.get("name", row["words"][0]))
    return path.partition(":")[2].rpartition(".")[2].replace("_", " ")


@cache
def instead() -> Mapping[str, Mapping[str, str]]:
    """Return what a word for a quantity means of other things than its tool takes, by carrier."""
    return {row["path"]: row["instead"] for row in table("properties") if "instead" in row}


def sense_of(word: str) -> int:
    """Return which way a word for a quantity points: 1 or -1 for an adjective, 0 for a noun."""
    return next((hit.value.sense for hit in vocabulary().find(words_of(word))), 0)


@cache
def quantity_paths(tool: str) -> Mapping[str, str]:
    """Return the description of every number in a tool's answer, by its path.

    Lists have '[]' after their name; the names in a dictionary are not part of a type, so one has
    '*' after it.
    """
    return dict(_numbers(registry.load(tool).response, ""))


def _property(row: Mapping[str, Any]) -> Property:
    tool, _, path = row["path"].partition(":")
    about = f"{tool}: {path.rpartition('.')[2].replace('_', ' ')}"
    return Property(row["path"], row["unit"], row["good"], bool(row.get("class")), about)


@cache
def _derived() -> tuple[tuple[str, Property], ...]:
    """Make words of the names of fields: 'energy_above_hull' is 'energy above hull'."""
    written = {row["path"] for row in table("properties")}
    found: list[tuple[str, Property]] = []
    for tool in _installed():
        for path, about in quantity_paths(tool).items():
            known = Property(f"{tool}:{path}", "", 0, False, f"{tool}: {about}")
            name = path.replace("[]", "").rpartition(".")[2]
            if known.path not in written and name not in _TOO_PLAIN and len(name) > 3:
                words = name.removeprefix("n_").removeprefix("p_").replace("_", " ")
                if " " in words:
                    found.append((words, known))
    return tuple(found)


def _installed() -> list[str]:
    """Name the tools whose files can be imported; a broken one must not stop reading."""
    names = []
    for name in registry.places():
        try:
            registry.load(name)
        except (HeuresisError, ImportError):
            continue
        names.append(name)
    return names


def _numbers(kind: Any, path: str, about: str = "") -> Iterator[tuple[str, str]]:
    """Walk a type down to its numbers."""
    if get_origin(kind) in (UnionType, Union):
        for part in get_args(kind):
            yield from _numbers(part, path, about)
    elif get_origin(kind) in (tuple, list):
        yield from _numbers(get_args(kind)[0], f"{path}[]", about)
    elif get_origin(kind) is dict:
        yield from _numbers(get_args(kind)[1], f"{path}.*", about)
    elif not isinstance(kind, type) or issubclass(kind, Artifact):
        return
    elif issubclass(kind, BaseModel) and kind is not Quantity:
        for name, field in kind.model_fields.items():
            dot = f"{path}." if path else ""
            yield from _numbers(field.annotation, f"{dot}{name}", field.description or "")
    elif kind in (Quantity, float, int):
        yield path, about
