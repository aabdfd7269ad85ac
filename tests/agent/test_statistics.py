"""Curves, areas and intervals mean what their names say."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from heuresis.agent.statistics import area, best_so_far, bootstrap_median, mean_top

utilities = st.lists(st.floats(0, 1), max_size=40)


@given(utilities)
def test_best_so_far_never_falls_and_ends_at_the_best(values: list[float]) -> None:
    curve = best_so_far(values)
    assert curve == sorted(curve)
    assert len(curve) == len(values)
    assert not values or curve[-1] == max(values)


def test_a_curve_that_ends_early_stays_level() -> None:
    assert area([0.5, 1.0], 4) == pytest.approx((0.5 + 1 + 1 + 1) / 4)
    assert area([], 4) == 0


def test_missing_candidates_count_as_nothing_in_the_top() -> None:
    assert mean_top([1.0, 0.5], 4) == pytest.approx(0.375)


def test_the_interval_of_equal_values_is_a_point() -> None:
    estimate = bootstrap_median([0.2] * 5)
    assert (estimate.low, estimate.median, estimate.high) == (0.2, 0.2, 0.2)
    assert estimate.excludes_zero


def test_the_interval_covers_the_true_median_about_as_often_as_it_says() -> None:
    chance = random.Random(3)
    hits = 0
    for i in range(100):
        estimate = bootstrap_median([chance.gauss(1.0, 1.0) for _ in range(15)], seed=i)
        hits += estimate.low <= 1.0 <= estimate.high
    assert 85 <= hits <= 100


def test_noise_around_zero_does_not_exclude_zero() -> None:
    assert not bootstrap_median([-0.2, 0.1, -0.1, 0.2, 0.0]).excludes_zero
