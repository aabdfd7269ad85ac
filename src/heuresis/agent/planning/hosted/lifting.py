"""The calls of a reply as steps of a plan: equal calls about different things become one step."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from heuresis.agent.planning.catalogue import catalogue
from heuresis.agent.planning.plan import Call, Constant, Itself, Plan, Shown, Source, Subject
from heuresis.tools import registry

MAX_LABEL = 80
MAX_SHOWN = 6  # fields of one tool in the composer's own table


@dataclass(frozen=True)
class Wanted:
    """One valid call.

    Attributes:
        id: Of the call in the reply.
        tool: Who is asked.
        fields: The request, references replaced.
        about: The thing a reference of it names, by field.
    """

    id: str
    tool: str
    fields: Mapping[str, Any]
    about: Mapping[str, Subject]


def lifted(plan: Plan, calls: Sequence[Wanted]) -> tuple[Plan, dict[str, tuple[str, int]]]:
    """Add the steps that calls ask for; return step and subject by call, too."""
    subjects = list(plan.subjects)
    steps: dict[str, Call] = {}
    places: dict[str, tuple[str, int]] = {}
    shows = list(plan.shows)
    for one in calls:
        field = _subject_field(one)
        place = _place(subjects, _subject(one, field))
        constants = {name: value for name, value in one.fields.items() if name != field}
        key = f"{one.tool} {field} {json.dumps(constants, sort_keys=True)}"
        if key not in steps:
            name = f"s{len(plan.steps) + len(steps) + 1}"
            fields: dict[str, Source] = {n: Constant(value=v) for n, v in constants.items()}
            if field is not None:
                fields[field] = Itself()
            steps[key] = Call(id=name, tool=one.tool, fields=fields, among=(), why="asked for")
        step = steps[key]
        among = tuple(dict.fromkeys([*(step.among or ()), place]))
        steps[key] = step.model_copy(update={"among": among})
        places[one.id] = (step.id, place)
    for call in steps.values():
        if not any(_is_same(call, old) for old in plan.calls):
            shows += _shows(call)
    longer = plan.model_copy(
        update={
            "subjects": tuple(subjects),
            "steps": (*plan.steps, *steps.values()),
            "shows": tuple(shows),
        }
    )
    return Plan.model_validate(longer.model_dump()), places


def _subject_field(one: Wanted) -> str | None:
    takes = catalogue()[one.tool].takes
    return next((name for name in takes if isinstance(one.fields.get(name), str)), None)


def _subject(one: Wanted, field: str | None) -> Subject:
    if field is None:
        value = json.dumps(one.fields, sort_keys=True)
        return Subject(label=f"{one.tool} {value}"[:MAX_LABEL], carrier="none", value=value)
    value, carrier = str(one.fields[field]), catalogue()[one.tool].takes[field]
    named = one.about.get(field)
    label = named.label if named else " ".join(value.split())[:MAX_LABEL]
    return Subject(label=label or carrier, carrier=carrier, value=value)


def _place(subjects: list[Subject], one: Subject) -> int:
    """Return where a thing stands among the subjects; a new one is put at the end."""
    for i, known in enumerate(subjects):
        if (known.carrier, known.value) == (one.carrier, one.value):
            return i
    subjects.append(one)
    return len(subjects) - 1


def _is_same(call: Call, old: Call) -> bool:
    return (call.tool, call.fields, call.among) == (old.tool, old.fields, old.among)


def _shows(call: Call) -> list[Shown]:
    entry = catalogue()[call.tool]
    paths = entry.numbers[:MAX_SHOWN] or tuple(registry.load(call.tool).response.model_fields)[:3]
    return [Shown(step=call.id, path=path, words=path.replace("_", " ")) for path in paths]
