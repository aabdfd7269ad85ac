"""Campaigns in the ledger: rounds, candidates, verdicts, measurements; written once each."""

import json
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from statistics import NormalDist
from typing import Any

from sqlalchemy import Connection, Row, Table, and_, bindparam, select, update

from heuresis.contract import digest_of
from heuresis.errors import RequestError
from heuresis.memory import tables
from heuresis.memory.ledger import Ledger, begins_with, new_id, now
from heuresis.memory.owners import this_owner
from heuresis.memory.runs import OUTBOX, QUANTITY

CAMPAIGN: Table = tables.Campaign.__table__  # type: ignore[attr-defined]  # set by SQLModel
ROUND: Table = tables.Round.__table__  # type: ignore[attr-defined]  # as above
STAGE: Table = tables.Stage.__table__  # type: ignore[attr-defined]  # as above
CANDIDATE: Table = tables.Candidate.__table__  # type: ignore[attr-defined]  # as above
GATE: Table = tables.GateResult.__table__  # type: ignore[attr-defined]  # as above
MEASUREMENT: Table = tables.Measurement.__table__  # type: ignore[attr-defined]  # as above
INDEX_CHARS = 500

STAGES = (
    "goal",
    "decomposition",
    "retrieved",
    "hypothesis",
    "plan",
    "runs",
    "verdicts",
    "update",
    "decision",
)


@dataclass(frozen=True)
class NewCandidate:
    """A proposal about to be recorded; parents are named by the digests of their forms."""

    form: str
    parents: tuple[str, ...]
    proposer: str
    operator: str
    expected: float | None
    retest: str


@dataclass(frozen=True)
class Verdict:
    """What a gate said of a candidate."""

    candidate_id: str
    gate: str
    passed: bool
    reason: str
    run_id: str | None = None


@dataclass(frozen=True)
class Number:
    """A measured number and the run it came from."""

    value: float
    unit: str
    std: float | None
    low: float | None
    high: float | None
    level: float | None
    no_uncertainty: str | None
    run_id: str
    path: str

    @property
    def spread(self) -> float | None:
        """The standard deviation, that of a normal law where an interval is stated."""
        if self.std is not None:
            return self.std
        if self.low is None or self.high is None or self.level is None:
            return None
        return (self.high - self.low) / 2 / NormalDist().inv_cdf(0.5 + self.level / 2)


@dataclass(frozen=True)
class CandidateView:
    """All that the ledger knows of one candidate of one campaign."""

    id: str
    round: int
    kind: str
    form: str
    digest: str
    parents: tuple[str, ...]
    proposer: str
    operator: str
    expected: float | None
    retest: str
    gates: tuple[Verdict, ...] = ()
    values: Mapping[str, Number] = field(default_factory=dict)

    @property
    def failed_gate(self) -> Verdict | None:
        """The first gate that stopped it."""
        return next((gate for gate in self.gates if not gate.passed), None)


def form_digest(form: str) -> str:
    """Name a form by its digest."""
    return digest_of(form.encode())


def start(ledger: Ledger, row: Mapping[str, Any], campaign_id: str | None = None) -> str:
    """Record a campaign and return its id; a given id a second time changes nothing."""
    campaign_id = campaign_id or new_id()
    fixed = {"id": campaign_id, "status": tables.RUNNING, "stop_reason": None, "ended_at": None}
    with ledger.write() as connection:
        whole = {**row, **fixed, "owner": this_owner(), "started_at": now()}
        ledger.insert_new(connection, CAMPAIGN, [whole])
    return campaign_id


def take_over(ledger: Ledger, campaign_id: str) -> None:
    """Name this process as the one that drives a campaign."""
    with ledger.write() as connection:
        connection.execute(
            update(CAMPAIGN).where(CAMPAIGN.c.id == campaign_id).values(owner=this_owner())
        )


def end(ledger: Ledger, campaign_id: str, stop_reason: str) -> None:
    """Close a campaign; closing twice keeps the first reason."""
    with ledger.write() as connection:
        connection.execute(
            update(CAMPAIGN)
            .where(CAMPAIGN.c.id == campaign_id, CAMPAIGN.c.status == tables.RUNNING)
            .values(status="done", stop_reason=stop_reason, ended_at=now())
        )


def get(ledger: Ledger, campaign_id: str) -> Row[Any]:
    """Return one campaign, by its id or the beginning of it.

    Raises:
        RequestError: None, or more than one.
    """
    with ledger.read() as connection:
        query = select(CAMPAIGN).where(begins_with(CAMPAIGN.c.id, campaign_id))
        rows = connection.execute(query.limit(2)).all()
    if len(rows) != 1 or not campaign_id:
        n = "none" if not rows else "several"
        raise RequestError(f"campaign {campaign_id!r}: got {n}, see `heuresis campaign list`")
    return rows[0]


