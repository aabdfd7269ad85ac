"""Fields of requests that the message itself fills: structure types, numbers of conformers."""

import re
from collections.abc import Mapping, Sequence

from heuresis.agent.planning.plan import Constant, Listed, Plan, Source, Subject
from heuresis.agent.planning.subjects import MINERALS
from heuresis.agent.understanding.entities import Entity, Understanding
from heuresis.agent.understanding.quantities import NUMBER_WORDS

_CONFORMERS = re.compile(
    rf"(?i)\b(\d{{1,4}}|{'|'.join(NUMBER_WORDS)})\s+(?:\w+\s+)?(?:conformers?|conformations?)\b"
)
_BESIDE = re.compile(
    r"(?i)[\s,(:-]*(?:(?:structured?|type|phase|lattice|form|as|in|with|the|a|an|of|is|being|for|metal|"
    r"prototype|which|has|having|crystal|crystalline)[\s:(-]*)*"
)
_DRAWN = re.compile(
    r"(?i)\b(?:draw|drawing|depict|depiction|sketch|picture\s+of|visuali[sz]e|render|plot)\w*\b"
)


def constants_of(
    message: Understanding,
    subjects: Sequence[Subject],
    remembered: Mapping[str, str] | None = None,
) -> dict[str, Source]:
    """Return the fields that the text states, by name.

    Args:
        message: What was understood.
        subjects: In order.
        remembered: Structure type by formula, of those that none is stated for.
    """
    found: dict[str, Source] = {}
    types = message.of_kind("structure_type")
    said = _types(types, message, subjects) if types else None
    earlier = _of_before(message, subjects, remembered or {}, is_said=bool(types))
    if earlier:
        found["prototype"] = _both(said, earlier, subjects)
    elif said:
        found["prototype"] = said
    if count := _CONFORMERS.search(message.text):
        word = count[1].lower()
        found["n_conformers"] = Constant(value=int(NUMBER_WORDS.get(word, word)))
    if any(one.kind == "draw" and not one.is_negated for one in message.intents):
        found["depict"] = Constant(value=True)
    return found


def structure_type_of(plan: Plan, i: int) -> str:
    """Return the structure type in which a plan builds one of its subjects; '' for none."""
    for call in plan.calls:
        source = call.fields.get("prototype")
        if isinstance(source, Constant) and plan.subjects[i].carrier == "formula":
            return str(source.value)
        if isinstance(source, Listed):
            return str(source.values.get(i, ""))
    return ""


def _of_before(
    message: Understanding,
    subjects: Sequence[Subject],
    remembered: Mapping[str, str],
    *,
    is_said: bool,
) -> dict[int, str]:
    """Return the structure type of what was shown or built before, by place.

    What is shown keeps its own beside things that are named; alone it takes the one that is said.
    """
    shown = {
        one.canonical: one.structure_type
        for reference in message.references
        for one in reference.resolved
        if one.structure_type
    }
    named = {one.canonical or one.text for one in message.of_kind("formula", "element")}
    if is_said and not named:
        return {}
    known = shown if is_said else {**remembered, **shown}
    return {
        i: known[one.value] for i, one in enumerate(subjects)
        if one.carrier == "formula" and known.get(one.value)
        and (one.value not in named or not is_said)
    }  # fmt: skip


def _both(said: Source | None, earlier: dict[int, str], subjects: Sequence[Subject]) -> Source:
    """Join what the text says of some subjects with what is known of others."""
    stated: dict[int, str] = {}
    if isinstance(said, Constant):
        stated = {i: said.value for i, one in enumerate(subjects) if one.carrier == "formula"}
    elif isinstance(said, Listed):
        stated = dict(said.values)
    return Listed(values={**stated, **earlier})


def _types(types: Sequence[Entity], message: Understanding, subjects: Sequence[Subject]) -> Source:
    """Give each formula the structure type that is said of it, or of the list it stands in."""
    if len({one.canonical for one in types}) == 1:
        return Constant(value=types[0].canonical)
    named = sorted(message.of_kind("formula", "element"), key=lambda one: one.start)
    said = _said_of(message.text, named, types)
    forms = {one.canonical or one.text: form for one, form in zip(named, said, strict=True)}
    for one in types:
        if one.canonical in MINERALS:
            forms.setdefault(MINERALS[one.canonical], one.canonical)
    values = {
        i: forms[subject.value]
        for i, subject in enumerate(subjects)
        if subject.carrier == "formula" and forms.get(subject.value)
    }
    return Listed(values=values)


def _said_of(text: str, named: Sequence[Entity], types: Sequence[Entity]) -> list[str]:
    """Return the type of each formula: the one beside it, else that of its neighbour."""
    beside = [min(types, key=lambda one: (_gap(one, formula), one.start)) for formula in named]
    is_before = bool(named) and types[0].start < named[0].start
    own = [
        one.canonical if _is_beside(text, one, formula, is_before=is_before) else ""
        for one, formula in zip(beside, named, strict=True)
    ]
    order = range(len(named)) if is_before else range(len(named) - 1, -1, -1)
    before = -1 if is_before else 1
    for i in order:
        j = i + before
        if not own[i] and 0 <= j < len(named) and own[j] and _is_listed(text, named[i], named[j]):
            own[i] = own[j]
    return [form or one.canonical for form, one in zip(own, beside, strict=True)]


def _is_beside(text: str, one: Entity, formula: Entity, *, is_before: bool) -> bool:
    """Whether a type is said of a formula; after a comma only where types come first."""
    between = text[min(one.end, formula.end) : max(one.start, formula.start)]
    if re.search(r"[,;]", between) and (one.start < formula.start) != is_before:
        return False
    return _BESIDE.fullmatch(between) is not None


def _is_listed(text: str, one: Entity, other: Entity) -> bool:
    between = text[min(one.end, other.end) : max(one.start, other.start)]
    return re.search(r"[.;!?]\s", between) is None


def _gap(one: Entity, other: Entity) -> int:
    return max(one.start - other.end, other.start - one.end)
