"""All rows of one campaign as plain data, fit to travel: no owner, no machine, no hazard."""

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Select, Table, select, union

from heuresis.errors import RequestError
from heuresis.memory import campaigns, tables
from heuresis.memory.accounts import events_of
from heuresis.memory.campaigns import CANDIDATE, GATE, MEASUREMENT, ROUND, STAGE
from heuresis.memory.ledger import Ledger
from heuresis.memory.originals import originals_among
from heuresis.memory.runs import ARTIFACT, CALL, CHUNK, QUANTITY, RUN

SOURCE: Table = tables.Source.__table__  # type: ignore[attr-defined]  # set by SQLModel
HOME_ONLY = ("owner", "lease_until")  # of use to one machine, and naming it
HAZARD_GATE = "hazard"  # the gate by which a campaign's screen stops a candidate
WITHHELD = "withheld by the hazard screen"
DIGEST = re.compile(r"sha256:[0-9a-f]{64}")

Rows = list[dict[str, Any]]


@dataclass(frozen=True)
class Extract:
    """One campaign with every row it rests on.

    Attributes:
        campaign: Its row; the resolved file is in `spec`.
        rows: Rows by the name of what they are: rounds, stages, candidates, gates, measurements,
            runs, calls, quantities, artifacts, policy_events, sources.
        originals: Digests of files as they came from outside, which stay at home.
    """

    campaign: Mapping[str, Any]
    rows: Mapping[str, Rows]
    originals: frozenset[str] = frozenset()

    def named_digests(self) -> list[str]:
        """List the digests of bytes that its file and its requests speak of, sorted."""
        texts = [self.campaign["spec"], *(run["request"] for run in self.rows["runs"])]
        return sorted({digest for text in texts if text for digest in DIGEST.findall(text)})


def extract(ledger: Ledger, campaign_id: str) -> Extract:
    """Read a finished campaign, its runs and what those leaned on.

    What a hazard screen stopped is named by its digest only.

    Raises:
        RequestError: No such campaign, or it is not at its end.
    """
    campaign = campaigns.get(ledger, campaign_id)
    if campaign.status == tables.RUNNING:
        raise RequestError(f"campaign {campaign.id!r}: not at its end, see `campaign status`")
    events = [_kept(row) for row in events_of(ledger, campaign.id)]
    with ledger.read() as connection:
        run_ids = _runs_with_needs(connection, campaign.id)
        rows = {
            **_of_campaign(connection, campaign.id),
            **_of_runs(connection, campaign.id, run_ids),
            "policy_events": events,
        }
        found = Extract(_kept(campaign), _without_hazards(rows))
        sources = _among(connection, SOURCE, SOURCE.c.digest, found.named_digests())
    originals = originals_among(ledger, found.named_digests()) | _asked_as_originals(found)
    return Extract(found.campaign, {**found.rows, "sources": sources}, originals)


def _asked_as_originals(found: Extract) -> frozenset[str]:
    """List what requests name as an original, also where nobody marked it on entry."""
    asked = [json.loads(run["request"]) for run in found.rows["runs"] if run["request"]]
    named = [one.get("original") for one in asked if isinstance(one, dict)]
    return frozenset(str(digest) for digest in named if digest)


def _kept(row: Any) -> dict[str, Any]:
    return {name: value for name, value in row._mapping.items() if name not in HOME_ONLY}


def _read(connection: Connection, query: Select[Any]) -> Rows:
    return [_kept(row) for row in connection.execute(query)]


def _among(connection: Connection, table: Table, column: Any, values: Sequence[str]) -> Rows:
    """Select the rows whose column holds one of many values, by id."""
    found: Rows = []
    for start in range(0, len(values), CHUNK):
        query = select(table).where(column.in_(values[start : start + CHUNK]))
        found += _read(connection, query)
    return sorted(found, key=lambda row: row["id"])


def _runs_with_needs(connection: Connection, campaign_id: str) -> list[str]:
    """List the campaign's runs, those they leaned on, and so on; those of today's end only."""
    mine = select(CANDIDATE.c.id).where(CANDIDATE.c.campaign_id == campaign_id)
    asked = union(
        select(CALL.c.run_id).where(CALL.c.campaign_id == campaign_id),
        select(GATE.c.run_id).where(GATE.c.candidate_id.in_(mine), GATE.c.run_id.is_not(None)),
        select(MEASUREMENT.c.run_id).where(MEASUREMENT.c.candidate_id.in_(mine)),
    )
    found: set[str] = set()
    fresh = {str(run_id) for run_id in connection.scalars(asked)}
    while fresh:
        found |= fresh
        needs = _among(connection, CALL, CALL.c.origin, [f"need:{one}" for one in sorted(fresh)])
        fresh = {call["run_id"] for call in needs} - found
    return sorted(found)


def _of_campaign(connection: Connection, campaign_id: str) -> dict[str, Rows]:
    def of_candidates(table: Table) -> Rows:
        joined = select(table).join(CANDIDATE, CANDIDATE.c.id == table.c.candidate_id)
        which = joined.where(CANDIDATE.c.campaign_id == campaign_id)
        return _read(connection, which.order_by(table.c.id))

    def own(table: Table) -> Rows:
        query = select(table).where(table.c.campaign_id == campaign_id)
        return _read(connection, query.order_by(table.c.id))

    return {
        "rounds": own(ROUND),
        "stages": own(STAGE),
        "candidates": own(CANDIDATE),
        "gates": of_candidates(GATE),
        "measurements": of_candidates(MEASUREMENT),
    }


def _of_runs(connection: Connection, campaign_id: str, run_ids: Sequence[str]) -> dict[str, Rows]:
    runs = _among(connection, RUN, RUN.c.id, run_ids)
    ended = [run for run in runs if run["status"] != tables.RUNNING]
    ids = [run["id"] for run in ended]
    needs = [f"need:{run_id}" for run_id in ids]
    asked = select(CALL).where(CALL.c.campaign_id == campaign_id)
    calls = [*_read(connection, asked), *_among(connection, CALL, CALL.c.origin, needs)]
    distinct = {call["id"]: call for call in calls if call["run_id"] in set(ids)}
    return {
        "runs": ended,
        "calls": [distinct[key] for key in sorted(distinct)],
        "quantities": _among(connection, QUANTITY, QUANTITY.c.run_id, ids),
        "artifacts": _among(connection, ARTIFACT, ARTIFACT.c.run_id, ids),
    }


def _without_hazards(rows: Mapping[str, Rows]) -> dict[str, Rows]:
    blocked = {run["id"] for run in rows["runs"] if run["status"] == "blocked"}
    stopped = {gate["candidate_id"] for gate in rows["gates"] if _is_hazard(gate, blocked)}
    return {
        **rows,
        "runs": [{**r, "request": None} if r["id"] in blocked else r for r in rows["runs"]],
        "candidates": _withheld(rows["candidates"], stopped),
    }


def _is_hazard(gate: Mapping[str, Any], blocked: set[str]) -> bool:
    return not gate["passed"] and (gate["gate"] == HAZARD_GATE or gate["run_id"] in blocked)


def _withheld(candidates: Iterable[dict[str, Any]], stopped: set[str]) -> Rows:
    return [{**one, "form": WITHHELD} if one["id"] in stopped else one for one in candidates]
