"""What earlier runs know of crystals that a message names by their formula only."""

import json
from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, select

from heuresis.agent.understanding.formulas import hill
from heuresis.contract import Status
from heuresis.memory.ledger import Ledger
from heuresis.memory.runs import RUN

BUILDER = "crystal.parse"
MAX_BUILT = 500  # of the latest runs that built a crystal
USABLE = (Status.OK, Status.PARTIAL)


def structure_types(ledger: Ledger, formulas: Sequence[str]) -> dict[str, str]:
    """Return the structure type in which each formula was built last, of those that were."""
    found: dict[str, str] = {}
    with ledger.read() as connection:
        for request, _ in _built(connection):
            form, name = hill(str(request.get("formula") or "")), request.get("prototype")
            if form and name:
                found.setdefault(form, str(name))
    return {one: found[form] for one in formulas if (form := hill(one) or one) in found}


def crystals_of(connection: Connection, formulas: Sequence[str]) -> list[str]:
    """Return the crystals that were built of some formulas, the latest first."""
    wanted = {form for one in formulas if (form := hill(one))}
    if not wanted:
        return []
    return [
        str(response["crystal"])
        for request, response in _built(connection)
        if hill(str(request.get("formula") or "")) in wanted and response.get("crystal")
    ]


def _built(connection: Connection) -> list[tuple[dict[str, Any], dict[str, Any]]]:
    query = (
        select(RUN.c.request, RUN.c.response)
        .where(RUN.c.tool == BUILDER, RUN.c.status.in_(USABLE))
        .order_by(RUN.c.id.desc())
        .limit(MAX_BUILT)
    )
    rows = connection.execute(query)
    return [(json.loads(row.request), json.loads(row.response or "{}")) for row in rows]