def list_all(ledger: Ledger) -> Sequence[Row[Any]]:
    """Return campaigns, the newest first."""
    with ledger.read() as connection:
        return connection.execute(select(CAMPAIGN).order_by(CAMPAIGN.c.started_at.desc())).all()


def open_round(
    ledger: Ledger,
    campaign: Row[Any],
    number: int,
    candidates: Sequence[NewCandidate],
    stages: Mapping[str, Any],
) -> None:
    """Record a round with its candidates and how it came to them; a second time does nothing."""
    at = now()
    with ledger.write() as connection:
        if _has_round(connection, campaign.id, number):
            return
        connection.execute(
            ROUND.insert(), [{"campaign_id": campaign.id, "number": number, "at": at}]
        )
        rows = [_candidate_row(campaign, number, new, at) for new in candidates]
        ledger.insert_new(connection, CANDIDATE, rows)
        ledger.insert_new(connection, OUTBOX, [_index_row(campaign, row) for row in rows])
        ledger.insert_new(connection, STAGE, _stage_rows(campaign.id, number, stages))


def _candidate_row(campaign: Row[Any], number: int, new: NewCandidate, at: str) -> dict[str, Any]:
    return {
        "id": new_id(),
        "campaign_id": campaign.id,
        "round": number,
        "kind": campaign.kind,
        "form": new.form,
        "digest": form_digest(new.form),
        "parents": json.dumps(list(new.parents)),
        "proposer": new.proposer,
        "operator": new.operator,
        "expected": new.expected,
        "retest": new.retest,
        "at": at,
    }


def _index_row(campaign: Row[Any], row: Mapping[str, Any]) -> dict[str, Any]:
    text = f"candidate {row['kind']} for {campaign.goal}: {row['form']} by {row['operator']}"
    facts = json.dumps({"campaign": campaign.id, "round": row["round"]})
    return {"kind": "candidate", "ref": row["id"], "text": text[:INDEX_CHARS], "facts": facts,
            "indexed": False}  # fmt: skip


def _stage_rows(campaign_id: str, number: int, stages: Mapping[str, Any]) -> list[dict[str, Any]]:
    return [
        {
            "campaign_id": campaign_id,
            "round": number,
            "name": name,
            "body": json.dumps(body, sort_keys=True),
            "reason": "" if body else "nothing at this stage",
            "at": now(),
        }
        for name, body in stages.items()
    ]


def has_round(ledger: Ledger, campaign_id: str, number: int) -> bool:
    """Whether a round was opened."""
    with ledger.read() as connection:
        return _has_round(connection, campaign_id, number)


def _has_round(connection: Connection, campaign_id: str, number: int) -> bool:
    query = select(ROUND.c.id).where(ROUND.c.campaign_id == campaign_id, ROUND.c.number == number)
    return connection.execute(query).one_or_none() is not None


def note_stages(ledger: Ledger, campaign_id: str, number: int, stages: Mapping[str, Any]) -> None:
    """Record what stages decided; the first word stands."""
    with ledger.write() as connection:
        ledger.insert_new(connection, STAGE, _stage_rows(campaign_id, number, stages))


def stages_of(ledger: Ledger, campaign_id: str) -> list[dict[str, Any]]:
    """Return the stages of all rounds in order."""
    with ledger.read() as connection:
        query = select(STAGE).where(STAGE.c.campaign_id == campaign_id).order_by(STAGE.c.id)
        return [{**row._mapping, "body": json.loads(row.body)} for row in connection.execute(query)]


def note_verdicts(ledger: Ledger, verdicts: Sequence[Verdict]) -> None:
    """Record verdicts of gates; the first word stands."""
    rows = [{**vars(verdict), "at": now()} for verdict in verdicts]
    with ledger.write() as connection:
        ledger.insert_new(connection, GATE, rows)


def note_measurements(ledger: Ledger, rows: Sequence[tuple[str, str, str, str]]) -> None:
    """Record which run's number is a candidate's value.

    Args:
        ledger: Where.
        rows: (candidate id, objective, run id, path).
    """
    names = ("candidate_id", "objective", "run_id", "path")
    with ledger.write() as connection:
        ledger.insert_new(
            connection,
            MEASUREMENT,
            [
                {**dict(zip(names, row, strict=True)), "corrects_id": None, "at": now()}
                for row in rows
            ],
        )


