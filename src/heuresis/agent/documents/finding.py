# ruff: noqa: RUF001  # quotes as they are printed
"""Which passages of documents answer a question best, and which words of them to quote."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from heuresis.agent.documents.wording import Wording
from heuresis.agent.understanding.marking import mark
from heuresis.errors import ServiceError
from heuresis.memory import documents, embedder
from heuresis.memory.documents import PassageView
from heuresis.memory.ledger import Ledger
from heuresis.memory.recall import Recall

MAX_EMBEDDED = 32  # passages whose meaning is compared: the best by words, or by the index
MAX_COMPARED = 20_000  # passages whose words are compared
NEAREST = 50  # asked of the index
WORDS_COUNT = 0.5  # of the score of words, beside that of meaning
LEAST_WITH_WORDS = 0.15  # cosine, where a word of the question is in the passage
LEAST_ALONE = 0.45  # cosine, where none is
LEAST_WORDS = 0.3  # score of words, where no meaning can be compared
QUOTE_CHARS = 400
_SENTENCE = re.compile(r"\S.*?(?:(?<=[.!?])[\"”’)]?(?=\s+[\"“‘(\[]?[A-Z0-9])|$)")


@dataclass(frozen=True)
class Found:
    """A passage that answers, and what to quote of it.

    Attributes:
        passage: The passage.
        start: Where the quotation begins in its text.
        end: Where it ends, outside.
        score: Cosine of meanings plus a share of words in common.
    """

    passage: PassageView
    start: int
    end: int
    score: float

    @property
    def quote(self) -> str:
        """The words themselves."""
        return self.passage.text[self.start : self.end]


@dataclass(frozen=True)
class Finding:
    """What was found, best first, and a sentence where it was not looked for as usual."""

    found: tuple[Found, ...]
    note: str = ""


def find_in(
    ledger: Ledger, recall: Recall, document_ids: Sequence[str], question: str, n: int = 3
) -> Finding:
    """Find what answers a question in some documents: words of all passages, meaning of the best.

    Args:
        ledger: Where the passages are.
        recall: Asked for the nearest in meaning, where it is up to date; it is not brought there.
        document_ids: Which documents.
        question: In words.
        n: How many passages at most.
    """
    passages = documents.passages_of(ledger, document_ids, limit=MAX_COMPARED)
    return ranked(passages, question, n, _indexed(recall, passages, question))


def _indexed(recall: Recall, passages: Sequence[PassageView], question: str) -> frozenset[str]:
    """Return names of passages that the index holds to be near; none where it cannot say."""
    if len(passages) <= MAX_EMBEDDED or recall.backlog():
        return frozenset()
    try:
        hits = recall.search(question, NEAREST, "passage")
    except ServiceError:
        return frozenset()
    return frozenset(hit.ref for hit in hits[: MAX_EMBEDDED // 2])


def find_anywhere(ledger: Ledger, recall: Recall, question: str, n: int = 3) -> Finding:
    """Find what answers a question in all documents, by the index; by words where it fails."""
    try:
        recall.drain()
        hits = recall.search(question, NEAREST, "passage")
        found = documents.get_passages(ledger, [hit.ref for hit in hits])
        return ranked(list(found.values()), question, n)
    except ServiceError as error:
        ids = [one.id for one in documents.list_documents(ledger)]
        every = documents.passages_of(ledger, ids, limit=MAX_COMPARED)
        finding = ranked(every, question, n)
        return Finding(finding.found, f"The index was not used ({error}); words were compared.")


def ranked(
    passages: Sequence[PassageView], question: str, n: int, near_ones: frozenset[str] = frozenset()
) -> Finding:
    """Rank passages; those that do not speak of the matter are left out.

    Args:
        passages: What may answer.
        question: In words.
        n: How many to return at most.
        near_ones: Names of passages whose meaning is compared in any case.
    """
    words = Wording([one.text for one in passages]).scores(question)
    order = sorted(
        range(len(passages)), key=lambda i: (passages[i].ref not in near_ones, -words[i], i)
    )
    near, note = _nearness([passages[i].text for i in order[:MAX_EMBEDDED]], question)
    scored = []
    for i, cosine in zip(order, near, strict=False):
        least = LEAST_WITH_WORDS if words[i] > 0 else LEAST_ALONE
        if cosine >= least:
            scored.append((cosine + WORDS_COUNT * words[i], i))
    if not near:
        scored = [(words[i], i) for i in order if words[i] >= LEAST_WORDS]
    best = sorted(scored, key=lambda one: (-one[0], one[1]))[:n]
    return Finding(tuple(_quoted(passages[i], question, score) for score, i in best), note)


def _nearness(texts: Sequence[str], question: str) -> tuple[list[float], str]:
    """Return the cosine of each text to a question; none, and why, without an embedder."""
    if not texts:
        return [], ""
    if fix := embedder.missing():
        return [], f"Meanings were not compared ({fix}); words were."
    first, *others = embedder.embed([question, *(mark(text).text for text in texts)])
    return [sum(a * b for a, b in zip(first, each, strict=True)) for each in others], ""


def _quoted(passage: PassageView, question: str, score: float) -> Found:
    """Choose the sentence, or the row, that answers best, with the next one where there is room."""
    places = sentences(passage.text)
    texts = [passage.text[start:end] for start, end in places]
    words = Wording(texts).scores(question)
    near, _ = _nearness(texts, question)
    values = [w * WORDS_COUNT + c for w, c in zip(words, near or [0.0] * len(words), strict=True)]
    at = max(range(len(values)), key=lambda i: (values[i], -i))
    start, end = places[at]
    for _, stop in places[at + 1 :]:
        if "\n" in passage.text[start:stop] or stop - start > QUOTE_CHARS:
            break
        end = stop
    return Found(passage, start, min(end, start + QUOTE_CHARS), score)


def sentences(text: str) -> list[tuple[int, int]]:
    """Return the places of sentences; none goes over the end of a line."""
    found = []
    at = 0
    for line in text.split("\n"):
        found += [(at + m.start(), at + m.end()) for m in _SENTENCE.finditer(line)]
        at += len(line) + 1
    return found or [(0, len(text))]
