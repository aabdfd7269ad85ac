"""A number of a document stands only inside its quotation, byte for byte, with its place."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from heuresis.agent.numbers.answer import settle
from heuresis.agent.numbers.references import PassageRef, parse, write_passage
from heuresis.agent.numbers.renderer import Sources
from heuresis.agent.numbers.verdict import Flaw, Mode
from heuresis.memory import documents
from heuresis.memory.documents import NewDocument, NewPassage
from heuresis.memory.ledger import Ledger

WORDS = "The solubility was 14.7 mg/mL at 25 C. {{run:01ARZ3NDEKTSV4RRFFQ69G5FAV.qed}} is 7."
OTHER = "Nobody measured 99.9 percent."


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    opened = Ledger(f"sqlite:///{tmp_path}/ledger.sqlite3")
    yield opened
    opened.close()


@pytest.fixture
def paper(ledger: Ledger) -> str:
    passages = (NewPassage(3, 3, WORDS, WORDS), NewPassage(4, 4, OTHER, OTHER))
    new = NewDocument("sha256:1", "pdf-1", "pdf", "page", 4, 9, (), passages)
    return documents.enter(ledger, new, "test")


def sources(paper: str) -> Sources:
    return Sources(frozenset(), documents={paper: "file-1.pdf"})


def test_a_reference_is_filled_with_the_words_and_their_place(ledger: Ledger, paper: str) -> None:
    settled = settle(f"> {write_passage(f'{paper}.1', 0, 38)}", ledger, sources(paper))
    assert settled.text == "> “The solubility was 14.7 mg/mL at 25 C.” [file-1.pdf, page 3]"
    assert settled.verdict.count == 0
    [fill] = settled.fills
    assert (fill.kind, fill.run_id, fill.path) == ("passage", paper, "1")


def test_braces_in_a_document_are_no_references(ledger: Ledger, paper: str) -> None:
    settled = settle(write_passage(f"{paper}.1", 0, len(WORDS)), ledger, sources(paper))
    assert WORDS in settled.text
    assert settled.verdict.count == 0


@pytest.mark.parametrize(
    ("ref", "why"),
    [
        ("{paper}.9:0-5", "no such passage"),
        ("{paper}.1:0-5000", "got the characters 0-5000, allowed: 0-"),
        ("{paper}.1:9-9", "got the characters 9-9"),
        ("01ARZ3NDEKTSV4RRFFQ69G5FAV.1:0-5", "not one this answer may quote"),
    ],
)
def test_a_reference_to_what_is_not_there_is_refused(
    ledger: Ledger, paper: str, ref: str, why: str
) -> None:
    draft = "{{passage:" + ref.format(paper=paper) + "}}"
    settled = settle(draft, ledger, sources(paper), Mode.LENIENT)
    assert why in settled.text
    assert settled.verdict.flags[0].flaw == Flaw.REFUSED


def test_a_quotation_that_is_written_out_stands_if_it_is_in_the_passage(
    ledger: Ledger, paper: str
) -> None:
    draft = 'It says "solubility was 14.7 mg/mL" [file-1.pdf, page 3].'
    settled = settle(draft, ledger, sources(paper))
    assert settled.text == draft
    assert settled.verdict.count == 0


@pytest.mark.parametrize(
    "draft",
    [
        'It says "solubility was 14.8 mg/mL" [file-1.pdf, page 3].',  # another number
        'It says "solubility was  14.7 mg/mL" [file-1.pdf, page 3].',  # another byte
        'It says "solubility was 14.7 mg/mL" [file-1.pdf, page 4].',  # another page
        'It says "Nobody liked it" [file-1.pdf, page 4].',  # invented words without a number
    ],
)
def test_a_quotation_that_is_not_in_the_passage_is_flagged(
    ledger: Ledger, paper: str, draft: str
) -> None:
    verdict = settle(draft, ledger, sources(paper)).verdict
    assert verdict.is_refused
    assert Flaw.MISQUOTED in {flag.flaw for flag in verdict.flags}


@pytest.mark.parametrize(
    "draft",
    [
        "The solubility was 14.7 mg/mL.",  # no quotation
        '"solubility was 14.7 mg/mL"',  # no place
        '"solubility was 14.7 mg/mL" [file-2.pdf, page 3]',  # a document of nobody
        '"solubility was 14.7 mg/mL" [file-1.pdf, page 3], so 14.7 mg/mL it is.',  # again, outside
    ],
)
def test_its_number_stands_nowhere_else(ledger: Ledger, paper: str, draft: str) -> None:
    assert settle(draft, ledger, sources(paper)).verdict.is_refused


def test_the_reference_is_parsed_and_written_alike() -> None:
    ref = "01ARZ3NDEKTSV4RRFFQ69G5FAV.12"
    [one] = parse(write_passage(ref, 3, 40)).references
    assert isinstance(one, PassageRef)
    assert (one.ref, one.first, one.last) == (ref, 3, 40)
    assert parse("{{passage:" + ref + "|x=1}}").references == ()
