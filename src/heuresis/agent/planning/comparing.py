"""Steps that set the numbers of several subjects side by side."""

from collections.abc import Sequence
from typing import Literal

from heuresis.agent.planning.catalogue import catalogue
from heuresis.agent.planning.drafting import Draft
from heuresis.agent.planning.plan import Call, Compare, Subject
from heuresis.agent.planning.units import unit_for
from heuresis.agent.understanding.entities import Understanding
from heuresis.agent.understanding.properties import name_of

MOST = 6  # quantities that are compared in one answer


def add_comparisons(
    draft: Draft,
    message: Understanding,
    subjects: Sequence[Subject],
    shown: Sequence[tuple[str, str]],
) -> None:
    """Compare every number that is shown, where the text compares or asks for the first.

    Args:
        draft: The plan so far.
        message: What was understood.
        subjects: In order.
        shown: Step and path of what the answer shows.
    """
    is_ranked = any(not one.is_aim and one.limit is None for one in message.ordering)
    asked = message.comparison or any(one.is_aim for one in message.ordering)
    compared = any(one.kind == "compare" for one in message.intents)
    if len(subjects) < 2 or not (asked or is_ranked or compared):
        return
    if not (message.comparison or compared):
        ordered = {one.path.partition(":")[2] for one in message.ordering}
        shown = [one for one in shown if one[1] in ordered]
    tools = {step.id: step.tool for step in draft.steps if isinstance(step, Call)}
    for step, path in list(dict.fromkeys(shown))[:MOST]:
        entry = catalogue().get(tools.get(step, ""))
        if entry is not None and entry.has_number(path):
            _add(draft, message, subjects, step, f"{entry.name}:{path}")


def _add(
    draft: Draft, message: Understanding, subjects: Sequence[Subject], step: str, whole: str
) -> None:
    first, second = sides(message, subjects)
    comparison = message.comparison
    measure = comparison.measure if comparison else "diff"
    draft.steps.append(
        Compare(
            id=draft.next_id(),
            step=step,
            path=whole.partition(":")[2],
            words=name_of(whole),
            direction=direction_of(message, whole),
            measure=measure,
            unit=unit_for(draft, message, whole) if measure == "diff" else "",
            first=first,
            second=second,
            is_question=bool(comparison and comparison.is_question and first is not None),
        )
    )


def direction_of(message: Understanding, whole: str) -> Literal["ascending", "descending"]:
    """Return which end of a quantity the text looks for."""
    ways = [one.direction for one in message.ordering if one.path == whole and one.direction]
    return "ascending" if ways[:1] == ["ascending"] else "descending"


def sides(message: Understanding, subjects: Sequence[Subject]) -> tuple[int | None, int | None]:
    """Return the places of what is compared with what: around 'than', or both of a pair in order.

    None for both where there are more, so that the highest is set against the lowest.
    """
    comparison = message.comparison
    if comparison is not None and comparison.pivot is not None:
        at = [_place(message, one) for one in subjects]
        before = [i for i, place in enumerate(at) if place is not None and place < comparison.pivot]
        after = [i for i, place in enumerate(at) if place is not None and place > comparison.pivot]
        if before and after:
            return before[-1], after[0]
    return (0, 1) if len(subjects) == 2 else (None, None)


def _place(message: Understanding, subject: Subject) -> int | None:
    """Return where a subject is named, or pointed at, in the text."""
    for entity in message.entities:
        if (entity.canonical or entity.text) == subject.value:
            return entity.start
    for reference in message.references:
        if any(one.canonical == subject.value for one in reference.resolved):
            return reference.start
    return None
