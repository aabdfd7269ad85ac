"""Documents in the ledger: one row a file, nothing ever deleted, found through recall."""

from pathlib import Path

import pytest
from fixtures_lab import rows
from sqlalchemy import text

from heuresis.errors import RequestError
from heuresis.memory import documents
from heuresis.memory.documents import NewDocument, NewItem, NewPassage
from heuresis.memory.ledger import Ledger
from heuresis.memory.lookup import find
from heuresis.memory.recall import Recall
from heuresis.serving.lab import Lab

pytestmark = pytest.mark.both_stores

PAPER = NewDocument(
    digest="sha256:" + "0" * 64,
    reader="pdf-1",
    kind="pdf",
    unit="page",
    n_places=2,
    n_bytes=10,
    notes=("no text on page 3",),
    passages=(
        NewPassage(1, 1, "Salt dissolves in water.", "Salt dissolves in water."),
        NewPassage(2, 2, "Gold is soft.", "Gold is soft."),
    ),
    items=(NewItem(1, "ethanol", "smiles", "CCO", {"a": "1"}), NewItem(2, wrong="torn")),
)


def test_a_document_comes_back_as_it_was_entered(ledger: Ledger) -> None:
    document_id = documents.enter(ledger, PAPER, "test")
    view = documents.get(ledger, document_id)
    assert (view.kind, view.n_wrong, view.notes, view.status) == ("pdf", 1, PAPER.notes, "added")
    assert documents.items_of(ledger, document_id) == list(PAPER.items)
    one, two = documents.passages_of(ledger, [document_id])
    assert (one.text, one.place, two.place) == ("Salt dissolves in water.", "page 1", "page 2")
    assert documents.passages_of(ledger, [document_id], at=2) == [two]
    assert documents.get_passages(ledger, [two.ref, "nobody.1", "x"]) == {two.ref: two}
    assert find(ledger, document_id[:20]).kind == "document"


def test_the_same_file_twice_is_one_document(ledger: Ledger) -> None:
    first, again = (documents.enter(ledger, PAPER, who) for who in ("one", "other"))
    assert first == again
    assert [len(rows(ledger, table)) for table in ("document", "passage", "document_item")] == [
        1, 2, 2,
    ]  # fmt: skip
    assert documents.get(ledger, first).origin == "one"


def test_a_withdrawn_document_stays_and_counts_no_more_until_it_is_added_again(
    ledger: Ledger,
) -> None:
    document_id = documents.enter(ledger, PAPER, "test")
    documents.withdraw(ledger, document_id, "retracted")
    assert documents.known(ledger, PAPER.digest, PAPER.reader) is None
    assert documents.list_documents(ledger) == []
    assert len(documents.list_documents(ledger, withdrawn=True)) == 1
    assert len(rows(ledger, "passage")) == 2
    with pytest.raises(RequestError, match="withdrawn before"):
        documents.withdraw(ledger, document_id, "again")
    assert documents.enter(ledger, PAPER, "test") == document_id
    assert [one["status"] for one in documents.history(ledger, document_id)] == [
        "added", "withdrawn", "added",
    ]  # fmt: skip
    assert documents.known(ledger, PAPER.digest, PAPER.reader) == document_id


@pytest.mark.parametrize(
    "action", [documents.get, lambda led, key: documents.withdraw(led, key, "x")]
)
def test_an_unknown_id_is_named(ledger: Ledger, action: object) -> None:
    with pytest.raises(RequestError, match="got an unknown id, see `heuresis document list`"):
        action(ledger, "01ABC")  # type: ignore[operator]  # one of two functions


def test_passages_are_found_by_meaning_also_after_a_reindex(lab: Lab, tmp_path: Path) -> None:
    recall = Recall(lab.ledger, str(tmp_path / "recall"))
    document_id = documents.enter(lab.ledger, PAPER, "test")
    assert recall.drain() == 2
    assert recall.search("metals", n=1, kind="passage")[0].ref == f"{document_id}.2"
    assert recall.reindex() == 2
    assert recall.search("brine", n=1)[0].ref == f"{document_id}.1"
    documents.withdraw(lab.ledger, document_id, "retracted")
    assert recall.search("metals") == []


def test_what_the_index_holds_is_the_marked_text(ledger: Ledger) -> None:
    marked = NewPassage(1, 1, "Take CCO.", "Take <SMILES>CCO</SMILES>.")
    documents.enter(
        ledger, NewDocument("sha256:1", "text-1", "text", "line", 1, 9, (), (marked,)), "t"
    )
    with ledger.read() as connection:
        held = connection.execute(text("SELECT kind, text FROM outbox")).one()
    assert tuple(held) == ("passage", marked.marked)


def test_a_row_of_a_list_is_named_by_itself() -> None:
    held = documents.PassageView("D", 1, 4, 6, "a: 1\nb: 2\nc: 3", "row")
    assert held.place == "rows 4-6"
    assert [held.place_at(held.text.index(word)) for word in "abc"] == ["row 4", "row 5", "row 6"]
