"""Looking up: which passages of documents answer a question, and what is known of a matter."""

import json
from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, select

from heuresis.agent.documents.finding import Found, find_anywhere, find_in
from heuresis.agent.planning.plan import Look
from heuresis.agent.planning.remembered import crystals_of
from heuresis.contract import Status
from heuresis.errors import ServiceError
from heuresis.memory.ledger import Ledger
from heuresis.memory.recall import Hit, Recall
from heuresis.memory.runs import RUN
from heuresis.serving.lab import Lab
from heuresis.serving.open_lab import open_recall

MAX_QUOTES = 3
MAX_KNOWN = 5  # rows of memory
NEAREST = 20  # asked of the index
FARTHEST = 0.6  # distance of a row of memory that still speaks of the matter
MAX_ASKED = 50  # runs with one SMILES in any spelling of its letters
USABLE = (Status.OK, Status.PARTIAL)
MARKUP = ("<", "[", "!", "*", "_", "#")  # a quotation with these is set as code


def look(step: Look, lab: Lab) -> dict[str, Any]:
    """Look something up; return it as JSON data, by names, without the words themselves."""
    recall = open_recall(lab, lab.settings)
    note = ""
    known: list[dict[str, Any]] = []
    if step.scope == "given":
        finding = find_in(lab.ledger, recall, list(step.documents), step.query, MAX_QUOTES)
    else:
        finding = find_anywhere(lab.ledger, recall, step.query, MAX_QUOTES)
    if step.scope == "memory":
        known, note = _known(recall, step.query)
        known = _runs_on(lab.ledger, step.forms) + known
    labels = {one.passage.document_id: f"document {one.passage.document_id}"
              for one in finding.found}  # fmt: skip
    return {
        "quotes": [_quote(one) for one in finding.found],
        "labels": {**labels, **step.documents},
        "known": known,
        "note": finding.note or note,
    }


def _quote(found: Found) -> dict[str, Any]:
    return {
        "ref": found.passage.ref,
        "start": found.start,
        "end": found.end,
        "is_code": any(sign in found.quote for sign in MARKUP),
        "ticks": _longest(found.quote) + 1,
    }


def _longest(text: str) -> int:
    """Return the longest run of backticks in a text."""
    longest = run = 0
    for letter in text:
        run = run + 1 if letter == "`" else 0
        longest = max(longest, run)
    return longest


def _known(recall: Recall, query: str) -> tuple[list[dict[str, Any]], str]:
    """Return rows of memory that speak of a matter: runs, claims, candidates."""
    try:
        hits = recall.search(query, NEAREST)
    except ServiceError as error:
        return [], f"Runs and claims were not searched ({error})."
    kept = [hit for hit in hits if hit.kind != "passage" and hit.distance <= FARTHEST]
    usable = [hit for hit in kept if hit.facts.get("status") not in (Status.FAILED, Status.BLOCKED)]
    return [_row(hit) for hit in usable[:MAX_KNOWN]], ""


def _runs_on(ledger: Ledger, forms: Sequence[str]) -> list[dict[str, Any]]:
    """Return the latest runs whose requests hold one of some SMILES or formulas, the latest first.

    A formula stands for the crystals that were built of it.
    """
    found: dict[str, dict[str, Any]] = {}
    with ledger.read() as connection:
        for form in forms:
            for row in _holding(connection, form):
                found[row.id] = _told(row)
        for crystal in crystals_of(connection, forms):
            for row in _holding(connection, crystal):
                found[row.id] = _told(row)
    return sorted(found.values(), key=lambda one: str(one["ref"]), reverse=True)[:MAX_KNOWN]


def _told(row: Any) -> dict[str, Any]:
    return {"kind": "run", "ref": row.id, "text": row.tool, "status": row.status}


def _holding(connection: Connection, form: str) -> list[Any]:
    spelled = json.dumps(form, ensure_ascii=False)
    query = (
        select(RUN.c.id, RUN.c.tool, RUN.c.status, RUN.c.request)
        .where(RUN.c.status.in_(USABLE), RUN.c.request.contains(spelled, autoescape=True))
        .order_by(RUN.c.id.desc())
        .limit(MAX_ASKED)
    )
    # LIKE compares without regard to case
    return [row for row in connection.execute(query) if spelled in row.request]


def _row(hit: Hit) -> dict[str, Any]:
    shown = hit.text if hit.kind in ("claim", "candidate") else str(hit.facts.get("tool", ""))
    return {"kind": hit.kind, "ref": hit.ref, "text": shown[:600],
            "status": str(hit.facts.get("status", ""))}  # fmt: skip
