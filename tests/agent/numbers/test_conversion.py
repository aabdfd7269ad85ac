"""Units change value and uncertainty together, or not at all."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from heuresis.agent.numbers.conversion import convert
from heuresis.errors import RequestError
from heuresis.memory.campaigns import Number


def number(value: float, unit: str, **parts: float) -> Number:
    empty = {"std": None, "low": None, "high": None, "level": None}
    return Number(value=value, unit=unit, no_uncertainty=None, run_id="R", path="p",
                  **{**empty, **parts})  # fmt: skip


@pytest.mark.parametrize(
    ("value", "old", "new", "expected"),
    [
        (1.0, "eV", "kcal/mol", 23.0605478),
        (1.0, "eV", "kJ/mol", 96.4853321),
        (23.0605478, "kcal/mol", "eV", 1.0),
        (1.0, "kcal/mol", "kJ mol-1", 4.184),
        (1.0, "eV/atom", "meV/atom", 1000.0),
        (10.0, "Å3/atom", "nm3/atom", 0.01),
        (10.0, "Å3/atom", "Å^3/atom", 10.0),
        (100.0, "GPa", "kbar", 1000.0),
        (300.0, "K", "°C", 26.85),
        (0.5, "1", "%", 50.0),
        (180.0, "g/mol", "Da", 180.0),
        (1.0, "Å2", "nm2", 0.01),
        (180.0, "degree", "rad", math.pi),
        (1.0, "1/Å", "cm-1", 1e8),
        (1.0, "Ha", "eV", 27.2113862),
    ],
)
def test_known_values(value: float, old: str, new: str, expected: float) -> None:
    got = convert(number(value, old, std=0.0), new)
    assert got.value == pytest.approx(expected, rel=1e-6)
    assert got.unit == new


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        ("log10(mol/L)", "mol/L", "a logarithm"),
        ("eV", "log10(eV)", "a logarithm"),
        ("dB", "1", "a logarithm"),
        ("eV/atom", "kcal/mol", "per atom is neither per mole nor per cell"),
        ("eV/atom", "eV", "per atom"),
        ("px", "cm", "another kind"),
        ("HU", "1", "not converted here"),
        ("eV", "K", "another kind"),
        ("degree", "%", "another kind"),
        ("eV", "furlong", "not converted here"),
        ("eV", "eV)(", "not converted here"),
        ("eV", "m99", "not converted here"),
        ("m", "((((((m", "not converted here"),
    ],
)
def test_what_cannot_be_converted_says_why(old: str, new: str, reason: str) -> None:
    with pytest.raises(RequestError, match="unit") as error:
        convert(number(1.0, old, std=0.1), new)
    assert reason in str(error.value)


def test_any_unit_stays_as_it_is_when_asked_for() -> None:
    same = number(1.0, "log10(cm/s)", std=0.1)
    assert convert(same, "log10(cm/s)") is same


def test_an_offset_moves_the_value_and_not_its_uncertainty() -> None:
    got = convert(number(300.0, "K", std=2.0, low=296.0, high=304.0, level=0.95), "°C")
    assert got.std == pytest.approx(2.0)
    assert (got.low, got.high) == (pytest.approx(22.85), pytest.approx(30.85))


@given(
    st.floats(-1e6, 1e6),
    st.floats(0, 1e3),
    st.sampled_from([("eV", "kJ/mol"), ("GPa", "bar"), ("Å", "bohr"), ("K", "°C"), ("1", "ppm")]),
)
def test_there_and_back_is_the_same_number(
    value: float, std: float, units: tuple[str, str]
) -> None:
    here = number(value, units[0], std=std)
    back = convert(convert(here, units[1]), units[0])
    assert back.value == pytest.approx(value, rel=1e-9, abs=1e-9)
    assert back.std == pytest.approx(std, rel=1e-9, abs=1e-12)


@given(st.text(max_size=40))
def test_no_unit_makes_it_crash(unit: str) -> None:
    try:
        convert(number(1.0, "eV", std=0.1), unit)
    except RequestError as error:
        assert "allowed" in str(error)
