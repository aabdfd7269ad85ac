# ruff: noqa: RUF001  # quotes as they are printed
"""Quotations of documents: filled from the ledger with their place, or compared byte for byte."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from heuresis.agent.numbers.references import PassageRef, Place
from heuresis.errors import RequestError
from heuresis.memory import documents
from heuresis.memory.ledger import Ledger

_QUOTATION = re.compile(
    r"[“\"](?P<words>[^“”\"\n]{1,2000})[”\"]\s?"
    r"\[(?P<label>[^\[\]\n,]{1,300}), (?P<place>(?:page|line|row|record|block)s? \d+(?:[-–]\d+)?)\]"
)


@dataclass(frozen=True)
class Misquoted(Place):
    """A quotation that is not in the document it names."""

    reason: str


def filled(ledger: Ledger, one: PassageRef, allowed: Mapping[str, str]) -> str:
    """Return the words of a passage in quotes, with the document's name and the place.

    Args:
        ledger: Where the passage is.
        one: What is quoted.
        allowed: Name by id of the documents that this answer may quote.

    Raises:
        RequestError: Not such a document, no such passage, or no such characters in it.
    """
    document_id = one.ref.partition(".")[0]
    if document_id not in allowed:
        raise RequestError(f"document {document_id!r}: not one this answer may quote")
    passage = documents.get_passages(ledger, [one.ref]).get(one.ref)
    if passage is None:
        raise RequestError(f"passage {one.ref!r}: got no such passage of the document")
    last = len(passage.text) if one.last is None else one.last
    if not one.first < last <= len(passage.text):
        raise RequestError(f"passage {one.ref!r}: got the characters {one.first}-{last}, "
                           f"allowed: 0-{len(passage.text)}")  # fmt: skip
    place = passage.place_at(one.first)
    return f"“{passage.text[one.first : last]}” {anchor(allowed[document_id], place)}"


def anchor(label: str, place: str) -> str:
    """Return where a quotation comes from, as it stands behind it."""
    return f"[{label}, {place}]"


def quotations_in(
    text: str, ledger: Ledger, allowed: Mapping[str, str], taken: Sequence[Place]
) -> tuple[list[Place], list[Misquoted]]:
    """Find quotations that somebody wrote out, and compare them with what the ledger holds.

    Args:
        text: A rendered answer.
        ledger: Where the passages are.
        allowed: Name by id of the documents that may be quoted.
        taken: Places that are filled already.

    Returns:
        Those that are in the passage byte for byte, and those that are not, each with its anchor.
    """
    right: list[Place] = []
    wrong: list[Misquoted] = []
    ids = {label: document_id for document_id, label in allowed.items()}
    for match in _QUOTATION.finditer(text) if allowed else ():
        start, end = match.span()
        if match["label"] not in ids or any(a.start < end and start < a.end for a in taken):
            continue
        if _holds(ledger, ids[match["label"]], match["place"], match["words"]):
            right.append(Place(start, end))
        else:
            where = f"{match['label']}, {match['place']}"
            wrong.append(Misquoted(start, end, f"these words are not in {where}"))
    return right, wrong


def _holds(ledger: Ledger, document_id: str, place: str, words: str) -> bool:
    first = int(re.findall(r"\d+", place)[0][:9])
    passages = documents.passages_of(ledger, [document_id], at=first)
    plain = place.replace("–", "-")
    return any(
        words in one.text and plain in (one.place, one.place_at(one.text.index(words)))
        for one in passages
    )
