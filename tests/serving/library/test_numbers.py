"""Numbers are found by name, and limits are brought into their units."""

import letters
import pytest

from heuresis.contract import Frozen, Quantity, Response, Smiles
from heuresis.errors import RequestError
from heuresis.serving.library.expression import decide, parse, spelled
from heuresis.serving.library.numbers import bound, named, numbers_of, used


class Inner(Frozen):
    depth: Quantity
    listed: tuple[Quantity, ...]


class Nested(Response):
    inner: Inner
    ends: dict[str, Quantity]
    mass: Quantity
    density: Quantity


METRE = Quantity.exact(1.0, "m")
NESTED = Nested(
    inner=Inner(depth=METRE, listed=(METRE,)),
    ends={"a.b": METRE},
    mass=Quantity.exact(2.0, "kDa"),
    density=Quantity.exact(2.0, "g/cm3"),
)
[LETTERS] = letters.LETTERS.backends[0].run([letters.LettersRequest(smiles=Smiles("cco"))])
KNOWN = numbers_of("test.letters", LETTERS) + numbers_of("test.nested", NESTED)


def test_quantities_counts_and_truths_are_listed_but_nothing_in_lists() -> None:
    assert [(one.path, one.kind, one.unit) for one in KNOWN] == [
        ("test.letters.mass", "number", "Da"),
        ("test.letters.spread", "number", "1"),
        ("test.letters.n_letters", "count", ""),
        ("test.letters.is_odd", "truth", ""),
        ("test.nested.inner.depth", "number", "m"),
        ("test.nested.ends.a.b", "number", "m"),
        ("test.nested.mass", "number", "kDa"),
        ("test.nested.density", "number", "g/cm3"),
    ]


def test_a_value_is_read_back_by_its_steps() -> None:
    assert [one.of(LETTERS) for one in KNOWN[:4]] == [3.0, pytest.approx(1 / 3), 3, True]
    assert [one.of(NESTED) for one in KNOWN[4:]] == [1.0, 1.0, 2.0, 2.0]
    without = LETTERS.model_copy(update={"spread": None})
    assert KNOWN[1].of(without) is None


def test_a_name_is_enough_where_it_means_one_number() -> None:
    assert named("n_letters", KNOWN).path == "test.letters.n_letters"
    assert named("test.nested.mass", KNOWN).unit == "kDa"
    with pytest.raises(RequestError, match="end of several names, allowed: test.letters.mass"):
        named("mass", KNOWN)
    with pytest.raises(RequestError, match="unknown name, allowed: test.letters.mass"):
        named("colour", KNOWN)


def test_limits_are_brought_into_the_units_of_their_numbers() -> None:
    tree = bound(parse("test.letters.mass < 0.5 kDa and depth > 20 cm"), KNOWN)
    assert spelled(tree) == "(test.letters.mass < 500.0) and (test.nested.inner.depth > 0.2)"
    assert [one.path for one in used(tree, KNOWN)] == [
        "test.letters.mass", "test.nested.inner.depth",
    ]  # fmt: skip
    assert decide(tree, {"test.letters.mass": 499.0, "test.nested.inner.depth": 0.3}) is True


@pytest.mark.parametrize("unit", ["kg/m3", "kg/m^3", "kg/m³"])
def test_powers_may_be_spelled_in_any_way(unit: str) -> None:
    assert spelled(bound(parse(f"density > 500 {unit}"), KNOWN)) == "test.nested.density > 0.5"


@pytest.mark.parametrize(
    ("text", "match"),
    [
        ("depth > 2 kg", "got a limit in 'kg', allowed: m"),
        ("depth > 2 quux", "got a limit in 'quux', allowed: m"),
        ("n_letters > 2 m", "allowed: no unit"),
        ("is_odd == 1", "allowed: true or false"),
        ("n_letters == true", "allowed: a number"),
    ],
)
def test_limits_that_do_not_fit_are_refused(text: str, match: str) -> None:
    with pytest.raises(RequestError, match=match):
        bound(parse(text), KNOWN)
