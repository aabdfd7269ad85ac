"""Which row does an id name? Ids of all kinds, whole or by their beginning."""

from dataclasses import dataclass

from sqlalchemy import Connection, Table, select

from heuresis.errors import RequestError
from heuresis.memory.campaigns import CAMPAIGN, CANDIDATE
from heuresis.memory.claims import CLAIM
from heuresis.memory.documents import DOCUMENT
from heuresis.memory.ledger import Ledger, begins_with
from heuresis.memory.runs import ARTIFACT, RUN

ROWS: dict[str, Table] = {
    "run": RUN,
    "candidate": CANDIDATE,
    "campaign": CAMPAIGN,
    "claim": CLAIM,
    "document": DOCUMENT,
}
DIGEST = "sha256:"
NAMED = 5  # matches that an error names
SHORTEST = 4  # letters; below, an id is no name but chance


@dataclass(frozen=True)
class Found:
    """What an id names: run, candidate, campaign, claim, document or artifact."""

    kind: str
    id: str


def find(ledger: Ledger, name: str, kind: str | None = None) -> Found:
    """Return the one thing that an id, or the beginning of one, names.

    Args:
        ledger: Where.
        name: ULID, or digest with or without 'sha256:'.
        kind: Look among these only.

    Raises:
        RequestError: None, or more than one.
    """
    what = kind or "id"
    if len(name) < SHORTEST:
        raise RequestError(f"{what} {name!r}: got {len(name)} letters, allowed: {SHORTEST} or more")
    with ledger.read() as connection:
        found = _matches(connection, name, kind)
    exact = [one for one in found if one.id == name]
    if len(exact or found) == 1:
        return (exact or found)[0]
    if not found:
        raise RequestError(f"{what} {name!r}: got none in {ledger_name(ledger)}")
    names = ", ".join(f"{one.kind} {one.id}" for one in found[:NAMED])
    raise RequestError(f"{what} {name!r}: got several ({names}, …), allowed: more letters of one")


def ledger_name(ledger: Ledger) -> str:
    """Name a ledger without what is secret in its URL."""
    return f"the ledger {str(ledger.engine.url.render_as_string(hide_password=True))!r}"


def _matches(connection: Connection, name: str, kind: str | None) -> list[Found]:
    found = []
    for each, table in ROWS.items():
        if kind in (None, each):
            begins = begins_with(table.c.id, name.upper())
            ids = connection.scalars(select(table.c.id).where(begins).limit(NAMED + 1))
            found += [Found(each, row_id) for row_id in ids]
    if kind in (None, "artifact"):
        digest = name if name.startswith(DIGEST) else DIGEST + name.lower()
        begins = begins_with(ARTIFACT.c.digest, digest)
        query = select(ARTIFACT.c.digest).where(begins).distinct().limit(NAMED + 1)
        found += [Found("artifact", row_digest) for row_digest in connection.scalars(query)]
    return found
