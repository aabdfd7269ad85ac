"""Which rows belong to a campaign: its calls, what those needed, and the tools they used."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Select, select

from heuresis.memory.runs import CALL, RUN


@dataclass(frozen=True)
class Scope:
    """One campaign and the runs it asked for.

    Attributes:
        campaign: Its row.
        tools: Their tools.
    """

    campaign: Any
    tools: tuple[str, ...]

    @property
    def runs(self) -> Select[tuple[str]]:
        """Select the ids of all runs it was given, cached ones and needs included."""
        return select(CALL.c.run_id).where(CALL.c.campaign_id == self.campaign.id)

    @property
    def is_done(self) -> bool:
        """Whether the campaign has ended; an open round need not be complete."""
        return bool(self.campaign.status == "done")

    @property
    def origin(self) -> str:
        """How the origins of its calls begin."""
        return f"campaign:{self.campaign.id}:"


def open_scope(connection: Connection, campaign: Any) -> Scope:
    """Collect the runs of a campaign."""
    query = (
        select(RUN.c.tool)
        .join(CALL, CALL.c.run_id == RUN.c.id)
        .where(CALL.c.campaign_id == campaign.id)
        .distinct()
        .order_by(RUN.c.tool)
    )
    return Scope(campaign, tuple(connection.scalars(query)))
