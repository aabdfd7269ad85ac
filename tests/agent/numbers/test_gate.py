# ruff: noqa: RUF001  # numbers as they are printed
"""The gate names each free numeral with its place, and each excused one with the reason."""

import time

import pytest
from sentences import NAMES, SAID, written

from heuresis.agent.numbers.gate import gate
from heuresis.agent.numbers.verdict import Excuse, Flaw, Mode


@pytest.mark.parametrize(
    ("text", "found", "flaw"),
    [
        ("It is 5.2 eV.", "5.2", Flaw.DIGITS),
        ("It is 1 × 10⁻³ eV.", "1 × 10⁻³", Flaw.DIGITS),
        ("It is 2–5 eV.", "2–5", Flaw.DIGITS),
        ("It is 4**2** eV.", "4**2", Flaw.DIGITS),
        ("It is one hundred and five.", "one hundred and five", Flaw.WORD),
        ("It is XIV eV.", "XIV", Flaw.ROMAN),
        ("It is [here](http://a.org/5).", "](http://a.org/5)", Flaw.HIDDEN),
        ("It is -@R.", "-@R", Flaw.ALTERED),
        ("It is {{42}}.", "{{42}}", Flaw.MALFORMED),
    ],
)
def test_a_flag_says_where_and_why(text: str, found: str, flaw: Flaw) -> None:
    source = written(text)
    (flag,) = gate(source).flags
    assert source[flag.start : flag.end] == written(found)
    assert flag.flaw == flaw
    assert flag.reason


@pytest.mark.parametrize(
    ("text", "numeral", "excuse"),
    [
        ("2-methylpropan-2-ol is it", "2-methylpropan-2-ol", Excuse.CHEMICAL_NAME),
        ("It is H2O.", "H2O", Excuse.FORMULA),
        ("It is c1ccccc1.", "c1ccccc1", Excuse.CODE),
        ("It is Fm-3m.", "Fm-3m", Excuse.SPACE_GROUP),
        ("Space group 225", "225", Excuse.SPACE_GROUP),
        ("the (111) surface", "111", Excuse.PLANE),
        ("by GFN2-xTB", "GFN2-xTB", Excuse.TERM),
        ("in Å3", "Å3", Excuse.UNIT),
        ("It is mp-149.", "mp-149", Excuse.IDENTIFIER),
        ("with v2.1.0", "v2.1.0", Excuse.VERSION),
        ("Sources:\ndoi:10.1021/ci034243x", "doi:10.1021/ci034243x", Excuse.CITATION),
        ("1. First", "1", Excuse.LIST_MARKER),
        ("## 1. Results", "1", Excuse.SECTION),
        ("See table 2.", "2", Excuse.LABEL),
        ("The second one", "second", Excuse.ORDINAL),
        ("This one is.", "one", Excuse.PRONOUN),
        ("The Aldol-7 catalyst", "Aldol-7 catalyst", Excuse.NAME),
        ("at most 3 rings", "3", Excuse.QUOTED),
    ],
)
def test_an_excuse_says_where_and_why(text: str, numeral: str, excuse: Excuse) -> None:
    verdict = gate(text, said=(SAID,), names=NAMES)
    assert not verdict.flags
    assert (numeral, excuse) in [(text[e.start : e.end], e.excuse) for e in verdict.excused]


def test_strict_refuses_with_a_sentence_for_the_composer() -> None:
    verdict = gate("Of 12 runs, twice 3 failed.", mode=Mode.STRICT)
    assert verdict.is_refused
    assert verdict.count == 3
    assert "holds 3 numerals without a source: '12': no run gave it" in verdict.message
    assert "{{run:ID.path}}" in verdict.message


def test_lenient_marks_each_in_its_place() -> None:
    verdict = gate("Of 12 runs, **for**ty failed.", mode=Mode.LENIENT)
    assert not verdict.is_refused
    assert verdict.shown == "Of ⟨unsourced: 12⟩ runs, **⟨unsourced: forty⟩ failed."


def test_a_marked_attribute_is_shown_and_is_no_markup_any_more() -> None:
    verdict = gate('<b title="5 eV">x</b>', mode=Mode.LENIENT)
    assert verdict.shown == '⟨unsourced: title="5 eV"⟩x</b>'


def test_a_clean_answer_is_left_alone() -> None:
    text = written("The gap of LiCoO2 is @R, see @L.")
    verdict = gate(text)
    assert (verdict.shown, verdict.count, verdict.message) == (text, 0, "")


def test_a_name_that_is_a_quantity_excuses_nothing() -> None:
    assert gate("It is 5 eV.", names=("5 eV", "5", "12 candidates", "", "*")).flags


@pytest.mark.parametrize(
    ("said", "answer", "is_found"),
    [
        ("below 300 g/mol", "It is 300 g/mol.", False),
        ("below 300 g/mol", "It is 300 kg/mol.", True),
        ("below 300 g/mol", "It is 301 g/mol.", True),
        ("below **300** g/mol", "below 300 g/mol", False),
        ("three rings", "3 rings", False),
        ("logS above -2.5", "logS above -2.50", False),
        ("logS above -2.5", "logS above 2.5", True),
        ("2-5 eV", "2–5 eV", False),
        ("it is 5", "it is 5", True),
        ("take 5%", "5% it is", False),
        ("", "5", True),
    ],
)
def test_only_the_users_own_numeral_beside_the_same_word_is_a_quote(
    said: str, answer: str, is_found: bool
) -> None:
    assert bool(gate(answer, said=(said,)).flags) == is_found


def test_two_hundred_words_are_judged_in_a_few_milliseconds() -> None:
    text = written("The gap of LiCoO2 is @R, less than that of 2-methylpropan-2-ol (see @L). " * 15)
    gate(text)
    best = min(_seconds(text) for _ in range(20))
    assert best < 0.010  # 1.4 ms where nothing else runs


def _seconds(text: str) -> float:
    begin = time.perf_counter()
    gate(text)
    return time.perf_counter() - begin
