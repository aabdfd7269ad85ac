"""Two answers of one tool: what counts as the same, and where they differ."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from heuresis.serving.differences import Tolerance, differing, shown

USUAL = Tolerance()
FILE = {"name": "a.svg", "media_type": "image/svg+xml", "digest": "sha256:1", "n_bytes": 4}
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=20,
)


@given(JSON)
def test_an_answer_is_the_same_as_itself(value: Any) -> None:
    assert list(differing(value, value, USUAL)) == []


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (1.0, 1.000009),
        (0.0, 9e-9),
        (-3.0, -3.00002),
        ({"a": [1.5, {"b": 2.5}]}, {"a": [1.500001, {"b": 2.5}]}),
        ("a 1.5\nb 2\n", "a 1.500001\nb  2\n"),
        (3, 3.0),
    ],
)
def test_numbers_within_tolerance_are_the_same(before: Any, after: Any) -> None:
    assert list(differing(before, after, USUAL)) == []


@pytest.mark.parametrize(
    ("before", "after", "path"),
    [
        ({"q": {"value": 1.0}}, {"q": {"value": 1.0001}}, "q.value"),
        ({"modes": [{"e": 1.0}, {"e": 2.0}]}, {"modes": [{"e": 1.0}, {"e": 3.0}]}, "modes[1].e"),
        ({"smiles": "CCO"}, {"smiles": "OCC"}, "smiles"),
        ({"smiles": "C1CC1"}, {"smiles": "C2CC2"}, "smiles"),  # one line is no table of numbers
        ({"n": 100000}, {"n": 100001}, "n"),
        ({"ok": True}, {"ok": 1}, "ok"),
        ({"a": 1.0}, {}, "a"),
        ({}, {"b": None}, "b"),
        ({"a": [1, 2]}, {"a": [1]}, "a.length"),
        ({"a": None}, {"a": 0.0}, "a"),
        ({"cif": "a 1.5\nO 2\n"}, {"cif": "a 1.5\nN 2\n"}, "cif"),
        ({"cif": "a 1.5\nO 2\n"}, {"cif": "a 1.6\nO 2\n"}, "cif"),
        (None, {"a": 1}, ""),
    ],
)
def test_what_differs_is_named_by_its_path(before: Any, after: Any, path: str) -> None:
    assert [place.path for place in differing(before, after, USUAL)] == [path]


def test_files_are_compared_by_digest_and_marked() -> None:
    (place,) = differing({"f": FILE}, {"f": {**FILE, "digest": "sha256:2", "n_bytes": 5}}, USUAL)
    assert (place.path, place.is_file, place.after) == ("f", True, "sha256:2")
    assert list(differing({"f": FILE}, {"f": {**FILE, "name": "b.svg"}}, USUAL)) == []


def test_a_wider_tolerance_lets_more_pass() -> None:
    wide = Tolerance(relative=1e-2, absolute=0.5)
    assert list(differing([0.0, 100.0], [0.4, 100.9], wide)) == []


def test_a_value_is_shown_with_all_digits_and_bounded_length() -> None:
    assert shown(0.1 + 0.2) == "0.30000000000000004"
    assert len(shown("x" * 1000)) == 200
