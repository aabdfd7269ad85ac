"""Questions to documents and to memory are told from questions to tools, clause by clause."""

import pytest

from heuresis.agent.planning.documents import Given, with_items
from heuresis.agent.planning.looks import Looks, looks_in
from heuresis.agent.understanding.understand import understand
from heuresis.memory.documents import DocumentView, Kind, NewItem


def given(label: str, kind: Kind, *items: NewItem) -> Given:
    name = label.upper()
    view = DocumentView(name, "d", "r", kind, "page", 1, 1, ("a note",), 0, "o", "at", "added")
    return Given(label, view, items, is_now=True)


PAPER, TABLE = given("file-1.pdf", "pdf"), given("file-2.csv", "table")


def looks(text: str, *documents: Given) -> Looks:
    return looks_in(understand(text), documents or (PAPER, TABLE))


@pytest.mark.parametrize(
    ("text", "query"),
    [
        ("What does the attached paper say about solubility?", "solubility"),
        ("According to the paper, which solvent was used?", "which solvent was used"),
        ("Does the pdf mention toxicity", "toxicity"),
        ("How was the band gap measured in this article?", "How was the band gap measured"),
        ("tell me what file-1.pdf says on annealing", "annealing"),
        ("quote the document on safety", "safety"),
    ],
)
def test_a_question_to_a_paper_is_a_look_into_it(text: str, query: str) -> None:
    found = looks(text)
    [step] = found.steps
    assert (step.query, step.scope, step.documents) == (
        query,
        "given",
        {"FILE-1.PDF": "file-1.pdf"},
    )
    assert found.is_all


def test_a_question_to_a_table_looks_into_the_table() -> None:
    [step] = looks("what does the table say about aspirin?").steps
    assert step.documents == {"FILE-2.CSV": "file-2.csv"}


@pytest.mark.parametrize(
    "text",
    [
        "QED of the molecules in the attached table",
        "keep those in the file with QED over 0.7",
        "What is the QED of aspirin?",
        "Rank the compounds of the paper by QED",
        "relax the attached structure",
        "Is this image good?",
        "who wrote the text on this image?",
        "report the TPSA of CCO",
        "for my report, the mass of aspirin please",
        "I need the logP of CCO for the paper",
        "write the QED of aspirin into my notes",
    ],
)
def test_what_tools_are_asked_is_no_look(text: str) -> None:
    found = looks(text)
    assert (found.steps, found.notes, found.rest) == ((), (), understand(text))


def test_a_clause_that_is_looked_up_is_taken_out_of_the_message() -> None:
    found = looks("What is the QED of CCO and what does the paper say about solubility?")
    assert [one.query for one in found.steps] == ["solubility"]
    assert [one.canonical for one in found.rest.of_kind("smiles")] == ["CCO"]
    assert [one.text for one in found.rest.of_kind("property")] == ["QED"]
    assert not found.is_all


@pytest.mark.parametrize(
    ("text", "scope"),
    [
        ("search my documents for perovskite stability", "documents"),
        ("What is the band gap reported in the literature?", "documents"),
        ("what do we know about caffeine?", "memory"),
        ("search memory for stiff oxides", "memory"),
    ],
)
def test_everything_can_be_asked(text: str, scope: str) -> None:
    [step] = looks(text).steps
    assert step.scope == scope


def test_molecules_are_looked_for_by_their_structure() -> None:
    [step] = looks("what do we know about phenol?").steps
    assert step.forms == ("Oc1ccccc1",)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("Summarise the attached paper", "summaries are not written here"),
        ("What does the paper say?", "about what?"),
        ("What does the paper say about it?", "about what?"),
    ],
)
def test_what_cannot_be_looked_up_is_said(text: str, why: str) -> None:
    found = looks(text)
    assert found.steps == ()
    assert why in found.notes[0]


def test_a_paper_that_is_not_there_is_said() -> None:
    found = looks_in(understand("What does the attached paper say about solubility?"))
    assert "no such document is attached" in found.notes[0]


def test_molecules_of_a_table_are_subjects_and_its_notes_are_said() -> None:
    table = given(
        "file-1.csv", "table", NewItem(2, "ethanol", "smiles", "CCO"), NewItem(3, wrong="x")
    )
    paper = given("file-2.pdf", "pdf", NewItem(1, "CCN", "smiles", "CCN"))
    subjects, notes = with_items((), (paper, table))
    assert [(one.label, one.value) for one in subjects] == [("ethanol", "CCO")]
    assert notes == ["file-1.csv (document FILE-1.CSV): a note."]
    assert [one.value for one in with_items((), (paper,))[0]] == ["CCN"]
