"""The first rule that fits decides; what is not known yet may fit, and then a person is asked."""

import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from heuresis.contract import Cost
from heuresis.serving.approval.origins import Kind
from heuresis.serving.approval.rules import Range, Rule, RuleBook, Spoken

COSTS = tuple(Cost)  # cheap to dear
MAX_DEPTH = 40


class Unknown:
    """Stands in arguments for a value that an earlier step has yet to answer."""


@dataclass(frozen=True)
class Facts:
    """What rules look at.

    Attributes:
        tool: Name.
        cost: Cost class on its card.
        origin: Who began it, as a kind.
        party: For whom an approval for always holds.
        backend: Name of the backend.
        server: Address of the model server that would be asked; None where nothing leaves.
        is_released: Whether the settings release that server for pictures.
        has_files: Whether the request names files; None where that is not known.
        arguments: Returns the request as JSON data; None where nothing of it is known.
    """

    tool: str
    cost: Cost
    origin: Kind
    party: str
    backend: str
    server: str | None
    is_released: bool
    has_files: bool | None = None
    arguments: Callable[[], Any] | None = None


@dataclass(frozen=True)
class Ruling:
    """What the rules say of a call.

    Attributes:
        verdict: allowed, ask or denied.
        rule_id: The rule that decided.
        why: Its reason.
        coverage: Digest of rule, party, tool, backend and server: what a wider approval covers.
        is_sure: False where something unknown could have made another rule decide.
    """

    verdict: Spoken
    rule_id: str
    why: str
    coverage: str
    is_sure: bool


def judge(book: RuleBook, facts: Facts) -> Ruling:
    """Return what the first rule says that fits, or may fit and asks; without one, denied."""
    is_sure = True
    for rule in book.rules:
        fit = _fits(rule, facts)
        if fit is None:
            is_sure = False
        if fit or (fit is None and rule.verdict == "ask"):
            return Ruling(rule.verdict, rule.id, rule.why, _coverage(rule, facts), is_sure)
    return Ruling("denied", "none", "no rule speaks of it", "", is_sure)


def _coverage(rule: Rule, facts: Facts) -> str:
    parts = (rule.digest, facts.party, facts.tool, facts.backend, facts.server or "")
    return "sha256:" + hashlib.sha256("\x1f".join(parts).encode()).hexdigest()


def _fits(rule: Rule, facts: Facts) -> bool | None:
    """Return whether a rule fits; None where that depends on what is not known."""
    leaves = facts.server is not None
    if facts.origin not in rule.origins or not is_like(facts.tool, rule.tool):
        return False
    if rule.cost_at_least and COSTS.index(facts.cost) < COSTS.index(rule.cost_at_least):
        return False
    if rule.leaves not in (None, leaves) or rule.released not in (None, facts.is_released):
        return False
    fits: list[bool | None] = []
    if rule.files is not None:
        fits.append(None if facts.has_files is None else rule.files == facts.has_files)
    if rule.arguments and False not in fits:
        fits += _arguments_fit(rule, facts)
    return False if False in fits else None if None in fits else True


def _arguments_fit(rule: Rule, facts: Facts) -> list[bool | None]:
    if facts.arguments is None:
        return [None]
    given = facts.arguments()
    return [
        _fits_at(
            list(values_at(given, path.split("."))), limit, is_strict=rule.verdict == "allowed"
        )
        for path, limit in rule.arguments.items()
    ]


def _fits_at(values: Sequence[Any], limit: str | Range, *, is_strict: bool) -> bool | None:
    """Compare all values at a path; a rule that allows must fit them all, others one of them."""
    if not values:
        return False
    fits = [_fits_one(value, limit, is_strict=is_strict) for value in values]
    if is_strict:
        return False if False in fits else None if None in fits else True
    return True if True in fits else None if None in fits else False


def _fits_one(value: Any, limit: str | Range, *, is_strict: bool) -> bool | None:
    if isinstance(value, Unknown):
        return None
    if isinstance(limit, Range):
        if isinstance(value, bool) or not isinstance(value, int | float):
            return False
        low, high = limit.at_least, limit.at_most
        return (low is None or value >= low) and (high is None or value <= high)
    text = _text(value)
    if is_strict:  # letters mean different atoms by their case
        return is_like(text, limit)
    return is_like(text.casefold(), limit.casefold())


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return "null" if value is None else str(value)


def is_like(text: str, pattern: str) -> bool:
    """Whether a text fits a pattern, in which '*' stands for any letters and nothing else does.

    Brackets are atoms here, so they mean themselves; and the time grows with the text only, since
    the text may be written by somebody who would like this to take forever.
    """
    first, *rest = pattern.split("*")
    if not rest:
        return text == pattern
    last = rest.pop()
    if len(text) < len(first) + len(last):
        return False
    if not (text.startswith(first) and text.endswith(last)):
        return False
    at, end = len(first), len(text) - len(last)
    for part in rest:
        found = text.find(part, at, end)
        if found < 0:
            return False
        at = found + len(part)
    return True


def values_at(value: Any, path: Sequence[str], depth: int = 0) -> Iterator[Any]:
    """Yield every plain value at a path, all those below it where it ends at a branch.

    Args:
        value: JSON data, in which values may be unknown.
        path: Names of fields or places in lists; '*' is every one.
        depth: How deep the value sits.
    """
    if isinstance(value, Unknown):
        yield value
    elif isinstance(value, Mapping | list):
        if depth > MAX_DEPTH:
            yield Unknown()
            return
        named = value.items() if isinstance(value, Mapping) else enumerate(value)
        for name, part in named:
            if not path or path[0] in ("*", str(name)):
                yield from values_at(part, path[1:], depth + 1)
    elif not path:
        yield value
