"""Claims: sentences about the world, the runs that speak for and against them, and their status."""

import json
import operator
from collections.abc import Callable, Sequence
from typing import Any, Literal

from pydantic import Field
from sqlalchemy import Connection, Row, Table, select

from heuresis.contract import Frozen
from heuresis.errors import RequestError
from heuresis.memory import tables
from heuresis.memory.ledger import Ledger, new_id, now
from heuresis.memory.runs import OUTBOX, QUANTITY, RUN

CLAIM: Table = tables.Claim.__table__  # type: ignore[attr-defined]  # set by SQLModel
EVENT: Table = tables.ClaimEvent.__table__  # type: ignore[attr-defined]  # as above
EVIDENCE: Table = tables.Evidence.__table__  # type: ignore[attr-defined]  # as above

DataKind = Literal["text", "visual", "symbolic", "structured", "time_series", "multi_omics"]
KnowledgeLevel = Literal["factual", "theoretical", "methodological", "simulation", "insight"]
ClaimStatus = Literal["proposed", "supported", "refuted", "superseded", "stale"]
Stance = Literal["supports", "contradicts"]
SUPPORTS_FOR_PROMOTION = 3  # distinct runs, of two tools or backends at least (R6.1)

_TESTED = select(CLAIM).where(CLAIM.c.test != "")

COMPARE: dict[str, Callable[[float, float], bool]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}


class ClaimTest(Frozen):
    """What a run must show: then it supports the claim, otherwise it contradicts it."""

    tool: str = Field(description="Runs of this tool speak about the claim.")
    request_holds: str = Field(
        description="Text that the canonical request must hold, such as a SMILES; case counts."
    )
    path: str = Field(description="Quantity to look at.")
    sign: Literal["<", "<=", ">", ">="] = Field(description="How it compares to the threshold.")
    threshold: float = Field(description="In the unit of the quantity.")
    unit: str = Field(description="Unit of the threshold; a run in another unit says nothing.")


class NewClaim(Frozen):
    """A sentence to be tested."""

    text: str = Field(min_length=1, max_length=2000, description="The sentence.")
    subject: str = Field(min_length=1, max_length=2000, description="What it is about.")
    predicate: str = Field(min_length=1, max_length=200, description="What is said of it.")
    data_kind: DataKind = Field(description="Kind of data it rests on.")
    knowledge_level: KnowledgeLevel = Field(default="factual", description="Level of knowledge.")
    domain: str = Field(min_length=1, max_length=100, description="Field of science.")
    author: str = Field(min_length=1, max_length=100, description="Tool, planner or person.")
    recheck_after: str = Field(
        default="never: holds for the named tool versions",
        pattern=r"^(\d{4}-\d{2}-\d{2}|never: .+)$",
        description="UTC date, or 'never: reason'.",
    )
    test: ClaimTest | None = Field(default=None, description="How runs decide it by themselves.")
    supersedes_id: str | None = Field(default=None, description="The claim it replaces.")


def state(ledger: Ledger, claim: NewClaim) -> str:
    """Record a claim as proposed; one it supersedes changes status in the same transaction.

    Runs that were there before speak on its test at once.

    Returns:
        Its id.
    """
    claim_id, at = new_id(), now()
    row = claim.model_dump(exclude={"test"})
    row |= {"id": claim_id, "at": at, "test": claim.test.model_dump_json() if claim.test else ""}
    with ledger.write() as connection:
        if claim.supersedes_id is not None:
            _must_exist(connection, claim.supersedes_id)
        connection.execute(CLAIM.insert(), [row])
        _turn(connection, claim_id, "proposed", f"stated by {claim.author}")
        if claim.supersedes_id is not None:
            _turn(connection, claim.supersedes_id, "superseded", f"by {claim_id}")
        facts = json.dumps({"subject": claim.subject[:200]})
        index = {"kind": "claim", "ref": claim_id, "text": claim.text, "facts": facts}
        ledger.insert_new(connection, OUTBOX, [{**index, "indexed": False}])
        if claim.test is not None:
            _hear(ledger, connection, claim_id, claim.test, None)
    return claim_id


def cite(ledger: Ledger, claim_id: str, run_id: str, path: str, stance: Stance) -> ClaimStatus:
    """Add a run as evidence; the status follows in the same transaction.

    Returns:
        The status that holds now.

    Raises:
        RequestError: No such claim, or no such number in that run.
    """
    with ledger.write() as connection:
        _must_exist(connection, claim_id)
        number = select(QUANTITY.c.id).where(QUANTITY.c.run_id == run_id, QUANTITY.c.path == path)
        if connection.execute(number).one_or_none() is None:
            raise RequestError(f"run {run_id!r}: got no quantity {path!r}, allowed: its own paths")
        row = {"claim_id": claim_id, "run_id": run_id, "path": path, "stance": stance, "at": now()}
        ledger.insert_new(connection, EVIDENCE, [row])
        return _weigh(connection, claim_id)


def judge_runs(ledger: Ledger, connection: Connection, run_ids: Sequence[str]) -> list[str]:
    """Let finished runs speak on every claim whose test they answer, inside their transaction.

    Returns:
        Ids of claims whose status changed.
    """
    tested = connection.execute(_TESTED).all() if run_ids else ()
    changed = []
    for claim in tested:
        before = status_of(connection, claim.id)
        if before == "superseded":
            continue
        test = ClaimTest.model_validate_json(claim.test)
        if _hear(ledger, connection, claim.id, test, run_ids) not in (None, before):
            changed.append(claim.id)
    return changed


