"""Questions find the passage that answers them, or nothing; what is quoted is in it."""

from pathlib import Path

import pytest

from heuresis.agent.documents.finding import find_in, ranked, sentences
from heuresis.agent.documents.wording import Wording, stems
from heuresis.memory import documents, embedder
from heuresis.memory.documents import NewDocument, NewPassage, PassageView
from heuresis.memory.ledger import Ledger
from heuresis.memory.recall import Recall

TEXTS = (
    "Paracetamol forms monoclinic crystals from ethanol. The aqueous solubility of paracetamol was "
    "14.7 mg/mL at 25 C. Tablets were pressed at 120 MPa without capping.",
    "Dissolution was followed by ultraviolet absorption. Three students stirred the vessels.",
    "Mice were given 50 mg/kg daily. No adverse effects on the liver were seen.",
    "We thank the foundation for funding. The authors declare no conflict of interest.",
    "The band gap of the oxide films is 3.2 eV. Annealing narrowed it to 3.0 eV.",
)
PASSAGES = [PassageView("D", n, n, n, text, "page") for n, text in enumerate(TEXTS, start=1)]
QUESTIONS = {
    "solubility": 1,
    "how soluble is paracetamol": 1,
    "crystal form": 1,
    "side effects on organs": 3,
    "conflicts of interest": 4,
    "band gap": 5,
}


@pytest.mark.parametrize("question", QUESTIONS)
def test_the_passage_that_answers_comes_first(question: str) -> None:
    first, *_ = ranked(PASSAGES, question, 3).found
    assert first.passage.number == QUESTIONS[question]
    assert first.quote in first.passage.text


@pytest.mark.parametrize("question", ["machine learning", "glacier retreat", "a poem of the sea"])
def test_a_question_that_nothing_answers_finds_nothing(question: str) -> None:
    assert ranked(PASSAGES, question, 3).found == ()


def test_without_an_embedder_words_are_compared_and_it_is_said(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(embedder, "missing", lambda: "no torch: pip install it")
    finding = ranked(PASSAGES, "band gap", 3)
    assert [one.passage.number for one in finding.found] == [5]
    assert "Meanings were not compared (no torch" in finding.note
    assert ranked(PASSAGES, "machine learning", 3).found == ()


def test_in_a_long_document_the_index_names_what_words_do_not(tmp_path: Path) -> None:
    ledger = Ledger(f"sqlite:///{tmp_path}/ledger.sqlite3")
    filler = [f"Chapter {word} is about nothing." for word in "abcdefghijklmnopqrstuvwxyz" * 2]
    texts = [*filler, "Mice showed no adverse effects on the liver."]
    passages = tuple(NewPassage(n, n, text, text) for n, text in enumerate(texts, start=1))
    new = NewDocument("sha256:1", "pdf-1", "pdf", "page", 53, 9, (), passages)
    document_id = documents.enter(ledger, new, "test")
    recall = Recall(ledger, str(tmp_path / "recall"))
    assert find_in(ledger, recall, [document_id], "hepatic side reactions in rodents").found == ()
    recall.drain()
    [best, *_] = find_in(ledger, recall, [document_id], "hepatic side reactions in rodents").found
    assert best.passage.number == len(texts)
    ledger.close()


def test_rare_words_count_more_than_common_ones() -> None:
    texts = ["oxide film", "oxide glass", "oxide powder", "oxide film of gallium"]
    scores = Wording(texts).scores("gallium oxide")
    assert max(range(4), key=scores.__getitem__) == 3
    assert Wording([]).scores("anything") == []


def test_endings_do_not_matter_and_empty_words_are_left_out() -> None:
    assert stems("What does the paper say about melting?") == stems("melts") == ["melt"]


def test_sentences_lie_on_one_line_and_cover_all_words() -> None:
    text = "One is 1.5 mg. Two follows!\nA row: x.\n"
    assert [text[a:b] for a, b in sentences(text)] == [
        "One is 1.5 mg.",
        "Two follows!",
        "A row: x.",
    ]
