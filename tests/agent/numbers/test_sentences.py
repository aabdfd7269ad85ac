"""Adversarial sentences: every free number is found, and nothing else is."""

import pytest
from held_out import CLEAN as CLEAN_LATER
from held_out import FREE as FREE_LATER
from held_out_again import CLEAN as CLEAN_LAST
from held_out_again import FREE as FREE_LAST
from sentences import CLEAN, FREE, NAMES, SAID, written

from heuresis.agent.numbers.gate import gate


def flat(*sets: dict[str, list[str]]) -> list[str]:
    return [written(text) for one in sets for texts in one.values() for text in texts]


@pytest.mark.parametrize("text", flat(FREE, FREE_LATER, FREE_LAST))
def test_a_free_number_is_found(text: str) -> None:
    assert gate(text, said=(SAID,), names=NAMES).is_refused


@pytest.mark.parametrize("text", flat(CLEAN, CLEAN_LATER, CLEAN_LAST))
def test_a_sentence_without_one_passes(text: str) -> None:
    assert not gate(text, said=(SAID,), names=NAMES).flags


def test_there_are_enough_of_both() -> None:
    assert len(flat(FREE, FREE_LATER, FREE_LAST)) >= 200
    assert len(flat(CLEAN, CLEAN_LATER, CLEAN_LAST)) >= 200


@pytest.mark.parametrize(
    "text",
    [
        "The gap is \u043f\u044f\u0442\u044c eV.",  # five, in Russian
        "The gap is lO eV.",  # letters that look like digits
        "The dipole moment is 3D.",  # reads as three-dimensional
        "Section 7 is the gap in eV.",  # reads as a part of a text
        "It is several times stiffer.",  # no numeral
    ],
)
def test_known_limits_what_passes(text: str) -> None:
    assert not gate(text).flags


@pytest.mark.parametrize(
    "text", ["At least one candidate must be given.", "Four-letter words are none.", "C18 column"]
)
def test_known_limits_what_is_flagged_for_nothing(text: str) -> None:
    assert gate(text).flags