def _hear(
    ledger: Ledger,
    connection: Connection,
    claim_id: str,
    test: ClaimTest,
    run_ids: Sequence[str] | None,
) -> ClaimStatus | None:
    """Take evidence from these runs, or from all; return the status if there was any."""
    rows = _evidence_from(connection, claim_id, test, run_ids)
    ledger.insert_new(connection, EVIDENCE, rows)
    return _weigh(connection, claim_id) if rows else None


def _evidence_from(
    connection: Connection, claim_id: str, test: ClaimTest, run_ids: Sequence[str] | None
) -> list[dict[str, Any]]:
    query = (
        select(RUN.c.id, RUN.c.request, QUANTITY.c.value)
        .join(QUANTITY, QUANTITY.c.run_id == RUN.c.id)
        .where(RUN.c.tool == test.tool, QUANTITY.c.path == test.path)
        .where(QUANTITY.c.unit == test.unit)
        .order_by(RUN.c.id)
    )
    if run_ids is not None:
        query = query.where(RUN.c.id.in_(run_ids))
    holds = COMPARE[test.sign]
    # Not by LIKE, for which benzene (c1ccccc1) and cyclohexane (C1CCCCC1) are the same text.
    wanted = (test.request_holds, json.dumps(test.request_holds, ensure_ascii=False)[1:-1])
    return [
        {
            "claim_id": claim_id,
            "run_id": run_id,
            "path": test.path,
            "stance": "supports" if holds(value, test.threshold) else "contradicts",
            "at": now(),
        }
        for run_id, request, value in connection.execute(query)
        if any(text in request for text in wanted)
    ]


def _weigh(connection: Connection, claim_id: str) -> ClaimStatus:
    """Let the evidence decide: any contradiction refutes, supports without one support."""
    stances = set(
        connection.scalars(select(EVIDENCE.c.stance).where(EVIDENCE.c.claim_id == claim_id))
    )
    before = status_of(connection, claim_id)
    after: ClaimStatus = before
    if before != "superseded" and stances:
        after = "refuted" if "contradicts" in stances else "supported"
    if after != before:
        conflict = " (supports and contradictions: an open conflict)" if len(stances) == 2 else ""
        _turn(connection, claim_id, after, f"evidence {' and '.join(sorted(stances))}{conflict}")
    return after


def _turn(connection: Connection, claim_id: str, status: ClaimStatus, reason: str) -> None:
    row = {"claim_id": claim_id, "status": status, "reason": reason, "at": now()}
    connection.execute(EVENT.insert(), [row])


def _must_exist(connection: Connection, claim_id: str) -> None:
    if connection.execute(select(CLAIM.c.id).where(CLAIM.c.id == claim_id)).one_or_none() is None:
        raise RequestError(f"claim {claim_id!r}: got an unknown id, see `heuresis claim list`")


def status_of(connection: Connection, claim_id: str) -> ClaimStatus:
    """Return the status that holds: that of the last event."""
    query = select(EVENT.c.status).where(EVENT.c.claim_id == claim_id).order_by(EVENT.c.id.desc())
    status: ClaimStatus = connection.execute(query.limit(1)).scalar_one()
    return status


def list_claims(ledger: Ledger, *, contested: bool = False) -> list[dict[str, Any]]:
    """Return claims with status and counts of evidence; contested ones have it on both sides."""
    with ledger.read() as connection:
        rows = [_summary(connection, row) for row in connection.execute(select(CLAIM)).all()]
    return [row for row in rows if not contested or (row["supports"] and row["contradicts"])]


def _summary(connection: Connection, row: Row[Any]) -> dict[str, Any]:
    stances = list(
        connection.scalars(select(EVIDENCE.c.stance).where(EVIDENCE.c.claim_id == row.id))
    )
    return {
        **row._mapping,
        "status": status_of(connection, row.id),
        "supports": stances.count("supports"),
        "contradicts": stances.count("contradicts"),
    }


def show(ledger: Ledger, claim_id: str) -> dict[str, Any]:
    """Return one claim with its evidence and the history of its status."""
    with ledger.read() as connection:
        _must_exist(connection, claim_id)
        row = connection.execute(select(CLAIM).where(CLAIM.c.id == claim_id)).one()
        evidence = connection.execute(select(EVIDENCE).where(EVIDENCE.c.claim_id == claim_id))
        events = connection.execute(
            select(EVENT).where(EVENT.c.claim_id == claim_id).order_by(EVENT.c.id)
        )
        return {
            **_summary(connection, row),
            "evidence": [dict(item._mapping) for item in evidence],
            "history": [dict(item._mapping) for item in events],
        }


def refuted_about(ledger: Ledger, subjects: Sequence[str]) -> dict[str, str]:
    """Return the id of a refuted claim by subject, for the subjects that have one."""
    wanted = set(subjects)
    with ledger.read() as connection:
        rows = connection.execute(select(CLAIM.c.id, CLAIM.c.subject).order_by(CLAIM.c.id)).all()
        return {
            row.subject: row.id
            for row in rows
            if row.subject in wanted and status_of(connection, row.id) == "refuted"
        }
