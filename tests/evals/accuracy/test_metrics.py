"""Metrics agree with values worked out by hand and with scikit-learn."""

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn import metrics as sk
from sklearn.calibration import calibration_curve

from heuresis.evals.accuracy import bootstrap
from heuresis.evals.accuracy.classification_metrics import (
    average_precision,
    brier_score,
    calibration_error,
    ranking_area,
)
from heuresis.evals.accuracy.hull_scores import calls_parts, share
from heuresis.evals.accuracy.regression_metrics import (
    coverage,
    error_ranking,
    explained_share,
    mean_absolute_error,
    median_absolute_error,
    rank_agreement,
    root_mean_square_error,
    sparsification_error,
)

TRUTH = np.array([1.0, 2.0, 3.0, 4.0])
GUESS = np.array([1.0, 3.0, 3.0, 1.0])
LABEL = np.array([0.0, 0.0, 1.0, 1.0])
CHANCE = np.array([0.1, 0.4, 0.35, 0.8])

seeds = st.integers(0, 2**31)


def drawn(seed: int, n: int = 60) -> Any:
    return np.random.default_rng(seed).normal(size=(2, n))


def test_errors_of_four_numbers() -> None:
    assert mean_absolute_error(TRUTH, GUESS) == 1
    assert median_absolute_error(TRUTH, GUESS) == 0.5
    assert root_mean_square_error(TRUTH, GUESS) == pytest.approx(math.sqrt(10 / 4))
    assert explained_share(TRUTH, GUESS) == pytest.approx(1 - 10 / 5)


@given(seeds)
def test_errors_are_those_of_scikit_learn(seed: int) -> None:
    truth, guess = drawn(seed)
    assert mean_absolute_error(truth, guess) == pytest.approx(sk.mean_absolute_error(truth, guess))
    root = sk.root_mean_squared_error(truth, guess)
    assert root_mean_square_error(truth, guess) == pytest.approx(root)


def test_what_has_no_meaning_is_nan_and_not_zero() -> None:
    level = np.ones(4)
    assert math.isnan(explained_share(level, GUESS))
    assert math.isnan(rank_agreement(TRUTH, level))
    assert math.isnan(sparsification_error(TRUTH, GUESS, level))
    assert math.isnan(ranking_area(level, CHANCE))
    assert share(0, 0) is None


def test_an_uncertainty_that_knows_the_errors_sparsifies_perfectly() -> None:
    error = abs(TRUTH - GUESS)
    assert sparsification_error(TRUTH, GUESS, error) == pytest.approx(0)
    assert error_ranking(TRUTH, GUESS, error) == pytest.approx(1)
    assert sparsification_error(TRUTH, GUESS, -error) > 1


def test_sparsification_worked_out_by_hand() -> None:
    # errors 1, 2, 3 known in the order 2, 1, 3: means of the rest 2, 1.5, 2; best 2, 1.5, 1
    truth, guess, std = np.zeros(3), np.array([1.0, 2.0, 3.0]), np.array([2.0, 1.0, 3.0])
    by_chance = ((2 - 2) + (2 - 1.5) + (2 - 1)) / 3
    assert sparsification_error(truth, guess, std) == pytest.approx((1 / 3) / by_chance)


def test_an_uncertainty_drawn_by_lot_is_no_better_than_chance() -> None:
    truth, guess = drawn(1, n=20_000)
    std = np.random.default_rng(2).random(20_000)
    assert sparsification_error(truth, guess, std) == pytest.approx(1, abs=0.05)


def test_coverage_of_normal_errors_is_what_it_says() -> None:
    truth = np.random.default_rng(0).normal(size=50_000)
    share = coverage(truth, np.zeros_like(truth), np.ones_like(truth))
    assert share == pytest.approx(0.9, abs=0.01)


def test_probabilities_of_four_molecules() -> None:
    assert ranking_area(LABEL, CHANCE) == pytest.approx(0.75)
    assert brier_score(LABEL, CHANCE) == pytest.approx((0.01 + 0.16 + 0.4225 + 0.04) / 4)
    assert average_precision(LABEL, CHANCE) == pytest.approx(0.5 * 1 + 0.5 * 2 / 3)
    assert calibration_error(LABEL, CHANCE, n_bins=2) == pytest.approx(
        (abs(0.1 + 0.35 - 1) + abs(0.4 + 0.8 - 1)) / 4
    )


@given(seeds)
def test_calibration_error_is_that_of_equal_bins(seed: int) -> None:
    chance = np.random.default_rng(seed).random(100)
    label = (np.random.default_rng(seed + 1).random(100) < chance).astype(float)
    share, mean = calibration_curve(label, chance, n_bins=10, strategy="quantile")
    if len(share) == 10:
        ours = calibration_error(label, chance)
        assert ours == pytest.approx(abs(share - mean).mean(), abs=0.03)  # edges may take one over


def test_items_of_one_probability_share_a_bin() -> None:
    label = np.array([1.0] * 30 + [0.0] * 10)
    assert calibration_error(label, np.full(40, 0.75)) == pytest.approx(0)


def test_calls_are_counted_and_three_of_three_is_not_certainty() -> None:
    true, said = np.array([0.0, 0.05, 0.2, 0.3]), np.array([0.0, 0.2, 0.05, 0.4])
    at_zero, near = calls_parts("x", true, said, {})
    assert at_zero.row("potential").scores["recall"].value == 1
    scores = near.row("potential").scores
    assert (scores["precision"].value, scores["recall"].value) == (0.5, 0.5)
    assert near.row("always stable").scores["precision"].value == 0.5
    three = share(3, 3)
    assert three is not None
    assert (three.low, three.high) == (pytest.approx(0.4385, abs=1e-4), pytest.approx(1))


def test_the_interval_holds_the_mean_about_as_often_as_it_says() -> None:
    chance, hits = np.random.default_rng(5), 0
    for _ in range(100):
        values = chance.normal(1.0, 1.0, 40)
        found = bootstrap.score(lambda v: float(v.mean()), values, n_draws=200)
        assert found is not None
        assert found.low is not None and found.high is not None
        hits += found.low <= 1.0 <= found.high
    assert 85 <= hits <= 100


def test_a_metric_without_a_value_is_left_out() -> None:
    assert bootstrap.score(ranking_area, np.ones(5), np.ones(5)) is None
    one_positive = np.array([1.0] + [0.0] * 9)
    found = bootstrap.scores({"AUROC": ranking_area}, one_positive, np.linspace(1, 0, 10))
    assert found["AUROC"].value == 1
