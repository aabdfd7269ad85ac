"""The planner without a language model: a search over what tools take and give."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from heuresis.agent.planning.catalogue import READERS, Entry, catalogue
from heuresis.agent.planning.plan import (
    Answered,
    Call,
    Carrier,
    Constant,
    Itself,
    Keep,
    Plan,
    Shown,
    Sort,
    Source,
    Step,
)
from heuresis.agent.planning.subjects import subjects_of
from heuresis.agent.planning.wishes import Wish, wishes_of
from heuresis.agent.understanding.entities import Condition, Ordering, Understanding

NAME = "embedded"
MAX_LINKS = 3  # tools between what was given and what a tool takes


@dataclass
class _Draft:
    """A plan while it is written.

    Attributes:
        steps: In order.
        at: Id of the call by tool.
        ready: Where a carrier comes from by now, by the carrier a subject came as.
        notes: Sentences on what cannot be done.
    """

    steps: list[Step] = field(default_factory=list)
    at: dict[str, str] = field(default_factory=dict)
    ready: dict[Carrier, dict[Carrier, Source]] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)

    def next_id(self) -> str:
        return f"s{len(self.steps) + 1}"

    def call(self, tool: str, fields: Mapping[str, Source], over: Carrier | None, why: str) -> str:
        name = self.next_id()
        self.steps.append(Call(id=name, tool=tool, fields=dict(fields), over=over, why=why))
        return name


def plan(message: Understanding) -> Plan:
    """Find the steps that give what a message wants of what it names.

    Nothing is guessed: what was not understood, or cannot be done, is said in the plan.
    """
    subjects, notes = subjects_of(message)
    wishes, unmet = wishes_of(message, {one.carrier for one in subjects})
    draft = _Draft(notes=[*notes, *unmet, *_leftover(message, has_subjects=bool(subjects))])
    for carrier in dict.fromkeys(one.carrier for one in subjects):
        draft.ready[carrier] = {carrier: Itself()}
    constants = _constants(message)
    for condition in sorted(message.conditions, key=lambda one: _cost(one.path)):
        _keep(draft, condition, constants)
    orders = [one for one in message.ordering if not one.is_aim]
    for order in orders:
        _sort(draft, order, constants)
    shows = [_show(draft, wish, constants) for wish in wishes]
    return Plan(
        planner=NAME,
        goal=message.text[:4_000],
        subjects=tuple(subjects),
        steps=tuple(draft.steps),
        shows=tuple(one for one in (*_shown_conditions(draft, message), *shows) if one),
        not_understood=tuple(dict.fromkeys(draft.notes)),
    )


def _leftover(message: Understanding, *, has_subjects: bool) -> list[str]:
    """Say what was not interpreted; a word like 'those' means the things just named."""
    pointers = {(one.start, one.end) for one in message.references}
    return [
        f"{one.text!r}: {one.why}" + (f"; nearest: {one.nearest}." if one.nearest else ".")
        for one in message.leftover
        if (one.start, one.end) not in pointers or not has_subjects
    ]


def _constants(message: Understanding) -> dict[str, Source]:
    """Return fields that the message itself fills, such as the structure type of a formula."""
    types = message.of_kind("structure_type")
    return {"prototype": Constant(value=types[0].canonical)} if types else {}


def _cost(path: str) -> int:
    entry = catalogue().get(path.partition(":")[0])
    return entry.cost if entry else 0


def _keep(draft: _Draft, condition: Condition, constants: Mapping[str, Source]) -> None:
    tool, _, path = condition.path.partition(":")
    step = _reach(draft, tool, constants, f"needed for {condition.label}")
    if step is None:
        return
    draft.steps.append(
        Keep(
            id=draft.next_id(),
            step=step,
            path=path,
            low=condition.low,
            high=condition.high,
            has_low=condition.has_low,
            has_high=condition.has_high,
            is_negated=condition.is_negated,
        )
    )


def _sort(draft: _Draft, order: Ordering, constants: Mapping[str, Source]) -> None:
    tool, _, path = order.path.partition(":")
    step = _reach(draft, tool, constants, f"needed to sort by {path}")
    if step is None:
        return
    direction = order.direction or "descending"
    draft.steps.append(
        Sort(id=draft.next_id(), step=step, path=path, direction=direction, limit=order.limit)
    )


def _show(draft: _Draft, wish: Wish, constants: Mapping[str, Source]) -> Shown | None:
    step = _reach(draft, wish.tool, constants, wish.why)
    return None if step is None else Shown(step=step, path=wish.path, words=wish.words)


def _shown_conditions(draft: _Draft, message: Understanding) -> list[Shown]:
    """Show what was filtered and sorted by, too."""
    found = []
    paths = [one.path for one in message.conditions] + [one.path for one in message.ordering]
    for tool, _, path in (whole.partition(":") for whole in paths):
        if tool in draft.at:
            found.append(Shown(step=draft.at[tool], path=path, words=path.replace("_", " ")))
    return list(dict.fromkeys(found))


def _reach(draft: _Draft, tool: str, constants: Mapping[str, Source], why: str) -> str | None:
    """Add the calls that lead to a tool; return the id of its call, None where none leads there."""
    if tool in draft.at:
        return draft.at[tool]
    entry = catalogue().get(tool)
    if entry is None or entry.missing is not None:
        missing = "there is no such tool" if entry is None else entry.missing
        draft.notes.append(f"{tool} cannot run here: {missing}.")
        return None
    for came in draft.ready:
        way = _way(came, entry)
        if way is None:
            continue
        for reader, source_field, given in way:
            _read(draft, came, reader, source_field, given, constants)
        wanted = _takes(entry, draft.ready[came])
        if wanted is None:
            continue
        name, carrier = wanted
        over = came if len(draft.ready) > 1 else None
        fields = {name: draft.ready[came][carrier], **_fitting(entry, constants)}
        draft.at[tool] = draft.call(tool, fields, over, why)
        return draft.at[tool]
    draft.notes.append(_nothing_to_ask(entry, list(draft.ready)))
    return None


def _takes(entry: Entry, ready: Mapping[Carrier, Source]) -> tuple[str, Carrier] | None:
    for carrier in ready:
        name = entry.subject_field(carrier)
        if name is not None:
            return name, carrier
    return None


def _fitting(entry: Entry, constants: Mapping[str, Source]) -> dict[str, Source]:
    return {name: one for name, one in constants.items() if name in entry.takes}


def _way(came: Carrier, entry: Entry) -> list[tuple[str, str, tuple[str, Carrier]]] | None:
    """Return the readers between a carrier and a tool, the shortest way, by breadth first."""
    if entry.subject_field(came) and (came, came) not in READERS:
        return []
    ways: list[tuple[Carrier, list[tuple[str, str, tuple[str, Carrier]]]]] = [(came, [])]
    for _ in range(MAX_LINKS):
        longer = []
        for carrier, way in ways:
            for (start, end), (tool, name, path) in READERS.items():
                if start != carrier or any(tool == one[0] for one in way):
                    continue
                step = [*way, (tool, name, (path, end))]
                if entry.subject_field(end) or tool == entry.name:
                    return step
                longer.append((end, step))
        ways = longer
    return [] if entry.subject_field(came) else None


def _read(  # noqa: PLR0913, PLR0917  # one link of a way
    draft: _Draft,
    came: Carrier,
    tool: str,
    name: str,
    given: tuple[str, Carrier],
    constants: Mapping[str, Source],
) -> None:
    path, carrier = given
    if tool in draft.at:
        return
    sources = draft.ready[came]
    fields = {name: sources[next(iter(sources))], **_fitting_reader(tool, constants)}
    over = came if len(draft.ready) > 1 else None
    draft.at[tool] = draft.call(tool, fields, over, "read what was given")
    draft.ready[came] = {**sources, carrier: Answered(step=draft.at[tool], path=path)}


def _fitting_reader(tool: str, constants: Mapping[str, Source]) -> dict[str, Source]:
    return dict(constants) if tool == "crystal.parse" else {}


def _nothing_to_ask(entry: Entry, carriers: Sequence[Carrier]) -> str:
    takes = " or ".join(sorted(set(entry.takes.values()))) or "other input"
    got = ", ".join(carriers) or "nothing to ask about"
    return f"{entry.name} ({entry.summary}) takes {takes}; got {got}."
