"""Steps that state a sentence as a claim and let runs speak for or against it."""

import re
from collections.abc import Sequence
from typing import Literal

from heuresis.agent.planning.catalogue import catalogue
from heuresis.agent.planning.comparing import sides
from heuresis.agent.planning.drafting import Draft
from heuresis.agent.planning.plan import Claim, Subject
from heuresis.agent.understanding.entities import Condition, Ordering, Piece, Understanding
from heuresis.agent.understanding.properties import by_path, name_of, sense_of

Sign = Literal["<", "<=", ">", ">="]
EVEN = 0.5  # probability that parts yes from no
# Words that ask for a test in so many words; 'I think' and 'my boss says' begin much that is none.
_ASKED = re.compile(
    r"(?i)hypothes|\btest|\btrue\b|prove|verif|confirm|refut|falsif|\bmyth|\bfact|evidence|\bclaim\s*:|debunk"
)
_NOT = re.compile(
    r"(?i)(?:\b(?:not|no|never|hardly)|n['\N{RIGHT SINGLE QUOTATION MARK}]t)\s+(?:\w+ly\s+)?$"
)
CANNOT = (
    "this cannot be tested here: what can be tested compares a number of two things, or a number "
    "with a limit, such as 'aspirin is more soluble than ibuprofen'"
)


def add_claims(draft: Draft, message: Understanding, subjects: Sequence[Subject]) -> bool:
    """Add the calls and claims for the sentence that a message puts forward.

    Returns:
        Whether it can be tested; where not, the reason is noted.
    """
    said = message.hypothesis
    if said is None or not subjects:
        return False
    before = len(draft.steps)
    for condition in message.conditions:
        _limits(draft, condition, said, subjects)
    others = [one for one in message.ordering if one.is_aim and one.direction]
    if len(subjects) > 1:
        for order in others:
            _order(draft, order, message, said, subjects)
    if len(draft.steps) == before:
        _yes_or_no(draft, message, said, subjects)
    if not any(isinstance(step, Claim) for step in draft.steps):
        if not _ASKED.search(said.lead.text):
            return False
        draft.notes.append(f"{said.text!r}: {CANNOT}.")
        return False
    return True


def _limits(draft: Draft, condition: Condition, said: Piece, subjects: Sequence[Subject]) -> None:
    low: Sign = ">=" if condition.has_low else ">"
    high: Sign = "<=" if condition.has_high else "<"
    for sign, threshold in ((low, condition.low), (high, condition.high)):
        if threshold is not None:
            for i in range(len(subjects)):
                meant = _other(sign) if condition.is_negated else sign
                _claim(draft, condition.path, said, subjects, (i, None), meant, threshold)


def _other(sign: Sign) -> Sign:
    turned: dict[Sign, Sign] = {"<": ">=", "<=": ">", ">": "<=", ">=": "<"}
    return turned[sign]


def _order(
    draft: Draft,
    order: Ordering,
    message: Understanding,
    said: Piece,
    subjects: Sequence[Subject],
) -> None:
    first, second = sides(message, subjects)
    if first is None or second is None:
        return
    sign: Sign = ">" if order.direction == "descending" else "<"
    if _NOT.search(message.text[: order.start]):
        sign = _other(sign)
    _claim(draft, order.path, said, subjects, (first, second), sign, None)


def _yes_or_no(
    draft: Draft, message: Understanding, said: Piece, subjects: Sequence[Subject]
) -> None:
    """Take 'is mutagenic' as: more probable than not."""
    for entity in message.of_kind("property"):
        known = by_path().get(entity.canonical)
        if known is None or not known.is_class or known.unit != "1":
            continue
        sign: Sign = "<" if sense_of(entity.text) < 0 else ">"
        for i in range(len(subjects)):
            _claim(draft, entity.canonical, said, subjects, (i, None), sign, EVEN)


def _claim(  # noqa: PLR0913, PLR0917  # what a claim is made of
    draft: Draft,
    whole: str,
    said: Piece,
    subjects: Sequence[Subject],
    about: tuple[int, int | None],
    sign: Sign,
    threshold: float | None,
) -> None:
    tool, _, path = whole.partition(":")
    entry = catalogue().get(tool)
    if entry is None or not entry.has_number(path) or path in entry.counts:
        return
    step = draft.reach(tool, f"evidence on {name_of(whole)}")
    if step is None:
        return
    text = said.text if len(subjects) < 3 else f"{said.text} ({subjects[about[0]].label})"
    draft.steps.append(
        Claim(
            id=draft.next_id(), text=text[:2_000], step=step, path=path, words=name_of(whole),
            subject=about[0], other=about[1], sign=sign, threshold=threshold,
        )
    )  # fmt: skip
