"""Molecules that are written out in a text: SMILES, and names in tags."""

from collections.abc import Iterator
from dataclasses import replace

from heuresis.agent.documents.content import MAX_ITEMS, Content, label_of
from heuresis.agent.understanding.marking import pieces
from heuresis.agent.understanding.smiles_runs import smiles_form
from heuresis.agent.understanding.spans import Span, segment
from heuresis.memory.documents import NewItem

MAX_FORM = 10_000  # characters, as many as a molecule may have


def with_molecules(content: Content) -> Content:
    """Return a text with the molecules that it writes out, each once, where it comes first."""
    found: dict[str, NewItem] = {}
    for item in _items(content):
        found.setdefault(item.value, item)
        if len(found) > MAX_ITEMS:
            note = f"it writes out more than {MAX_ITEMS} molecules; the rest was left out"
            kept = tuple(found.values())[:MAX_ITEMS]
            return replace(content, items=kept, notes=(*content.notes, note))
    return replace(content, items=tuple(found.values()))


def _items(content: Content) -> Iterator[NewItem]:
    for stretch in content.texts:
        place = f"{content.unit} {stretch.first}"
        for piece in pieces(stretch.text):
            for span in segment(piece, ("tag", "smiles")).spans:
                written = piece[span.start : span.end]
                carrier = _carrier(span)
                if carrier and len(span.canonical) <= MAX_FORM:
                    label, _ = label_of(written, place)
                    yield NewItem(stretch.first, label, carrier, span.canonical)


def _carrier(span: Span) -> str:
    """Return how a planner takes a span; empty where it is no molecule that can be read."""
    if span.kind == "smiles":
        return "smiles" if smiles_form(span.canonical) is not None else ""
    return "text" if span.kind in ("iupac", "selfies") else ""
