"""Small questions to what was told: which value, cited where, mentioned in which order."""

import math
import re
from collections.abc import Iterator, Sequence
from itertools import pairwise

from heuresis.evals.assistant.properties import PROPERTIES, says
from heuresis.evals.assistant.subjects import crystal_key, is_about, names_of, skeleton
from heuresis.evals.assistant.told import Filled, RanRow, Told, number_at, part_at
from heuresis.evals.assistant.wanted import Cited, Extreme, Ran

_SUPERSCRIPTS = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁻Åµ", "0123456789-Aμ")
SOURCES = "\nSources:"


def has_run(want: Ran, told: Told) -> bool:
    """Whether a call succeeded in the last turn."""
    return any(_is(one, want, told) for one in told.of_turn)


def _is(run: RanRow, want: Ran, told: Told) -> bool:
    return (
        run.is_usable
        and run.tool in want.tools
        and is_about(run, want.of, told)
        and all(_same(run.request.get(name), value) for name, value in want.arguments.items())
    )


def _same(got: object, wanted: object) -> bool:
    """Compare arguments; a list of words stands for the operations of a chain, in order."""
    if isinstance(wanted, list) and isinstance(got, str):
        return re.findall(r"([a-z]+)\(", got) == wanted
    return got == wanted


def citing(want: Cited, told: Told) -> list[Filled]:
    """Return where the answer refers to a number of a run about the subject."""
    found = []
    for fill in told.fills:
        run = told.run(fill.run_id)
        if fill.kind != "number" or run is None or not says(want.what, run.tool, fill.path):
            continue
        if is_about(run, (want.of,), told) and _is_in(told.text[fill.start : fill.end], want.unit):
            found.append(fill)
    return found


def _is_in(text: str, unit: str) -> bool:
    own = _plain(text)
    whole = own.endswith(_plain(unit)) or own.removesuffix("/atom").endswith(_plain(unit))
    return not unit or whole or _plain(unit) in _words(text)


def _plain(unit: str) -> str:
    return re.sub(r"[\s^*]", "", unit.translate(_SUPERSCRIPTS))


def _words(text: str) -> list[str]:
    return [_plain(word.strip("()[],;.")) for word in text.split()]


def shows(want: Cited, told: Told) -> bool:
    """Whether the answer holds what a run about the subject says in words."""
    text = told.text.split(SOURCES)[0]
    for run in told.runs:
        if not run.is_usable or not is_about(run, (want.of,), told):
            continue
        for tool, path in _fields(want.what):
            value = part_at(run.response, path) if run.tool == tool else None
            if value is not None and _mentions(text, str(value)):
                return True
    return False


def values(subjects: Sequence[str], what: str, told: Told) -> Iterator[dict[str, float]]:
    """Yield the numbers of all subjects, once for each equally good field that all have."""
    for tool, path in _fields(what):
        found: dict[str, float] = {}
        for run in told.runs:
            number = number_at(run.response, path) if run.tool == tool else None
            if run.is_usable and number is not None:
                found |= {one: number for one in subjects if is_about(run, (one,), told)}
        if len(found) == len(subjects):
            yield found


def spread(subjects: Sequence[str], what: str, told: Told) -> float:
    """Return the joint standard deviation of the subjects' numbers, of those that state one."""
    found: dict[str, float] = {}
    for tool, path in _fields(what):
        for run in told.runs:
            std = number_at(run.response, f"{path}.std") if run.tool == tool else None
            if std is not None:
                found |= {one: std for one in subjects if is_about(run, (one,), told)}
    return math.hypot(*found.values())


def _fields(what: str) -> Iterator[tuple[str, str]]:
    for field in PROPERTIES[what]:
        tool, _, path = field.partition(":")
        yield tool, path


def orders(subjects: Sequence[str], told: Told) -> Iterator[list[str]]:
    """Yield the subjects in the orders in which the answer names them.

    In the whole text, in its prose without tables, and as it was recorded where it is ranked.
    """
    text = told.text.split(SOURCES)[0]
    yield _by_mention(subjects, told, [(0, len(text))])
    yield _by_mention(subjects, told, list(_prose(text)))
    if told.is_ranked:
        keys = [_key(one, told) for one in told.shown]
        yield [s for key in keys for s in subjects if key in _keys_of(s, told)]


def _prose(text: str) -> Iterator[tuple[int, int]]:
    at = 0
    for line in text.splitlines(keepends=True):
        if not line.lstrip().startswith("|"):
            yield at, at + len(line)
        at += len(line)


def _by_mention(subjects: Sequence[str], told: Told, spans: Sequence[tuple[int, int]]) -> list[str]:
    first: dict[str, int] = {}
    for subject in subjects:
        places = [p for p in _mentions_of(subject, told) if any(a <= p < b for a, b in spans)]
        if places:
            first[subject] = min(places)
    return sorted(first, key=lambda one: first[one])


def _mentions_of(subject: str, told: Told) -> Iterator[int]:
    for fill in told.fills:
        for run_id, _ in fill.places[:1]:
            run = told.run(run_id)
            if run is not None and is_about(run, (subject,), told):
                yield fill.start
    for label in labels(subject, told):
        for match in _found(told.text, label):
            yield match.start()


def labels(subject: str, told: Told) -> frozenset[str]:
    """Return how a subject may be called: as it was read, as SMILES, a crystal by its formula."""
    if "@" in subject and "[" not in subject:
        return frozenset({subject.partition("@")[0]})
    read = {
        str(run.request.get("text", ""))
        for run in told.runs
        if run.tool == "molecule.parse" and run.is_usable and is_about(run, (subject,), told)
    }
    asked = {
        str(run.request["smiles"])
        for run in told.runs
        if run.request.get("smiles") and is_about(run, (subject,), told)
    }
    called = {
        label for form, label in told.named.items() if _key(form, told) in _keys_of(subject, told)
    }
    return frozenset({one for one in (*read, *asked, *called, subject) if one})


def _mentions(text: str, value: str) -> bool:
    return any(True for _ in _found(text, value))


def _found(text: str, words: str) -> Iterator[re.Match[str]]:
    return re.finditer(rf"(?<![\w-]){re.escape(words)}(?![\w-])", text, re.IGNORECASE)


def _key(shown: str, told: Told) -> str:
    """Return the key of a subject as an answer recorded it: a name, SMILES, a formula or CIF."""
    if "\n" in shown:
        return crystal_key(shown)
    for run in told.runs:
        if run.tool == "molecule.parse" and run.request.get("text") == shown and run.response:
            return skeleton(str(run.response.get("smiles")))
    return skeleton(shown)


def _keys_of(subject: str, told: Told) -> frozenset[str]:
    return names_of(subject, told) | {subject.partition("@")[0]}


def is_sorted(numbers: Sequence[float], direction: Extreme) -> bool:
    """Whether numbers fall, or rise; equal ones may stand in any order."""
    signed = [-one if direction == "highest" else one for one in numbers]
    return all(a <= b + 1e-9 for a, b in pairwise(signed))
