"""One number of one run, as the ledger has it; plain numbers of answers count, too."""

from sqlalchemy import select

from heuresis.agent.assistant.answers import at_path, response_of
from heuresis.memory.campaigns import Number
from heuresis.memory.ledger import Ledger
from heuresis.memory.runs import QUANTITY

COUNTED = "counted"  # why a whole number has no uncertainty
UNSTATED = "the tool states none"


def number_of(ledger: Ledger, run_id: str, path: str) -> Number | None:
    """Return a number of a run; None where it gave none at that path."""
    query = select(QUANTITY).where(QUANTITY.c.run_id == run_id, QUANTITY.c.path == path)
    with ledger.read() as connection:
        row = connection.execute(query).one_or_none()
    if row is None:
        return counted(ledger, run_id, path)
    return Number(**{name: getattr(row, name) for name in Number.__dataclass_fields__})


def counted(ledger: Ledger, run_id: str, path: str) -> Number | None:
    """Return a plain number of a response, such as a number of rings, which is no quantity."""
    value = at_path(response_of(ledger, run_id), path)
    if not isinstance(value, int | float) or isinstance(value, bool):
        return None
    why = COUNTED if isinstance(value, int) else UNSTATED
    return Number(float(value), "1", None, None, None, None, why, run_id, path)
