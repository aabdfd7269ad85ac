"""The best of a stream, however long, each structure once."""

from hypothesis import given
from hypothesis import strategies as st

from heuresis.serving.library.best import best_of


@given(st.lists(st.integers(0, 30)), st.integers(1, 5), st.booleans())
def test_the_best_are_those_of_the_sorted_whole(values: list[int], n: int, lowest: bool) -> None:
    found = best_of(values, n, float, lambda one: one, lowest=lowest)
    assert found == sorted(set(values), reverse=not lowest)[:n]


def test_of_equals_the_first_is_taken() -> None:
    stream = [("a", 1), ("b", 2), ("a", 1), ("c", 2), ("b", 2)]
    found = best_of(
        enumerate(stream), 2, lambda one: one[1][1], lambda one: one[1][0], lowest=False
    )
    assert found == [(1, ("b", 2)), (3, ("c", 2))]
