"""The planner without a language model: a search over what tools take and give."""

from collections.abc import Mapping, Sequence

from heuresis.agent.planning.asked_of_pictures import asked_of_pictures
from heuresis.agent.planning.catalogue import catalogue
from heuresis.agent.planning.comparing import add_comparisons
from heuresis.agent.planning.constants import constants_of, unused_types
from heuresis.agent.planning.documents import Given, with_items
from heuresis.agent.planning.drafting import Draft
from heuresis.agent.planning.looks import looks_in, speaks_of_before
from heuresis.agent.planning.nearest import help_lines, leftover_notes, suggested
from heuresis.agent.planning.picturing import PAIR, add_operations, add_pair
from heuresis.agent.planning.plan import Check, Itself, Keep, Plan, Shown, Sort, Subject
from heuresis.agent.planning.searching import add_search, is_search
from heuresis.agent.planning.subjects import subjects_of
from heuresis.agent.planning.testing import EVEN, add_claims
from heuresis.agent.planning.units import unit_for
from heuresis.agent.planning.wishes import Wish, wishes_for, wishes_of
from heuresis.agent.understanding.entities import Condition, Ordering, Understanding
from heuresis.agent.understanding.properties import by_path, name_of, sense_of

NAME = "embedded"


def plan(
    message: Understanding,
    given: Sequence[Given] = (),
    remembered: Mapping[str, str] | None = None,
) -> Plan:
    """Find the steps that give what a message wants of what it names.

    Nothing is guessed: what was not understood, or cannot be done, is said in the plan.

    Args:
        message: What was understood.
        given: Documents of the session.
        remembered: Structure type by formula in which earlier runs built it; used where a message
            points back at earlier results and states none.
    """
    looks = looks_in(message, given)
    message = looks.rest
    named, notes = subjects_of(message)
    subjects, unread = (
        ([], []) if looks.is_all else with_items(named, given, looks.looked_in)
    )  # a question to a document asks nothing of the molecules in it
    if subjects and not named:  # 'those' are the things in the file
        unmeant = {f"{one.text!r}: {one.why}." for one in message.references}
        notes = [note for note in notes if note not in unmeant]
    draft = Draft(notes=[*notes, *unread, *looks.notes])
    for carrier in dict.fromkeys(one.carrier for one in subjects):
        draft.ready[carrier] = {carrier: Itself()}
    known = remembered if remembered and speaks_of_before(message.text) else {}
    draft.constants = constants_of(message, subjects, known)
    draft.notes += _from_before(message, subjects, known)
    if any(one.carrier == "formula" for one in subjects):
        draft.notes += unused_types(message, draft.constants.get("prototype"))
    shows = [] if looks.is_all else _steps(draft, message, subjects)
    for look in looks.steps:
        draft.steps.append(look.model_copy(update={"id": draft.next_id()}))
    is_helped = any(one.kind == "help" for one in message.intents) and not subjects
    left = leftover_notes(draft, message, has_subjects=bool(subjects))
    draft.notes += [] if is_helped else left
    return Plan(
        planner=NAME,
        goal=message.text[:4_000],
        subjects=tuple(subjects),
        steps=tuple(draft.steps),
        shows=tuple(shows),
        not_understood=tuple(dict.fromkeys(draft.notes)),
    )


def _from_before(
    message: Understanding, subjects: Sequence[Subject], known: Mapping[str, str]
) -> list[str]:
    """Tell which structure types are those of earlier runs."""
    if message.of_kind("structure_type"):
        return []
    return [
        f"{one.label}: no structure was stated; {known[one.value]} is taken, as in an earlier run."
        for one in subjects
        if one.carrier == "formula" and one.value in known
    ]


def _steps(draft: Draft, message: Understanding, subjects: Sequence[Subject]) -> list[Shown]:
    """Add what the message asks for; return what the answer shows."""
    if any(one.kind == "help" for one in message.intents) and not subjects:
        draft.notes += help_lines()
        return []
    if is_search(message, subjects):
        add_search(draft, message, subjects)
        return []
    carriers = {one.carrier for one in subjects}
    is_operated = bool(message.operations) and "original" in carriers
    asked = asked_of_pictures(message, carriers, is_operated=is_operated)
    if add_pair(draft, message, subjects, {wish.tool for _, wish in asked}):
        return _shown(draft, message, _pair_wishes())
    if asked:
        return _of_pictures(draft, message, subjects, asked)
    wishes, unmet = wishes_of(message, carriers, is_operated=is_operated)
    draft.notes += unmet
    shows = _shown(draft, message, wishes) if _comes_first(message) else []
    shows += add_operations(draft, message)
    if message.hypothesis is not None and add_claims(draft, message, subjects):
        return [*shows, *_shown(draft, message, wishes)]
    _filters(draft, message, subjects)
    is_open = not (wishes or unmet or shows or message.conditions or message.ordering)
    if is_open:
        wishes = suggested(draft, message, carriers)
    shows += _shown(draft, message, wishes)
    add_comparisons(draft, message, subjects, [(one.step, one.path) for one in shows])
    return shows


