"""Documents: files that were read, cut into passages with places, and the molecules in them."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from sqlalchemy import Connection, Row, Table, select

from heuresis.errors import RequestError
from heuresis.memory import tables
from heuresis.memory.ledger import Ledger, new_id, now
from heuresis.memory.runs import CHUNK, OUTBOX

DOCUMENT: Table = tables.Document.__table__  # type: ignore[attr-defined]  # set by SQLModel
PASSAGE: Table = tables.Passage.__table__  # type: ignore[attr-defined]  # as above
ITEM: Table = tables.DocumentItem.__table__  # type: ignore[attr-defined]  # as above
EVENT: Table = tables.DocumentEvent.__table__  # type: ignore[attr-defined]  # as above

Kind = Literal["pdf", "text", "table", "molecules", "crystals"]
Unit = Literal["page", "line", "row", "record", "block"]
Status = Literal["added", "withdrawn"]
LISTED: tuple[Unit, ...] = ("row", "record", "block")  # one line of a passage each


@dataclass(frozen=True)
class NewPassage:
    """A stretch of text with its place.

    Attributes:
        first: Page, line, row, record or block where it begins, from 1.
        last: Where it ends.
        text: Kept and quoted as it is.
        marked: The same with scientific strings in tags, as the index and models get it.
    """

    first: int
    last: int
    text: str
    marked: str


@dataclass(frozen=True)
class NewItem:
    """A molecule or crystal of a document, or why one of its rows gave none.

    Attributes:
        place: Page, line, row, record or block, from 1.
        label: Its name there.
        carrier: 'smiles', 'text' or 'crystal'; empty where it is wrong.
        value: SMILES, InChI, name, or CIF text.
        facts: Other columns or properties.
        wrong: Why it could not be read; empty where it could.
    """

    place: int
    label: str = ""
    carrier: str = ""
    value: str = ""
    facts: Mapping[str, str] = field(default_factory=dict)
    wrong: str = ""


@dataclass(frozen=True)
class NewDocument:
    """What a reader made of a file."""

    digest: str
    reader: str
    kind: Kind
    unit: Unit
    n_places: int
    n_bytes: int
    notes: tuple[str, ...] = ()
    passages: tuple[NewPassage, ...] = ()
    items: tuple[NewItem, ...] = ()


@dataclass(frozen=True)
class DocumentView:
    """A document as the ledger has it."""

    id: str
    digest: str
    reader: str
    kind: Kind
    unit: Unit
    n_places: int
    n_bytes: int
    notes: tuple[str, ...]
    n_wrong: int
    origin: str
    at: str
    status: Status


@dataclass(frozen=True)
class PassageView:
    """A passage as the ledger has it."""

    document_id: str
    number: int
    first: int
    last: int
    text: str
    unit: Unit

    @property
    def ref(self) -> str:
        """Its name in recall and in references."""
        return f"{self.document_id}.{self.number}"

    @property
    def place(self) -> str:
        """Where it stands, such as 'page 3' or 'rows 4-9'."""
        return place_of(self.unit, self.first, self.last)

    def place_at(self, char: int) -> str:
        """Where one of its characters stands: of a list, the row itself."""
        n_rows = self.last - self.first + 1
        if self.unit in LISTED and self.text.count("\n") + 1 == n_rows:
            return f"{self.unit} {self.first + self.text.count(chr(10), 0, char)}"
        return self.place


def place_of(unit: str, first: int, last: int) -> str:
    """Say a place in words and numbers."""
    return f"{unit} {first}" if first == last else f"{unit}s {first}-{last}"


def enter(ledger: Ledger, new: NewDocument, origin: str) -> str:
    """Record a document with all that is in it, in one transaction, and return its id.

    One that was read before by the same reader keeps its id and its rows; where it was withdrawn,
    it counts again.
    """
    row = {
        "id": new_id(),
        **{name: getattr(new, name) for name in ("digest", "reader", "kind", "unit")},
        "n_places": new.n_places,
        "n_bytes": new.n_bytes,
        "notes": json.dumps(new.notes),
        "n_wrong": sum(1 for item in new.items if item.wrong),
        "origin": origin,
        "at": now(),
    }
    with ledger.write() as connection:
        if ledger.insert_new(connection, DOCUMENT, [row]):
            _add_parts(ledger, connection, str(row["id"]), new)
            _turn(connection, str(row["id"]), "added", f"by {origin}")
            return str(row["id"])
        known = select(DOCUMENT.c.id).where(
            DOCUMENT.c.digest == new.digest, DOCUMENT.c.reader == new.reader
        )
        document_id = str(connection.execute(known).scalar_one())
        if status_of(connection, document_id) == "withdrawn":
            _turn(connection, document_id, "added", f"again, by {origin}")
        return document_id


def known(ledger: Ledger, digest: str, reader: str) -> str | None:
    """Return the id of a file that this reader has read and that counts; None otherwise."""
    query = select(DOCUMENT.c.id).where(DOCUMENT.c.digest == digest, DOCUMENT.c.reader == reader)
    with ledger.read() as connection:
        found = connection.execute(query).scalar_one_or_none()
        if found is None or status_of(connection, found) == "withdrawn":
            return None
        return str(found)


def withdraw(ledger: Ledger, document_id: str, reason: str) -> None:
    """Let a document count no more; its rows stay, a row says so.

    Raises:
        RequestError: There is none of that id, or it was withdrawn before.
    """
    with ledger.write() as connection:
        _must_exist(connection, document_id)
        if status_of(connection, document_id) == "withdrawn":
            raise RequestError(f"document {document_id!r}: got one that was withdrawn before")
        _turn(connection, document_id, "withdrawn", reason)


def status_of(connection: Connection, document_id: str) -> Status:
    """Return the status that holds: that of the last event."""
    query = select(EVENT.c.status).where(EVENT.c.document_id == document_id)
    status: Status = connection.execute(query.order_by(EVENT.c.id.desc()).limit(1)).scalar_one()
    return status


def is_withdrawn(connection: Connection, passage_ref: str) -> bool:
    """Whether the document of a passage counts no more."""
    return status_of(connection, passage_ref.partition(".")[0]) == "withdrawn"


def list_documents(ledger: Ledger, *, withdrawn: bool = False) -> list[DocumentView]:
    """Return the documents that count, the newest first; with `withdrawn`, all."""
    with ledger.read() as connection:
        rows = connection.execute(select(DOCUMENT).order_by(DOCUMENT.c.id.desc())).all()
        views = [_view(connection, row) for row in rows]
    return [one for one in views if withdrawn or one.status == "added"]


def get(ledger: Ledger, document_id: str) -> DocumentView:
    """Return one document.

    Raises:
        RequestError: There is none of that id.
    """
    with ledger.read() as connection:
        return _view(connection, _must_exist(connection, document_id))


def history(ledger: Ledger, document_id: str) -> list[dict[str, Any]]:
    """Return when a document was added and withdrawn, and why."""
    query = select(EVENT.c.at, EVENT.c.status, EVENT.c.reason).where(
        EVENT.c.document_id == document_id
    )
    with ledger.read() as connection:
        return [dict(row._mapping) for row in connection.execute(query.order_by(EVENT.c.id))]


def passages_of(
    ledger: Ledger, document_ids: Sequence[str], at: int | None = None, limit: int | None = None
) -> list[PassageView]:
    """Return the passages of documents, in order.

    Args:
        ledger: Where.
        document_ids: Which documents.
        at: Only those at this page, line, row, record or block.
        limit: How many at most.
    """
    query = _PASSAGES.where(PASSAGE.c.document_id.in_(document_ids))
    if at is not None:
        query = query.where(PASSAGE.c.first <= at, PASSAGE.c.last >= at)
    query = query.order_by(PASSAGE.c.document_id, PASSAGE.c.number).limit(limit)
    with ledger.read() as connection:
        return [PassageView(*row) for row in connection.execute(query)]


def get_passages(ledger: Ledger, refs: Iterable[str]) -> dict[str, PassageView]:
    """Return passages by their names; unknown ones are left out."""
    wanted = [_split(ref) for ref in dict.fromkeys(refs)]
    found: dict[str, PassageView] = {}
    with ledger.read() as connection:
        for document_id, number in wanted:
            query = _PASSAGES.where(
                PASSAGE.c.document_id == document_id, PASSAGE.c.number == number
            )
            for row in connection.execute(query):
                view = PassageView(*row)
                found[view.ref] = view
    return found


def items_of(ledger: Ledger, document_id: str) -> list[NewItem]:
    """Return the molecules and crystals of a document, wrong ones included, in order."""
    columns = (ITEM.c.place, ITEM.c.label, ITEM.c.carrier, ITEM.c.value, ITEM.c.facts, ITEM.c.wrong)
    query = select(*columns).where(ITEM.c.document_id == document_id).order_by(ITEM.c.number)
    with ledger.read() as connection:
        return [
            NewItem(row.place, row.label, row.carrier, row.value, json.loads(row.facts), row.wrong)
            for row in connection.execute(query)
        ]


_PASSAGES = select(
    PASSAGE.c.document_id, PASSAGE.c.number, PASSAGE.c.first, PASSAGE.c.last, PASSAGE.c.text,
    DOCUMENT.c.unit,
).join(DOCUMENT, DOCUMENT.c.id == PASSAGE.c.document_id)  # fmt: skip


def _split(ref: str) -> tuple[str, int]:
    document_id, _, number = ref.partition(".")
    return document_id, int(number) if number.isdecimal() and len(number) < 10 else 0


def _add_parts(ledger: Ledger, connection: Connection, document_id: str, new: NewDocument) -> None:
    passages, waiting, items = [], [], []
    for number, one in enumerate(new.passages, start=1):
        place = {"first": one.first, "last": one.last}
        passages.append({"document_id": document_id, "number": number, **place, "text": one.text})
        facts = json.dumps({"document": document_id, **place})
        waiting.append({"kind": "passage", "ref": f"{document_id}.{number}", "text": one.marked,
                        "facts": facts, "indexed": False})  # fmt: skip
    for number, item in enumerate(new.items, start=1):
        facts = json.dumps(dict(item.facts))
        items.append({"document_id": document_id, "number": number, **vars(item), "facts": facts})
    for table, rows in ((PASSAGE, passages), (OUTBOX, waiting), (ITEM, items)):
        for start in range(0, len(rows), CHUNK):
            ledger.insert_new(connection, table, rows[start : start + CHUNK])


def _turn(connection: Connection, document_id: str, status: Status, reason: str) -> None:
    row = {"document_id": document_id, "status": status, "reason": reason, "at": now()}
    connection.execute(EVENT.insert(), [row])


def _must_exist(connection: Connection, document_id: str) -> Row[Any]:
    row = connection.execute(select(DOCUMENT).where(DOCUMENT.c.id == document_id)).one_or_none()
    if row is None:
        raise RequestError(
            f"document {document_id!r}: got an unknown id, see `heuresis document list`"
        )
    return row


def _view(connection: Connection, row: Row[Any]) -> DocumentView:
    fields = {**row._mapping, "notes": tuple(json.loads(row.notes))}
    return DocumentView(**fields, status=status_of(connection, row.id))
