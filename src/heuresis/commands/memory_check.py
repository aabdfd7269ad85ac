"""Is everything that was recorded still there, byte for byte?"""

from typing import Any

from sqlalchemy import select

from heuresis.commands import output
from heuresis.errors import RequestError, ServiceError
from heuresis.memory.runs import ARTIFACT
from heuresis.serving.lab import Lab


def checked(lab: Lab) -> dict[str, Any]:
    """Return what is wrong with ledger and vault.

    Returns:
        `ledger`: None or what is wrong; `artifacts`: how many files were looked at; `missing` and
        `damaged`: their digests.
    """
    with lab.ledger.read() as connection:
        digests = list(connection.scalars(select(ARTIFACT.c.digest).distinct()))
    missing, damaged = [], []
    with output.progress() as bars:
        bar = bars.add_task("files", total=len(digests))
        for digest in digests:
            try:
                lab.vault.get(digest)
            except RequestError:
                missing.append(digest)
            except ServiceError:
                damaged.append(digest)
            bars.advance(bar)
    verdict = lab.ledger.check()
    return {"ledger": verdict, "artifacts": len(digests), "missing": missing, "damaged": damaged}
