"""Which claims are due for another look: past their date, or resting on tools that have changed."""

from datetime import date

from pydantic import Field
from sqlalchemy import Connection, select

from heuresis.contract import Frozen
from heuresis.errors import HeuresisError
from heuresis.memory.claims import CLAIM, EVIDENCE, status_of
from heuresis.memory.ledger import Ledger
from heuresis.memory.runs import RUN
from heuresis.tools import registry


class Due(Frozen):
    """A claim that should be tested again."""

    claim_id: str = Field(description="Which.")
    status: str = Field(description="What holds until then.")
    reasons: tuple[str, ...] = Field(description="Date passed, or tool changed.")


def due(ledger: Ledger, today: date) -> list[Due]:
    """Return the claims that are due; superseded ones never are.

    Args:
        ledger: Where.
        today: UTC date to compare with.
    """
    with ledger.read() as connection:
        found = []
        for claim in connection.execute(select(CLAIM).order_by(CLAIM.c.id)):
            status = status_of(connection, claim.id)
            reasons = [*_past(claim.recheck_after, today), *_changed(connection, claim.id)]
            if reasons and status != "superseded":
                found.append(Due(claim_id=claim.id, status=status, reasons=tuple(reasons)))
        return found


def _past(recheck_after: str, today: date) -> list[str]:
    if recheck_after.startswith("never") or date.fromisoformat(recheck_after) >= today:
        return []
    return [f"to be looked at again after {recheck_after}"]


def _changed(connection: Connection, claim_id: str) -> list[str]:
    """Compare the tools of its evidence with the tools of today."""
    query = (
        select(RUN.c.tool, RUN.c.tool_version, RUN.c.backend, RUN.c.weights_digest)
        .join(EVIDENCE, EVIDENCE.c.run_id == RUN.c.id)
        .where(EVIDENCE.c.claim_id == claim_id)
        .distinct()
    )
    return [reason for row in connection.execute(query) if (reason := _difference(*row))]


def _difference(tool_name: str, version: str, backend_name: str, digest: str) -> str:
    try:
        tool = registry.load(tool_name)
    except HeuresisError:
        return f"{tool_name} is no longer here"
    if tool.card.version != version:
        return f"{tool_name} went from version {version} to {tool.card.version}"
    backend = next((one for one in tool.backends if one.name == backend_name), None)
    if backend is None:
        return f"{tool_name} has no backend {backend_name} any more"
    if backend.missing() is None and backend.digest() != digest:
        return f"{tool_name}, backend {backend_name}: other weights"
    return ""
