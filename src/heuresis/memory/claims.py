"""Claims: sentences about the world, the runs that speak for and against them, and their status."""

import json
from collections.abc import Sequence
from typing import Any, Literal

from pydantic import Field
from sqlalchemy import Connection, Row, Table, func, select

from heuresis.contract import Frozen
from heuresis.errors import RequestError
from heuresis.memory import tables
from heuresis.memory.claim_tests import ClaimTest, heard, request_holding
from heuresis.memory.ledger import Ledger, new_id, now
from heuresis.memory.runs import OUTBOX, QUANTITY

CLAIM: Table = tables.Claim.__table__  # type: ignore[attr-defined]  # set by SQLModel
EVENT: Table = tables.ClaimEvent.__table__  # type: ignore[attr-defined]  # as above
EVIDENCE: Table = tables.Evidence.__table__  # type: ignore[attr-defined]  # as above

DataKind = Literal["text", "visual", "symbolic", "structured", "time_series", "multi_omics"]
KnowledgeLevel = Literal["factual", "theoretical", "methodological", "simulation", "insight"]
ClaimStatus = Literal["proposed", "supported", "refuted", "superseded", "stale"]
Stance = Literal["supports", "contradicts"]
SUPPORTS_FOR_PROMOTION = 3  # distinct runs, of two tools or backends at least (R6.1)

_TESTED = select(CLAIM).where(CLAIM.c.test != "")


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


def state(ledger: Ledger, claim: NewClaim, claim_id: str | None = None) -> str:
    """Record a claim as proposed; one it supersedes changes status in the same transaction.

    Runs that were there before speak on its test at once.

    Args:
        ledger: Where.
        claim: What is claimed.
        claim_id: Its id; the same one a second time changes nothing. None for a fresh one.

    Returns:
        Its id.
    """
    claim_id, at = claim_id or new_id(), now()
    row = claim.model_dump(exclude={"test"})
    row |= {"id": claim_id, "at": at, "test": claim.test.model_dump_json() if claim.test else ""}
    with ledger.write() as connection:
        if claim.supersedes_id is not None:
            _must_exist(connection, claim.supersedes_id)
        if not ledger.insert_new(connection, CLAIM, [row]):
            return claim_id
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
    found = heard(connection, test, run_ids)
    rows = [{"claim_id": claim_id, "at": now(), **row} for row in found.rows]
    ledger.insert_new(connection, EVIDENCE, rows)
    if rows:
        return _weigh(connection, claim_id)
    if found.undecided and status_of(connection, claim_id) == "proposed":
        _turn(connection, claim_id, "proposed", found.undecided)
    return None


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


def hear_all(ledger: Ledger, claim_id: str) -> ClaimStatus:
    """Let every recorded run speak on a claim's test; return the status that holds now.

    Raises:
        RequestError: No such claim, or one without a test.
    """
    with ledger.write() as connection:
        test = _test_of(connection, claim_id)
        _hear(ledger, connection, claim_id, test, None)
        return status_of(connection, claim_id)


def requests_of(ledger: Ledger, claim_id: str) -> tuple[str, list[dict[str, Any]]]:
    """Return the tool of a claim's test and the requests that gather evidence.

    A test that states none asks again what an earlier run it speaks of was asked.

    Raises:
        RequestError: No such claim, no test, or no run to learn the request from.
    """
    with ledger.read() as connection:
        test = _test_of(connection, claim_id)
        wanted = [(test.request_holds, test.request)]
        if test.other_holds is not None:
            wanted.append((test.other_holds, test.other_request))
        found = [given or request_holding(connection, test.tool, text) for text, given in wanted]
    if None in found:
        raise RequestError(
            f"claim {claim_id!r}: got no run of {test.tool!r} on {wanted[found.index(None)][0]!r} "
            f"yet, allowed: run it once with `heuresis tool run {test.tool}`"
        )
    return test.tool, [one for one in found if one is not None]


def _test_of(connection: Connection, claim_id: str) -> ClaimTest:
    _must_exist(connection, claim_id)
    text = connection.execute(select(CLAIM.c.test).where(CLAIM.c.id == claim_id)).scalar_one()
    if not text:
        raise RequestError(
            f"claim {claim_id!r}: got one without a test, allowed: one with a test; "
            "cite runs by hand with `heuresis claim cite`"
        )
    return ClaimTest.model_validate_json(text)


def refuted_since(ledger: Ledger, event_id: int) -> tuple[int, list[dict[str, Any]]]:
    """Return the last event's number, and the claims refuted after an event and still so."""
    query = select(EVENT, CLAIM.c.text).join(CLAIM, CLAIM.c.id == EVENT.c.claim_id)
    query = query.where(EVENT.c.id > event_id, EVENT.c.status == "refuted").order_by(EVENT.c.id)
    with ledger.read() as connection:
        last = connection.scalar(select(func.max(EVENT.c.id))) or 0
        rows = connection.execute(query).all()
        return last, [
            {"claim_id": row.claim_id, "text": row.text, "runs": _against(connection, row.claim_id)}
            for row in rows
            if status_of(connection, row.claim_id) == "refuted"
        ]


def _against(connection: Connection, claim_id: str) -> list[str]:
    query = select(EVIDENCE.c.run_id).where(
        EVIDENCE.c.claim_id == claim_id, EVIDENCE.c.stance == "contradicts"
    )
    return list(connection.scalars(query.order_by(EVIDENCE.c.id)))


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
