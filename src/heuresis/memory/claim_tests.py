"""What a run must show for a claim: a number against a limit, or against another's number."""

import json
import operator
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from pydantic import Field
from sqlalchemy import Connection, select

from heuresis.contract import Frozen
from heuresis.memory.campaigns import Number
from heuresis.memory.runs import QUANTITY, RUN

COMPARE: dict[str, Callable[[float, float], bool]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}
UNDECIDED = "undecided: the numbers lie within their uncertainty of each other"


class ClaimTest(Frozen):
    """What a run must show: then it supports the claim, otherwise it contradicts it."""

    tool: str = Field(description="Runs of this tool speak about the claim.")
    request_holds: str = Field(
        description="Text that the canonical request must hold, such as a SMILES; case counts."
    )
    path: str = Field(description="Quantity to look at.")
    sign: Literal["<", "<=", ">", ">="] = Field(description="How it compares to the threshold.")
    threshold: float = Field(
        description="In the unit of the quantity; with `other_holds`, of the difference."
    )
    unit: str = Field(description="Unit of the threshold; a run in another unit says nothing.")
    other_holds: str | None = Field(
        default=None,
        description="Text that another request must hold: its number is taken off first. Only "
        "runs of the same version and backend are compared.",
    )
    min_stds: float = Field(
        default=0.0, ge=0, le=10,
        description="Standard deviations from the threshold within which a run says nothing.",
    )  # fmt: skip
    request: dict[str, Any] | None = Field(
        default=None, description="Fields of the request that gathers evidence."
    )
    other_request: dict[str, Any] | None = Field(
        default=None, description="Fields of the request about the other."
    )


@dataclass
class Heard:
    """What runs say on a test.

    Attributes:
        rows: Run, path and stance of each that speaks for or against.
        undecided: Why none speaks though there are some; empty otherwise.
    """

    rows: list[dict[str, Any]] = field(default_factory=list)
    undecided: str = ""


def heard(connection: Connection, test: ClaimTest, run_ids: Sequence[str] | None) -> Heard:
    """Let these runs, or all, speak on a test."""
    rows = _runs(connection, test)
    own = [row for row in rows if _holds(row.request, test.request_holds)]
    if test.other_holds is None:
        fresh = [row for row in own if run_ids is None or row.id in run_ids]
        return _collected(_one(test, row) for row in fresh)
    others = [row for row in rows if _holds(row.request, test.other_holds)]
    pairs = _pairs(own, others)
    if run_ids is not None:
        pairs = [pair for pair in pairs if pair[0].id in run_ids or pair[1].id in run_ids]
    return _collected(_two(test, *pair) for pair in pairs)


def request_holding(connection: Connection, tool: str, text: str) -> dict[str, Any] | None:
    """Return the request of the last run of a tool that holds a text; None where none does."""
    query = select(RUN.c.request).where(RUN.c.tool == tool).order_by(RUN.c.id.desc())
    for request in connection.scalars(query):
        if _holds(request, text):
            found: dict[str, Any] = json.loads(request)
            return found
    return None


def _runs(connection: Connection, test: ClaimTest) -> list[Any]:
    query = (
        select(RUN.c.id, RUN.c.request, RUN.c.tool_version, RUN.c.backend, RUN.c.weights_digest,
               QUANTITY.c.value, QUANTITY.c.std, QUANTITY.c.low, QUANTITY.c.high, QUANTITY.c.level)
        .join(QUANTITY, QUANTITY.c.run_id == RUN.c.id)
        .where(RUN.c.tool == test.tool, QUANTITY.c.path == test.path)
        .where(QUANTITY.c.unit == test.unit)
        .order_by(RUN.c.id)
    )  # fmt: skip
    return list(connection.execute(query))


def _holds(request: str, text: str) -> bool:
    # Not by LIKE, for which benzene (c1ccccc1) and cyclohexane (C1CCCCC1) are the same text.
    return text in request or json.dumps(text, ensure_ascii=False)[1:-1] in request


def _pairs(own: Sequence[Any], others: Sequence[Any]) -> list[tuple[Any, Any]]:
    """Pair the last runs of both, for each way that both were computed."""
    last = {(row.tool_version, row.backend, row.weights_digest): row for row in others}
    newest = {(row.tool_version, row.backend, row.weights_digest): row for row in own}
    return [(row, last[way]) for way, row in newest.items() if way in last]


def _one(test: ClaimTest, row: Any) -> Heard:
    stance = _stance(test, row.value, _spread(row))
    if stance is None:
        return Heard(undecided=UNDECIDED)
    return Heard([{"run_id": row.id, "path": test.path, "stance": stance}])


def _two(test: ClaimTest, row: Any, other: Any) -> Heard:
    spread = (_spread(row) ** 2 + _spread(other) ** 2) ** 0.5
    stance = _stance(test, row.value - other.value, spread)
    if stance is None:
        return Heard(undecided=UNDECIDED)
    return Heard([{"run_id": one.id, "path": test.path, "stance": stance} for one in (row, other)])


def _stance(test: ClaimTest, value: float, spread: float) -> str | None:
    if test.min_stds and abs(value - test.threshold) < test.min_stds * spread:
        return None
    return "supports" if COMPARE[test.sign](value, test.threshold) else "contradicts"


def _spread(row: Any) -> float:
    """Return a standard deviation; 0 where none is stated."""
    number = Number(row.value, "", row.std, row.low, row.high, row.level, None, "", "")
    return number.spread or 0.0


def _collected(parts: Iterable[Heard]) -> Heard:
    whole = Heard()
    for part in parts:
        whole.rows += part.rows
        whole.undecided = whole.undecided or part.undecided
    return whole
