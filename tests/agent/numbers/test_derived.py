"""Differences and ratios of recorded numbers: value, unit, uncertainty, or the reason why not."""

import pytest
from numbers_ledger import OK, OTHER, PARTIAL

from heuresis.agent.numbers.derived import apart, derive
from heuresis.agent.numbers.references import DerivedRef, Mistake, parse, write_derived
from heuresis.agent.numbers.renderer import Sources, render
from heuresis.errors import RequestError
from heuresis.memory.campaigns import Number
from heuresis.memory.ledger import Ledger


def number(value: float, unit: str = "eV", std: float | None = None) -> Number:
    return Number(value, unit, std, None, None, None, None if std else "exact", "R", "p")


def test_the_uncertainty_of_a_difference_joins_both() -> None:
    made = derive("diff", number(5.0, std=0.3), number(2.0, std=0.4))
    assert (made.value, made.unit, made.std) == (3.0, "eV", pytest.approx(0.5))
    assert apart(number(5.0, std=0.3), number(2.0, std=0.4)) == pytest.approx(6.0)


def test_the_second_number_is_brought_to_the_unit_of_the_first() -> None:
    made = derive("diff", number(1.0, "eV", 0.1), number(500.0, "meV", 100.0))
    assert (made.value, made.unit) == (pytest.approx(0.5), "eV")
    assert made.std == pytest.approx(0.1 * 2**0.5)


def test_a_difference_of_temperatures_is_no_temperature() -> None:
    made = derive("diff", number(30.0, "degC"), number(20.0, "degC"), "K")
    assert made.value == pytest.approx(10.0)


def test_the_uncertainty_of_a_ratio_is_relative() -> None:
    made = derive("ratio", number(10.0, std=1.0), number(5.0, std=0.5))
    assert (made.value, made.unit) == (2.0, "1")
    assert made.std == pytest.approx(2 * (0.1**2 + 0.1**2) ** 0.5)


@pytest.mark.parametrize(
    ("first", "second", "why"),
    [
        (number(1.0), number(0.0), "got 0"),
        (number(1.0, "log10(mol/L)"), number(2.0, "log10(mol/L)"), "allowed: their difference"),
        (number(1.0, "eV"), number(2.0, "GPa"), "another kind"),
    ],
)
def test_a_ratio_that_means_nothing_is_refused(first: Number, second: Number, why: str) -> None:
    with pytest.raises(RequestError, match=why):
        derive("ratio", first, second)


def test_without_any_uncertainty_the_reasons_are_kept() -> None:
    made = derive("diff", number(3.0), number(1.0))
    assert (made.std, made.no_uncertainty) == (None, "exact")
    assert apart(number(3.0), number(1.0)) is None


def test_a_written_difference_is_read_back() -> None:
    text = write_derived("diff", (OK, "gap"), (PARTIAL, "gap"), unit="meV")
    [one] = parse(f"so {text}.").references
    assert isinstance(one, DerivedRef)
    assert (one.measure, one.first, one.second, one.unit) == (
        "diff", (OK, "gap"), (PARTIAL, "gap"), "meV",
    )  # fmt: skip


@pytest.mark.parametrize(
    "text",
    [
        f"{{{{diff:{OK}.gap}}}}",
        f"{{{{diff:{OK}|{PARTIAL}.gap}}}}",
        f"{{{{ratio:{OK}.gap|{PARTIAL}.gap|unit=eV}}}}",
        f"{{{{diff:{OK}.gap|{PARTIAL}.gap|colour=red}}}}",
    ],
)
def test_a_difference_without_two_numbers_is_a_mistake(text: str) -> None:
    parsed = parse(text)
    assert parsed.references == ()
    assert [type(one) for one in parsed.mistakes] == [Mistake]


def test_a_difference_is_filled_from_the_ledger(ledger: Ledger, sources: Sources) -> None:
    shown = render(write_derived("diff", (OK, "gap"), (PARTIAL, "gap")), ledger, sources)
    assert shown.text == "0.00 ± 0.17 eV"
    [fill] = shown.fills
    assert (fill.kind, fill.run_id, fill.other) == ("derived", OK, f"{PARTIAL}.gap")


def test_a_run_of_another_session_gives_no_difference(ledger: Ledger, sources: Sources) -> None:
    shown = render(write_derived("diff", (OK, "gap"), (OTHER, "gap")), ledger, sources)
    assert shown.fills == ()
    assert "not one this answer may use" in shown.text


def test_where_one_of_both_is_unsure_it_is_said(ledger: Ledger, sources: Sources) -> None:
    shown = render(write_derived("ratio", (OK, "share"), (OK, "rings")), ledger, sources)
    assert "of one of both no uncertainty is stated" in shown.text
