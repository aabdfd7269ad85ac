"""`heuresis document`: add files that are read, list, show, search and withdraw them."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from heuresis.commands import exit_codes, output
from heuresis.commands.opened import home_option, json_option, lab_at, open_here, read_settings

if TYPE_CHECKING:
    from heuresis.memory.documents import DocumentView, NewItem

SHOWN_ITEMS = 20


@click.group("document")
def document() -> None:
    """Add PDF, text, tables, SDF and CIF; list, show, search and withdraw them.

    A document is named by its id or the beginning of it. File names are not kept: they may hold
    names of persons.
    """


@document.command("add")
@click.argument(
    "files", nargs=-1, required=True, type=click.Path(path_type=Path), metavar="FILE..."
)
@home_option
@json_option
def add(files: Sequence[Path], home: Path | None, as_json: bool) -> None:
    """Read files in: text in passages with pages, molecules and crystals as candidates.

    A file that cannot be read leaves nothing behind; those before it stay.
    """
    from heuresis.agent.documents.entering import enter_file
    from heuresis.serving.context import Context

    lab = lab_at(home)
    context = Context()
    for place in files:
        entered = enter_file(lab, place, context)
        if as_json:
            output.emit({**_summary(entered.document), "is_new": entered.is_new})
            continue
        output.line(f"{entered.document.id}  {place}{'' if entered.is_new else ' (was known)'}")
        _print_notes(entered.document)


@document.command("list")
@click.option("--withdrawn", is_flag=True, help="Also those that were withdrawn.")
@home_option
@json_option
def list_documents(withdrawn: bool, home: Path | None, as_json: bool) -> None:
    """List documents, the newest first."""
    from heuresis.memory import documents

    found = documents.list_documents(lab_at(home).ledger, withdrawn=withdrawn)
    if as_json:
        output.emit([_summary(one) for one in found])
        return
    rows = [(one.id, one.kind, f"{one.n_places} {one.unit}(s)", one.n_wrong, one.status, one.at)
            for one in found]  # fmt: skip
    output.table(("document", "kind", "size", "unreadable", "status", "added"), rows)


@document.command("show")
@click.argument("document_id", metavar="ID")
@click.option("--page", type=click.IntRange(min=1), metavar="N",
              help="Only this page, line, row, record or block.")  # fmt: skip
@home_option
@json_option
def show(document_id: str, page: int | None, home: Path | None, as_json: bool) -> int:
    """Print a document's text by place, and the molecules and crystals in it."""
    from heuresis.memory import documents
    from heuresis.memory.lookup import find

    ledger = lab_at(home).ledger
    found = documents.get(ledger, find(ledger, document_id, "document").id)
    passages = documents.passages_of(ledger, [found.id], page)
    items = documents.items_of(ledger, found.id)
    items = [one for one in items if page is None or one.place == page]
    if as_json:
        output.emit({
            **_summary(found),
            "history": documents.history(ledger, found.id),
            "passages": [{"number": one.number, "place": one.place, "text": one.text}
                         for one in passages],
            "items": [vars(one) for one in items],
        })  # fmt: skip
    else:
        output.facts(_summary(found))
        for one in passages:
            output.line(f"\n[{one.place}]\n{one.text}")
        _print_items(items, found.unit)
    return exit_codes.OK if passages or items else exit_codes.EMPTY


@document.command("search")
@click.argument("question")
@click.option("--in", "document_id", metavar="ID", help="Only in this document.")
@click.option("-n", "n_hits", type=click.IntRange(1, 50), default=5, show_default=True,
              help="Most passages.")  # fmt: skip
@home_option
@json_option
def search(
    question: str, document_id: str | None, n_hits: int, home: Path | None, as_json: bool
) -> int:
    """Find the passages that answer a question, quoted with their places. Exits 4 without any."""
    from heuresis.agent.documents.finding import find_anywhere, find_in
    from heuresis.memory.lookup import find
    from heuresis.serving.open_lab import open_recall

    settings = read_settings(home)
    lab = open_here(settings)
    recall = open_recall(lab, settings)
    if document_id is not None:
        whole = find(lab.ledger, document_id, "document").id
        finding = find_in(lab.ledger, recall, [whole], question, n_hits)
    else:
        finding = find_anywhere(lab.ledger, recall, question, n_hits)
    if finding.note:
        output.say(f"note: {finding.note}")
    rows = [{"document": one.passage.document_id, "place": one.passage.place, "quote": one.quote,
             "passage": one.passage.number, "score": round(one.score, 4)}
            for one in finding.found]  # fmt: skip
    if as_json:
        output.emit(rows)
    for row in rows if not as_json else ():
        output.line(f"[{row['document']}, {row['place']}]\n{row['quote']}\n")
    if not rows and not as_json:
        output.say("no passage speaks of it")
    return exit_codes.OK if rows else exit_codes.EMPTY


@document.command("withdraw")
@click.argument("document_id", metavar="ID")
@click.option("--reason", required=True, metavar="TEXT", help="Why, in words.")
@home_option
@json_option
def withdraw(document_id: str, reason: str, home: Path | None, as_json: bool) -> None:
    """Let a document count no more: it is neither searched nor quoted.

    Nothing is deleted: its text and the reason stay in the ledger, its bytes in the vault. Adding
    the same file again lets it count again.
    """
    from heuresis.memory import documents
    from heuresis.memory.lookup import find

    ledger = lab_at(home).ledger
    whole = find(ledger, document_id, "document").id
    documents.withdraw(ledger, whole, reason)
    if as_json:
        output.emit({"id": whole, "status": "withdrawn"})
    else:
        output.line(f"withdrawn  {whole}")


def _summary(one: "DocumentView") -> dict[str, Any]:
    return {**vars(one), "notes": list(one.notes)}


def _print_notes(one: "DocumentView") -> None:
    output.line(f"  {one.kind}, {one.n_places} {one.unit}(s), {one.n_bytes} bytes")
    for note in one.notes:
        output.line(f"  note: {note}")


def _print_items(items: "Sequence[NewItem]", unit: str) -> None:
    if not items:
        return
    rows = [(one.place, one.label, output.shortened(one.value, 60), one.wrong)
            for one in items[:SHOWN_ITEMS]]  # fmt: skip
    output.table((unit, "name", "structure", "wrong"), rows)
    if len(items) > SHOWN_ITEMS:
        output.line(f"… {len(items)} in all; --json prints them all, --page N one")
