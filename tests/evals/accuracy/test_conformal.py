"""Conformal intervals and sets hold the truth as often as they say, however wrong the std is."""

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from heuresis.evals.accuracy.conformal import (
    NORMALISED,
    PLAIN,
    STATED,
    in_first_half,
    intervals,
    sets,
    width_of,
)

N = 2_000
NAMES = [f"item-{i}" for i in range(N)]


def made(seed: int, scale: float) -> tuple[Any, Any, Any]:
    """Truth, prediction and a std that ranks the errors but is `scale` times too small."""
    chance = np.random.default_rng(seed)
    std = chance.uniform(0.2, 2.0, N)
    return std * chance.normal(size=N), np.zeros(N), std / scale


@settings(max_examples=20)
@given(seed=st.integers(0, 2**31), scale=st.floats(0.2, 20))
def test_coverage_is_ninety_per_cent_whatever_the_scale_of_the_std(seed: int, scale: float) -> None:
    part = intervals(*made(seed, scale), NAMES, "m")
    assert part is not None
    for method in (NORMALISED, PLAIN):
        assert part.row(method).scores["coverage"].value == pytest.approx(0.9, abs=0.06)


def test_a_std_that_ranks_gives_narrower_intervals_and_one_that_does_not_wider() -> None:
    truth, guess, std = made(1, 5.0)
    good = intervals(truth, guess, std, NAMES, "m")
    bad = intervals(truth, guess, np.random.default_rng(9).permutation(std), NAMES, "m")
    assert good is not None and bad is not None
    assert _width(good, NORMALISED) < _width(good, PLAIN) == _width(bad, PLAIN)
    assert _width(bad, NORMALISED) > _width(bad, PLAIN)
    assert good.row(STATED).scores["coverage"].value < 0.5
    assert good.row(NORMALISED).scores["factor"].value == pytest.approx(1.645 * 5, rel=0.1)


@pytest.mark.parametrize(("n", "rank"), [(9, 9), (19, 18), (99, 90)])
def test_the_quantile_has_the_rank_of_the_theory(n: int, rank: int) -> None:
    assert width_of(np.arange(1.0, n + 1)) == rank


def test_too_few_items_promise_nothing() -> None:
    assert width_of(np.arange(8.0)) == math.inf
    few = np.zeros(6)
    assert intervals(few, few, few, NAMES[:6], "m") is None
    assert sets(few, few, NAMES[:6]) is None


def test_halves_depend_on_names_only() -> None:
    first = in_first_half(NAMES)
    assert (first == in_first_half(NAMES)).all()
    assert (in_first_half(NAMES[::-1]) == first[::-1]).all()
    assert first.mean() == pytest.approx(0.5, abs=0.05)


def test_sets_hold_the_label_and_single_answers_come_with_skill() -> None:
    chance = np.random.default_rng(3)
    p = chance.random(N)
    label = (chance.random(N) < p).astype(float)
    part = sets(label, p, NAMES)
    assert part is not None
    (row,) = part.rows
    assert row.scores["coverage"].value == pytest.approx(0.9, abs=0.04)
    sure = np.where(label > 0, 0.99, 0.01)
    told = sets(label, sure, NAMES)
    assert told is not None
    assert told.rows[0].scores["share with one answer"].value == 1


def _width(part: Any, method: str) -> float:
    return float(part.row(method).scores["mean width"].value)
