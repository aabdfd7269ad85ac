"""What earlier campaigns measured of the same quantities: the start of a warm start."""

from collections import defaultdict
from collections.abc import Mapping

from sqlalchemy import and_, select

from heuresis.memory.campaigns import CAMPAIGN, CANDIDATE, MEASUREMENT
from heuresis.memory.ledger import Ledger
from heuresis.memory.runs import QUANTITY, RUN


def earlier_values(
    ledger: Ledger, kind: str, wanted: Mapping[str, tuple[str, str, str]], before: str
) -> dict[str, dict[str, float]]:
    """Return what earlier campaigns measured, for a warm start.

    Args:
        ledger: Where.
        kind: Kind of candidate.
        wanted: (tool, version, path) by objective name; other versions of a tool do not count.
        before: UTC time; only campaigns that started before it are read.

    Returns:
        Value by objective, by form.
    """
    found: defaultdict[str, dict[str, float]] = defaultdict(dict)
    newer = MEASUREMENT.alias()
    with ledger.read() as connection:
        for name, (tool, version, path) in wanted.items():
            query = (
                select(CANDIDATE.c.form, QUANTITY.c.value)
                .join(MEASUREMENT, MEASUREMENT.c.candidate_id == CANDIDATE.c.id)
                .join(CAMPAIGN, CAMPAIGN.c.id == CANDIDATE.c.campaign_id)
                .join(RUN, RUN.c.id == MEASUREMENT.c.run_id)
                .join(QUANTITY, and_(QUANTITY.c.run_id == RUN.c.id, QUANTITY.c.path == path))
                .outerjoin(newer, newer.c.corrects_id == MEASUREMENT.c.id)
                .where(CANDIDATE.c.kind == kind, CAMPAIGN.c.started_at < before)
                .where(RUN.c.tool == tool, RUN.c.tool_version == version)
                .where(MEASUREMENT.c.path == path, newer.c.id.is_(None))
                .order_by(MEASUREMENT.c.id)
            )
            for form, value in connection.execute(query):
                found[form][name] = value
    return dict(found)
