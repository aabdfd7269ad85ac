"""What every card must tell a person before he believes the tool."""

import re
from typing import Any

import pytest

from heuresis.contract import Cost, Tool
from heuresis.tools import registry

SOURCE = re.compile(r"doi:\S|10\.\d{4,}/|arXiv|https?://|ISBN|\(\d{4}\)|\b(19|20)\d\d\b", re.I)
# The first request of a process loads libraries, or starts a Java machine.
LONGEST_S = {Cost.FREE: 60, Cost.CHEAP: 300, Cost.MODERATE: 1800, Cost.DEAR: 24 * 3600}

every_tool = pytest.mark.parametrize("name", registry.BUILT_IN)


def card_and_tool(name: str) -> tuple[Any, Tool[Any, Any]]:
    tool = registry.load(name)
    return tool.card, tool


@every_tool
def test_a_card_is_filled_in(name: str) -> None:
    card, _ = card_and_tool(name)
    for field in ("summary", "licence_code", "licence_weights", "domain", "accuracy"):
        text = getattr(card, field)
        assert text.strip() == text, field
        assert len(text) > 2, field
        assert text.lower() not in ("todo", "tbd", "n/a", "none"), field
    assert card.failures
    assert card.keywords
    assert all(len(failure) > 10 for failure in card.failures)


@every_tool
def test_a_card_has_the_name_it_is_listed_under(name: str) -> None:
    card, _ = card_and_tool(name)
    assert card.name == name
    assert card.summary.endswith(".")
    assert "\n" not in card.summary


@every_tool
def test_a_card_says_where_the_method_was_published(name: str) -> None:
    card, _ = card_and_tool(name)
    assert any(SOURCE.search(citation) for citation in card.citations), card.citations


@every_tool
def test_weights_have_a_licence_and_training_data(name: str) -> None:
    card, tool = card_and_tool(name)
    if not any(backend.kind == "weights" for backend in tool.backends):
        return
    assert "none used" not in card.licence_weights
    assert card.training_data
    for data in card.training_data:
        assert data.name
        assert data.licence
        assert data.split


@every_tool
def test_accuracy_is_a_number_or_a_reason(name: str) -> None:
    card, _ = card_and_tool(name)
    assert re.search(r"\d|exact|not measured|definition", card.accuracy), card.accuracy


@every_tool
def test_the_longest_time_fits_the_cost(name: str) -> None:
    card, _ = card_and_tool(name)
    assert 0 < card.timeout_s <= LONGEST_S[card.cost]


@every_tool
def test_keywords_are_words_and_not_repeated(name: str) -> None:
    card, _ = card_and_tool(name)
    assert len(set(card.keywords)) == len(card.keywords)
    assert all(word == word.strip() != "" for word in card.keywords)