def _of_pictures(
    draft: Draft,
    message: Understanding,
    subjects: Sequence[Subject],
    asked: Sequence[tuple[int, Wish]],
) -> list[Shown]:
    """Ask what is asked of pictures before they are changed, change them, and ask the rest."""
    begin = min((one.start for one in message.operations), default=0)
    shows = _shown(draft, message, [wish for start, wish in asked if start < begin])
    shows += add_operations(draft, message)
    is_paired = PAIR in draft.at
    later = [
        wish for start, wish in asked
        if start >= begin and not (is_paired and wish.tool == "medical.quality")
    ]  # fmt: skip
    tools = [wish for one in message.of_kind("tool") for wish in wishes_for(one.canonical)]
    shows += _shown(draft, message, [*later, *tools])
    add_comparisons(draft, message, subjects, [(one.step, one.path) for one in shows])
    return shows


def _comes_first(message: Understanding) -> bool:
    """Whether something is asked of a picture before it is changed."""
    kinds = ("assess", "identify", "segment")
    asked = [one.start for one in message.of_kind("property")]
    asked += [one.start for one in message.intents if one.kind in kinds]
    return bool(message.operations and asked) and min(asked) < message.operations[0].start


def _pair_wishes() -> list[Wish]:
    tool = "medical.compare_quality"
    paths = ("better", "probability_first_better", "text")
    return [Wish(tool, path, path.replace("_", " "), "compares both") for path in paths]


def _filters(draft: Draft, message: Understanding, subjects: Sequence[Subject]) -> None:
    """Add conditions, those on cheap tools first, then orders."""
    kinds = {one.kind for one in message.intents}
    asks = "check" in kinds and not kinds & {"filter", "find", "order"}
    is_question = asks and not any(one.limit for one in message.ordering)
    for condition in sorted(message.conditions, key=lambda one: _cost(one.path)):
        _limit(draft, condition, is_question=is_question)
    for order in message.ordering:
        if not order.is_aim and len(subjects) > 1:
            _sort(draft, order)
    if asks and not message.conditions and not message.comparison:
        _yes_or_no(draft, message)


def _cost(path: str) -> int:
    entry = catalogue().get(path.partition(":")[0])
    return entry.cost if entry else 0


def _limit(draft: Draft, condition: Condition, *, is_question: bool) -> None:
    tool, _, path = condition.path.partition(":")
    step = draft.reach(tool, f"needed for {condition.label}"[:300])
    if step is None:
        return
    kind = Check if is_question else Keep
    draft.steps.append(
        kind(
            id=draft.next_id(),
            step=step,
            path=path,
            low=condition.low,
            high=condition.high,
            has_low=condition.has_low,
            has_high=condition.has_high,
            is_negated=condition.is_negated,
            words=condition.text[:300],
        )
    )


def _yes_or_no(draft: Draft, message: Understanding) -> None:
    """Take 'is it mutagenic?' as: is it more probable than not?"""
    for entity in message.of_kind("property"):
        known = by_path().get(entity.canonical)
        if known is None or not known.is_class or known.unit != "1":
            continue
        step = draft.reach(known.tool, f"tells {name_of(known.path)}")
        if step is not None:
            path, is_negated = known.path.partition(":")[2], sense_of(entity.text) < 0
            draft.steps.append(
                Check(id=draft.next_id(), step=step, path=path, low=EVEN, has_low=False,
                      is_negated=is_negated, words=entity.text[:300])
            )  # fmt: skip


def _sort(draft: Draft, order: Ordering) -> None:
    tool, _, path = order.path.partition(":")
    step = draft.reach(tool, f"needed to sort by {name_of(order.path)}")
    if step is None:
        return
    direction = order.direction or "descending"
    draft.steps.append(
        Sort(id=draft.next_id(), step=step, path=path, direction=direction, limit=order.limit)
    )


def _shown(draft: Draft, message: Understanding, wishes: Sequence[Wish]) -> list[Shown]:
    """Reach what is wished for; show that, and what was filtered and sorted by."""
    found = []
    for wish in wishes:
        step = draft.reach(wish.tool, wish.why)
        if step is not None:
            unit = unit_for(draft, message, f"{wish.tool}:{wish.path}")
            found.append(Shown(step=step, path=wish.path, words=wish.words, unit=unit))
    for whole in [*(c.path for c in message.conditions), *(o.path for o in message.ordering)]:
        tool, _, path = whole.partition(":")
        if tool in draft.at and all(
            (one.step, one.path) != (draft.at[tool], path) for one in found
        ):
            unit = unit_for(draft, message, whole)
            words = name_of(whole)
            found.append(Shown(step=draft.at[tool], path=path, words=words, unit=unit))
    return found
