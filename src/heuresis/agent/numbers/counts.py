"""How many there are: runs an answer rests on, candidates of a campaign; counted, not claimed."""

from collections import Counter
from collections.abc import Collection
from typing import Any, Literal

from sqlalchemy import Row

from heuresis.agent.numbers.references import CountRef
from heuresis.contract import Status
from heuresis.errors import RequestError
from heuresis.memory.ledger import Ledger

FATES: tuple[Literal["measured", "stopped", "not asked", "unfinished"], ...] = (
    "measured",
    "stopped",
    "not asked",
    "unfinished",
)


def count(
    ledger: Ledger, what: CountRef, runs: Collection[Row[Any]], campaigns: Collection[str]
) -> int:
    """Count what a reference names.

    Args:
        ledger: Where.
        what: The reference.
        runs: Rows (id, status, tool) of the runs the answer may use.
        campaigns: Ids of the campaigns the answer may use.

    Raises:
        RequestError: There is nothing of that name to be counted.
    """
    if what.of == "runs":
        known = Counter(row.status for row in runs) + Counter(row.tool for row in runs)
        known.update(dict.fromkeys(Status, 0) | {"": len(runs)})
    elif what.of in campaigns:
        known = Counter(_of_campaign(ledger, what.of))
    else:
        allowed = ", ".join(sorted(campaigns)) or "none here"
        raise RequestError(f"campaign {what.of!r}: not one this answer may use, allowed: {allowed}")
    if what.what not in known:
        allowed = ", ".join(sorted({*known} - {""}))
        raise RequestError(f"count of {what.of}: got {what.what!r}, allowed: {allowed}")
    return known[what.what]


def _of_campaign(ledger: Ledger, campaign_id: str) -> dict[str, int]:
    from heuresis.agent.report.record import gather  # loads the validators

    record = gather(ledger, campaign_id)
    fates = {fate.replace(" ", "_"): record.count(fate) for fate in FATES}
    return {**fates, "candidates": len(record.candidates), "rounds": record.n_rounds}
