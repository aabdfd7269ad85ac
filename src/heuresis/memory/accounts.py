"""What a campaign was given and what it cost: answers, runs, rounds and policy events, to read."""

from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import Row, func, or_, select, union

from heuresis.memory.campaigns import CANDIDATE, GATE, MEASUREMENT, ROUND
from heuresis.memory.ledger import Ledger, begins_with
from heuresis.memory.policy_log import EVENT
from heuresis.memory.runs import CALL, CHUNK, RUN

UNREAD = ("response", "owner", "lease_until")  # large, or of no use to a reader


def answers_given(ledger: Ledger, campaign_id: str) -> Sequence[Any]:
    """Return every answer a campaign was given, in order: run, origin, cached, tool, status."""
    query = (
        select(CALL.c.run_id, CALL.c.origin, CALL.c.cached, RUN.c.tool, RUN.c.status)
        .join(RUN, RUN.c.id == CALL.c.run_id)
        .where(CALL.c.campaign_id == campaign_id)
        .order_by(CALL.c.id)
    )
    with ledger.read() as connection:
        return connection.execute(query).all()


def runs_behind(ledger: Ledger, campaign_id: str) -> dict[str, Row[Any]]:
    """Return by id every run that a campaign was given, judged by or measured with."""
    mine = select(CANDIDATE.c.id).where(CANDIDATE.c.campaign_id == campaign_id)
    ids = union(
        select(CALL.c.run_id).where(CALL.c.campaign_id == campaign_id),
        select(GATE.c.run_id).where(GATE.c.candidate_id.in_(mine), GATE.c.run_id.is_not(None)),
        select(MEASUREMENT.c.run_id).where(MEASUREMENT.c.candidate_id.in_(mine)),
    ).subquery()
    columns = [column for column in RUN.c if column.name not in UNREAD]
    query = select(*columns).join(ids, ids.c.run_id == RUN.c.id).order_by(RUN.c.id)
    with ledger.read() as connection:
        return {row.id: row for row in connection.execute(query)}


def rounds_opened(ledger: Ledger, campaign_id: str) -> int:
    """Count the rounds a campaign began."""
    query = select(func.count()).where(ROUND.c.campaign_id == campaign_id)
    with ledger.read() as connection:
        return int(connection.execute(query).scalar_one())


def events_of(ledger: Ledger, campaign_id: str) -> Sequence[Row[Any]]:
    """Return what screens said during a campaign, also in runs that its runs needed."""
    origins = select(CALL.c.origin).where(CALL.c.campaign_id == campaign_id)
    prefix = begins_with(EVENT.c.origin, f"campaign:{campaign_id}:")
    query = select(EVENT).where(or_(prefix, EVENT.c.origin.in_(origins))).order_by(EVENT.c.id)
    with ledger.read() as connection:
        return connection.execute(query).all()


def forms_named(ledger: Ledger, digests: Iterable[str]) -> dict[str, str]:
    """Return the forms of candidates of any campaign, by digest; unknown digests are left out."""
    wanted = sorted(set(digests))
    found: dict[str, str] = {}
    with ledger.read() as connection:
        for start in range(0, len(wanted), CHUNK):
            some = CANDIDATE.c.digest.in_(wanted[start : start + CHUNK])
            query = select(CANDIDATE.c.digest, CANDIDATE.c.form).where(some).distinct()
            found.update({digest: form for digest, form in connection.execute(query)})
    return found
