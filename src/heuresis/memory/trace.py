"""From a number or an id back to where it came from: run, inputs, weights, code, needs."""

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from sqlalchemy import Connection, Row, Select, select

from heuresis.errors import RequestError
from heuresis.memory.campaigns import CAMPAIGN, CANDIDATE, GATE, MEASUREMENT
from heuresis.memory.claims import CLAIM, EVIDENCE
from heuresis.memory.ledger import Ledger, begins_with
from heuresis.memory.runs import ARTIFACT, CALL, QUANTITY, RUN

MAX_RUNS = 20
NUMBER = re.compile(r"^[-+\u2212]?\d+(\.\d+)?([eE][-+]?\d+)?$")


@dataclass(frozen=True)
class Trace:
    """One run, and all that leads to it and from it.

    Attributes:
        run: The run's row as plain data; request and response parsed.
        quantity: The number that was asked for, when one was.
        artifacts: Files it made.
        asked_by: Origins that were given it.
        used_by: Candidates, gates and claims that rest on it.
        needs: Traces of the runs it leaned on.
    """

    run: dict[str, Any]
    quantity: dict[str, Any] | None = None
    artifacts: list[dict[str, Any]] = field(default_factory=list)
    asked_by: list[str] = field(default_factory=list)
    used_by: list[str] = field(default_factory=list)
    needs: list["Trace"] = field(default_factory=list)


def trace(ledger: Ledger, what: str) -> list[Trace]:
    """Walk back from a number as it is printed, or from an id.

    Args:
        ledger: Where.
        what: A number such as '-1.23' (every stored number that rounds to it is meant), or the id
            of a run, candidate or claim, or the digest of an artifact.

    Raises:
        RequestError: Nothing in the ledger answers to it, or too much does.
    """
    with ledger.read() as connection:
        found = _start(connection, what.strip())
        if not found:
            raise RequestError(f"{what!r}: got nothing by that number or id in the ledger")
        if len(found) > MAX_RUNS:
            raise RequestError(
                f"{what!r}: got {len(found)} runs with such a number, allowed: up to {MAX_RUNS}; "
                "give more digits or an id"
            )
        return [_walk(connection, run_id, quantity) for run_id, quantity in found]


def _start(connection: Connection, what: str) -> list[tuple[str, dict[str, Any] | None]]:
    if NUMBER.match(what):
        rows = connection.execute(_rounding_to(what)).all()
        return [(row.run_id, _plain(row)) for row in rows]
    return [(run_id, None) for run_id in _runs_of(connection, what)]


def _rounding_to(text: str) -> Select[Any]:
    """Select stored numbers that, rounded to the digits given, read the same."""
    try:
        number = Decimal(text.replace("\u2212", "-"))
        half = Decimal(5).scaleb(int(number.as_tuple().exponent) - 1)
    except ArithmeticError as error:
        raise RequestError(f"{text!r}: got a number that no run can hold") from error
    low, high = float(number - half), float(number + half)
    return select(QUANTITY).where(QUANTITY.c.value >= low, QUANTITY.c.value <= high).limit(200)


def _runs_of(connection: Connection, name: str) -> list[str]:
    """Find runs by the id, or the beginning of the id, of anything that rests on them."""
    if name.startswith("sha256:"):
        query = select(ARTIFACT.c.run_id).where(ARTIFACT.c.digest == name)
        return sorted(set(connection.scalars(query)))
    if not re.fullmatch(r"[0-9A-Za-z]{4,26}", name):
        return []
    begin = name.upper()
    queries = [
        select(RUN.c.id).where(begins_with(RUN.c.id, begin)),
        select(MEASUREMENT.c.run_id)
        .join(CANDIDATE, CANDIDATE.c.id == MEASUREMENT.c.candidate_id)
        .where(begins_with(CANDIDATE.c.id, begin)),
        select(GATE.c.run_id)
        .join(CANDIDATE, CANDIDATE.c.id == GATE.c.candidate_id)
        .where(begins_with(CANDIDATE.c.id, begin), GATE.c.run_id.is_not(None)),
        select(EVIDENCE.c.run_id).where(begins_with(EVIDENCE.c.claim_id, begin)),
    ]
    return sorted({run_id for query in queries for run_id in connection.scalars(query)})


def _walk(connection: Connection, run_id: str, quantity: dict[str, Any] | None) -> Trace:
    row = connection.execute(select(RUN).where(RUN.c.id == run_id)).one()
    files = connection.execute(select(ARTIFACT).where(ARTIFACT.c.run_id == run_id))
    origins = connection.scalars(
        select(CALL.c.origin).where(CALL.c.run_id == run_id).order_by(CALL.c.id)
    )
    leaned_on = connection.scalars(
        select(CALL.c.run_id).where(CALL.c.origin == f"need:{row.id}").order_by(CALL.c.id)
    )
    return Trace(
        run={
            **_plain(row),
            "request": json.loads(row.request),
            "response": json.loads(row.response) if row.response else None,
        },
        quantity=quantity,
        artifacts=[_plain(file) for file in files],
        asked_by=list(origins),
        used_by=_used_by(connection, run_id),
        needs=[_walk(connection, need, None) for need in leaned_on.all()],
    )


def _used_by(connection: Connection, run_id: str) -> list[str]:
    measured = connection.execute(
        select(CAMPAIGN.c.name, CANDIDATE.c.id, MEASUREMENT.c.objective)
        .join(CANDIDATE, CANDIDATE.c.id == MEASUREMENT.c.candidate_id)
        .join(CAMPAIGN, CAMPAIGN.c.id == CANDIDATE.c.campaign_id)
        .where(MEASUREMENT.c.run_id == run_id)
    )
    judged = connection.execute(
        select(CANDIDATE.c.id, GATE.c.gate, GATE.c.passed)
        .join(CANDIDATE, CANDIDATE.c.id == GATE.c.candidate_id)
        .where(GATE.c.run_id == run_id)
    )
    spoke = connection.execute(
        select(CLAIM.c.id, EVIDENCE.c.stance)
        .join(CLAIM, CLAIM.c.id == EVIDENCE.c.claim_id)
        .where(EVIDENCE.c.run_id == run_id)
    )
    return [
        *(f"{row.objective} of candidate {row.id} in campaign {row.name}" for row in measured),
        *(
            f"gate {row.gate} of candidate {row.id}: {'passed' if row.passed else 'stopped'}"
            for row in judged
        ),
        *(f"{row.stance} claim {row.id}" for row in spoke),
    ]


def _plain(row: Row[Any]) -> dict[str, Any]:
    return dict(row._mapping)


def flatten(traces: Sequence[Trace]) -> list[Trace]:
    """List traces with all that they lean on, depth first."""
    return [one for trace_ in traces for one in (trace_, *flatten(trace_.needs))]
