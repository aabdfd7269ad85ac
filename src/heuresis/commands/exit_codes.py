"""What a process says when it ends: one number per kind of ending."""

from collections.abc import Iterable
from typing import TYPE_CHECKING

from heuresis.errors import (
    BudgetError,
    HeuresisError,
    OutOfDomainError,
    PolicyError,
    RequestError,
)

if TYPE_CHECKING:
    from heuresis.contract import Outcome

OK, FAILED, MISTAKE, BLOCKED, EMPTY = 0, 1, 2, 3, 4
WAITING = 5  # for a person's approval; nothing was refused and nothing has failed
INTERRUPTED, READER_LEFT = 130, 141
GRAVEST_FIRST = (BLOCKED, FAILED, MISTAKE, EMPTY, OK)

KINDS: tuple[tuple[type[HeuresisError], str, int], ...] = (
    (RequestError, "request", MISTAKE),
    (BudgetError, "budget", MISTAKE),
    (PolicyError, "policy", BLOCKED),
    (OutOfDomainError, "domain", EMPTY),
    (HeuresisError, "service", FAILED),
)


def kind_of(error: HeuresisError) -> tuple[str, int]:
    """Return an error's kind in words and its exit code."""
    return next((kind, code) for family, kind, code in KINDS if isinstance(error, family))


def code_of(outcome: "Outcome") -> int:
    """Return the exit code of one outcome."""
    if outcome.status == "failed":
        return MISTAKE if outcome.error_kind == "request" else FAILED
    return {"ok": OK, "partial": OK, "blocked": BLOCKED}.get(outcome.status.value, EMPTY)


def gravest(codes: Iterable[int]) -> int:
    """Return 0 when all are 0, otherwise the code that a script must not overlook."""
    return min(codes, key=GRAVEST_FIRST.index, default=OK)
