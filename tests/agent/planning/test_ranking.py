"""Tools that a message is about: by meaning, by the words of cards, and by their names."""

import time

import pytest

from heuresis.agent.planning import ranking
from heuresis.agent.planning.ranking import rank, readers_of
from heuresis.errors import RequestError
from heuresis.memory import embedder


def test_a_tool_named_in_the_text_comes_first() -> None:
    assert rank("what does crystal.relax need?", 3)[0] == "crystal.relax"


def test_a_quantity_brings_the_tool_that_tells_it() -> None:
    assert rank("how soluble is it in water", 1) == ["molecule.admet"]


@pytest.mark.parametrize(
    ("text", "tool"),
    [
        ("spoil a photograph on purpose", "image.degrade"),
        ("does the compound fall apart into other phases", "crystal.stability"),
        ("outline every object in the picture", "vision.segment"),
    ],
)
def test_meaning_finds_what_no_rule_names(text: str, tool: str) -> None:
    assert tool in rank(text, 2)


def test_no_more_are_returned_than_asked_for_and_none_twice() -> None:
    found = rank("molecule", 5)
    assert len(found) == len(set(found)) == 5
    with pytest.raises(RequestError, match="got 0"):
        rank("molecule", 0)


def test_without_the_embedder_rules_still_rank(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(embedder, "missing", lambda: "no torch")
    assert ranking.alike("anything") == {}
    assert rank("TPSA please", 1) == ["molecule.describe"]


def test_readers_bring_what_people_write_to_what_tools_take() -> None:
    assert readers_of(["molecule.admet"]) == ["molecule.parse"]
    assert readers_of(["medical.quality"]) == ["image.read"]


def test_a_text_is_embedded_once() -> None:
    text = "a sentence that nobody said before"
    rank(text, 1)
    began = time.perf_counter()
    rank(text, 1)
    assert time.perf_counter() - began < 0.05
