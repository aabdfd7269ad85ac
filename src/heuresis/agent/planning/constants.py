"""Fields of requests that the message itself fills: structure types, numbers of conformers."""

import re
from collections.abc import Mapping, Sequence

from heuresis.agent.planning.plan import Constant, Listed, Plan, Source, Subject
from heuresis.agent.planning.subjects import forms_by_label
from heuresis.agent.understanding.entities import Entity, Understanding
from heuresis.agent.understanding.quantities import NUMBER_WORDS

_CONFORMERS = re.compile(
    rf"(?i)\b(\d{{1,4}}|{'|'.join(NUMBER_WORDS)})\s+(?:\w+\s+)?(?:conformers?|conformations?)\b"
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


def unused_types(message: Understanding, prototype: Source | None) -> list[str]:
    """Tell which structure types were said and given to nothing."""
    used: set[str] = set()
    if isinstance(prototype, Constant):
        used = {str(prototype.value)}
    elif isinstance(prototype, Listed):
        used = {str(one) for one in prototype.values.values()}
    left = [one for one in message.of_kind("structure_type") if one.canonical not in used]
    return [f"{one.text!r}: this structure was not used; name a formula beside it." for one in left]


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
    forms = forms_by_label(message)
    values = {
        i: forms[subject.label]
        for i, subject in enumerate(subjects)
        if subject.carrier == "formula" and forms.get(subject.label)
    }
    return Listed(values=values)