def correct_measurement(ledger: Ledger, measurement_id: int, run_id: str, path: str) -> int:
    """Put another run's number in the place of a measurement; the old row stays and is named.

    Returns:
        Id of the new row.

    Raises:
        RequestError: No such measurement or number, or it was corrected before.
    """
    with ledger.write() as connection:
        old = connection.execute(
            select(MEASUREMENT).where(MEASUREMENT.c.id == measurement_id)
        ).one_or_none()
        if old is None:
            raise RequestError(f"measurement {measurement_id}: got an unknown id")
        newer = select(MEASUREMENT.c.id).where(MEASUREMENT.c.corrects_id == measurement_id)
        if (successor := connection.execute(newer).scalar_one_or_none()) is not None:
            raise RequestError(f"measurement {measurement_id}: corrected by {successor}")
        number = select(QUANTITY.c.id).where(QUANTITY.c.run_id == run_id, QUANTITY.c.path == path)
        if connection.execute(number).one_or_none() is None:
            raise RequestError(f"run {run_id!r}: got no quantity {path!r}")
        same = select(MEASUREMENT.c.id).where(
            MEASUREMENT.c.candidate_id == old.candidate_id,
            MEASUREMENT.c.objective == old.objective,
            MEASUREMENT.c.run_id == run_id,
            MEASUREMENT.c.path == path,
        )
        if (known := connection.execute(same).scalar_one_or_none()) is not None:
            raise RequestError(f"run {run_id!r}, {path!r}: is the value already, see row {known}")
        row = {"candidate_id": old.candidate_id, "objective": old.objective, "run_id": run_id,
               "path": path, "corrects_id": measurement_id, "at": now()}  # fmt: skip
        new = connection.execute(MEASUREMENT.insert().returning(MEASUREMENT.c.id), [row])
        return int(new.scalar_one())


# Built once: they are asked at every step of every campaign.
Which = Mapping[str, Any]
LAST_ROUND = 2**31 - 1
_OWN = and_(
    CANDIDATE.c.campaign_id == bindparam("campaign_id"),
    CANDIDATE.c.round.between(bindparam("low"), bindparam("high")),
)
_NEWER = MEASUREMENT.alias()
_CANDIDATES = select(CANDIDATE).where(_OWN).order_by(CANDIDATE.c.round, CANDIDATE.c.digest)
_GATES = (
    select(GATE)
    .join(CANDIDATE, CANDIDATE.c.id == GATE.c.candidate_id)
    .where(_OWN)
    .order_by(GATE.c.id)
)
_VALUES = (
    select(MEASUREMENT, QUANTITY)
    .join(CANDIDATE, CANDIDATE.c.id == MEASUREMENT.c.candidate_id)
    .join(
        QUANTITY,
        and_(QUANTITY.c.run_id == MEASUREMENT.c.run_id, QUANTITY.c.path == MEASUREMENT.c.path),
    )
    .outerjoin(_NEWER, _NEWER.c.corrects_id == MEASUREMENT.c.id)
    .where(_OWN, _NEWER.c.id.is_(None))
    .order_by(MEASUREMENT.c.id)
)


def view(ledger: Ledger, campaign_id: str, number: int | None = None) -> list[CandidateView]:
    """Return a campaign's candidates with verdicts and values, by round, then by form."""
    low, high = (0, LAST_ROUND) if number is None else (number, number)
    which = {"campaign_id": campaign_id, "low": low, "high": high}
    with ledger.read() as connection:
        rows = connection.execute(_CANDIDATES, which).all()
        gates = _gates(connection, which)
        values = _values(connection, which)
    return [_viewed(row, gates[row.id], values[row.id]) for row in rows]


def _viewed(row: Row[Any], gates: list[Verdict], values: Mapping[str, Number]) -> CandidateView:
    return CandidateView(
        id=row.id,
        round=row.round,
        kind=row.kind,
        form=row.form,
        digest=row.digest,
        parents=tuple(json.loads(row.parents)),
        proposer=row.proposer,
        operator=row.operator,
        expected=row.expected,
        retest=row.retest,
        gates=tuple(gates),
        values=values,
    )


def _gates(connection: Connection, which: Which) -> defaultdict[str, list[Verdict]]:
    found: defaultdict[str, list[Verdict]] = defaultdict(list)
    for row in connection.execute(_GATES, which):
        found[row.candidate_id].append(
            Verdict(row.candidate_id, row.gate, row.passed, row.reason, row.run_id)
        )
    return found


def _values(connection: Connection, which: Which) -> defaultdict[str, dict[str, Number]]:
    """Collect the measurements that stand: those that no other row corrects."""
    found: defaultdict[str, dict[str, Number]] = defaultdict(dict)
    for row in connection.execute(_VALUES, which):
        found[row.candidate_id][row.objective] = _number(row)
    return found


def _number(row: Row[Any]) -> Number:
    return Number(
        value=row.value,
        unit=row.unit,
        std=row.std,
        low=row.low,
        high=row.high,
        level=row.level,
        no_uncertainty=row.no_uncertainty,
        run_id=row.run_id,
        path=row.path,
    )
