"""What to keep: read into a tree, never run, and unknown where a number is missing."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from heuresis.errors import RequestError
from heuresis.serving.library.expression import (
    COMPARE,
    Comparison,
    Joined,
    Node,
    Not,
    comparisons,
    decide,
    parse,
    spelled,
)

PATHS = ("a", "log_p", "molecule.describe.log_p", "end_points.NR-AR", "modes[2].e")
UNITS = ("", "Da", "Å^2", "eV/atom", "log10(mol/L)", "%")
limits = st.floats(allow_nan=False, allow_infinity=False) | st.booleans()


@st.composite
def compared(draw: st.DrawFn) -> Comparison:
    limit = draw(limits)
    if isinstance(limit, bool):
        return Comparison(draw(st.sampled_from(PATHS)), draw(st.sampled_from(("==", "!="))), limit)
    sign, unit = draw(st.sampled_from(sorted(COMPARE))), draw(st.sampled_from(UNITS))
    return Comparison(draw(st.sampled_from(PATHS)), sign, limit, unit)


def nodes() -> st.SearchStrategy[Node]:
    def larger(inner: st.SearchStrategy[Node]) -> st.SearchStrategy[Node]:
        joined = st.builds(
            Joined,
            st.sampled_from(("and", "or")),
            st.lists(inner, min_size=2, max_size=4).map(tuple),
        )
        return joined | st.builds(Not, inner)

    return st.recursive(compared(), larger, max_leaves=12)


@given(nodes())
def test_what_is_spelled_reads_back_as_what_it_was(node: Node) -> None:
    assert spelled(parse(spelled(node))) == spelled(node)
    assert list(comparisons(parse(spelled(node)))) == list(comparisons(node))


@given(nodes(), st.fixed_dictionaries({path: st.floats(-3, 3) | st.none() for path in PATHS}))
def test_a_decision_is_the_same_after_reading_back(
    node: Node, numbers: dict[str, float | None]
) -> None:
    assert decide(parse(spelled(node)), numbers) == decide(node, numbers)


@given(nodes(), st.fixed_dictionaries({path: st.floats(-3, 3) for path in PATHS}))
def test_what_is_decided_without_a_number_stays_so_with_it(
    node: Node, numbers: dict[str, float]
) -> None:
    for path in PATHS:
        before = decide(node, {**numbers, path: None})
        assert before is None or before == decide(node, numbers)


@given(st.text(max_size=60))
def test_any_text_is_read_or_refused_as_the_callers_mistake(text: str) -> None:
    try:
        found = parse(text)
    except RequestError as error:
        assert "allowed" in str(error)
    else:
        assert list(comparisons(found))


@pytest.mark.parametrize(
    ("text", "means"),
    [
        ("a < 5", Comparison("a", "<", 5.0)),
        ("5 Da > a", Comparison("a", "<", 5.0, "Da")),
        ("a>=-1e3Da", Comparison("a", ">=", -1000.0, "Da")),
        ("a < 5 log10(mol/L)", Comparison("a", "<", 5.0, "log10(mol/L)")),
        ("(a < 5 kJ/mol)", Comparison("a", "<", 5.0, "kJ/mol")),
        ("is_listed == true", Comparison("is_listed", "==", True)),
        ("not not a < 5", Comparison("a", "<", 5.0)),
    ],
)
def test_comparisons_are_read_as_people_write_them(text: str, means: Node) -> None:
    assert parse(text) == means


def test_and_binds_closer_than_or_and_not_closest() -> None:
    found = parse("a < 1 or not a < 2 and a < 3")
    first, second, third = (Comparison("a", "<", n) for n in (1.0, 2.0, 3.0))
    assert found == Joined("or", (first, Joined("and", (Not(second), third))))


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "its end"),
        ("a", "a comparison"),
        ("a = 5", "equality is '=='"),
        ("a < ", "its end"),
        ("a < 5 and", "its end"),
        ("(a < 5", "')'"),
        ("a < 5)", "')'"),
        ("a < b", "on one side"),
        ("5 < 6", "on one side"),
        ("a < true", "== and !="),
        ("__import__('os').system('x') < 1", "a comparison"),
        ("a < 5; b", "'; b'"),
        ("a < 1 < 2", "'<'"),
        ("(" * 50 + "a < 5" + ")" * 50, "deep"),
        ("a < 5 or " * 600 + "a < 5", "characters"),
    ],
)
def test_a_wrong_expression_says_where_and_what_is_allowed(text: str, says: str) -> None:
    with pytest.raises(RequestError, match="allowed") as raised:
        parse(text)
    assert says in str(raised.value)


def test_a_missing_number_is_unknown_and_not_false() -> None:
    assert decide(parse("a > 5"), {"a": None}) is None
    assert decide(parse("not a > 5"), {}) is None
    assert decide(parse("a > 5 or b > 1"), {"b": 2.0}) is True
    assert decide(parse("a > 5 and b > 1"), {"b": 0.0}) is False
