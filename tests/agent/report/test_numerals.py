"""Numbers are rounded by their uncertainty and keep their unit."""

import pytest

from heuresis.agent.report.forecast import rank_correlation, spearman
from heuresis.agent.report.numerals import plain, show, show_difference, std_of
from heuresis.memory.campaigns import Number


def number(value: float, std: float | None = None, **more: float) -> Number:
    why = None if std is not None or more else "exact"
    parts = {"low": None, "high": None, "level": None, **more}
    return Number(
        value=value, unit="eV", std=std, no_uncertainty=why, run_id="R", path="p", **parts
    )


@pytest.mark.parametrize(
    ("value", "std", "text"),
    [
        (-2.3142, 0.36, "\N{MINUS SIGN}2.3 ± 0.4"),
        (-2.3142, 0.123, "\N{MINUS SIGN}2.31 ± 0.12"),
        (1234.5, 120.0, "1230 ± 120"),
        (0.0, 0.5, "0.0 ± 0.5"),
        (-0.001, 0.5, "0.0 ± 0.5"),
        (3.2e-7, 1.1e-8, "(3.20 ± 0.11) \N{MULTIPLICATION SIGN} 10⁻⁷"),
        (9.99, 0.0999, "9.99 ± 0.10"),
        (5.0, 0.0, "5"),
    ],
)
def test_digits_follow_the_uncertainty(value: float, std: float, text: str) -> None:
    shown = show(number(value, std))
    assert (shown.text, shown.unit, shown.run_ids) == (text, "eV", ("R",))


def test_an_interval_is_shown_with_its_level() -> None:
    shown = show(number(1.234, low=1.0, high=1.5, level=0.95))
    assert (shown.text, shown.note) == ("1.23 [1.00, 1.50]", "95% interval")


def test_an_interval_counts_as_a_standard_deviation() -> None:
    assert std_of(number(0.0, low=-1.96, high=1.96, level=0.95)) == pytest.approx(1.0, abs=1e-3)


def test_no_uncertainty_is_said_with_its_reason() -> None:
    assert show(number(1.23456)).note == "no uncertainty: exact"


def test_a_difference_joins_both_uncertainties() -> None:
    assert show_difference(number(2.0, 0.3), number(1.0, 0.4)).text == "+1.0 ± 0.5"
    assert show_difference(number(1.0), number(2.5)).text == "\N{MINUS SIGN}1.500"


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.0, "0"),
        (9.0, "9"),
        (0.12345, "0.1235"),
        (2.5e8, "2.500 \N{MULTIPLICATION SIGN} 10⁸"),
        (-4e-5, "\N{MINUS SIGN}4.000 \N{MULTIPLICATION SIGN} 10⁻⁵"),
    ],
)
def test_a_bare_number_has_four_digits(value: float, text: str) -> None:
    assert plain(value) == text


def test_rank_correlation_knows_order_ties_and_too_little() -> None:
    assert rank_correlation([(i, i**3) for i in range(6)]) == pytest.approx(1.0)
    assert rank_correlation([(1, 1), (1, 2), (2, 3), (3, 3)]) == pytest.approx(0.8889, abs=1e-3)
    assert rank_correlation([(1, 1), (1, 2), (1, 3), (1, 4)]) is None
    assert "Too few" in spearman([(0.1, 0.2)])
