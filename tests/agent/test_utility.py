"""Utilities and Pareto fronts keep the order of what is wanted."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from heuresis.agent.spec import Maximise, Minimise, Window
from heuresis.agent.utility import desirability, losses, pareto_front, utility, utility_of
from heuresis.memory.campaigns import CandidateView, Number, Verdict

READING = {"tool": "test.weigh", "path": "weight", "unit": "1"}
UP = Maximise(name="up", direction="maximise", worst=0, best=10, **READING)
DOWN = Minimise(name="down", direction="minimise", worst=10, best=0, **READING)
INSIDE = Window(name="inside", direction="window", low=2, high=4, margin=2, **READING)
ALL = (UP, DOWN, INSIDE)
values = st.floats(-50, 50)


def candidate(name: str, *gates: Verdict, **numbers: float) -> CandidateView:
    made = {
        key: Number(value, "1", 0.0, None, None, None, None, "run", "weight")
        for key, value in numbers.items()
    }
    return CandidateView(name, 1, "molecule", name, name, (), "random", "", None, "", gates, made)


@given(values, values)
def test_more_is_never_worse_where_more_is_wanted(a: float, b: float) -> None:
    low, high = sorted((a, b))
    assert desirability(UP, low) <= desirability(UP, high)
    assert desirability(DOWN, low) >= desirability(DOWN, high)


@given(st.sampled_from(ALL), values, st.floats(0, 5))
def test_desirability_stays_between_0_and_1(objective: object, value: float, std: float) -> None:
    assert 0 <= desirability(objective, value, std) <= 1  # type: ignore[arg-type]


@pytest.mark.parametrize(("value", "share"), [(1, 0.5), (2, 1), (3, 1), (4, 1), (5, 0.5), (9, 0)])
def test_a_window_is_full_inside_and_falls_outside(value: float, share: float) -> None:
    assert desirability(INSIDE, value) == pytest.approx(share)


def test_caution_takes_uncertainty_off() -> None:
    careful = UP.model_copy(update={"caution": 1.0})
    assert desirability(careful, 5, std=2) == pytest.approx(0.3)
    assert desirability(UP, 5, std=2) == pytest.approx(0.5)


def test_one_worthless_or_missing_value_makes_the_whole_worthless() -> None:
    assert utility(ALL, {"up": 10, "down": 10, "inside": 3}) == 0
    assert utility(ALL, {"up": 10, "down": 0}) == 0
    assert utility(ALL, {"up": 10, "down": 0, "inside": 3}) == pytest.approx(1)


def test_weights_are_exponents() -> None:
    heavy = UP.model_copy(update={"weight": 3.0})
    assert utility((heavy, DOWN), {"up": 5, "down": 0}) == pytest.approx(0.5**0.75)


def test_a_candidate_that_failed_a_gate_is_worth_nothing() -> None:
    failed = candidate("a", Verdict("a", "light", False, "too heavy"), up=10, down=0, inside=3)
    assert utility_of(ALL, failed) == 0


@given(st.lists(st.tuples(values, values), min_size=1, max_size=30))
def test_nothing_on_the_front_is_dominated_and_all_else_is(
    points: list[tuple[float, float]],
) -> None:
    objectives = (UP, DOWN)
    all_of = [candidate(str(i), up=a, down=b) for i, (a, b) in enumerate(points)]
    front = pareto_front(objectives, all_of)

    def loss(one: CandidateView) -> tuple[float, ...]:
        return losses(objectives, {name: number.value for name, number in one.values.items()})

    def beats(a: CandidateView, b: CandidateView) -> bool:
        return loss(a) != loss(b) and all(x <= y for x, y in zip(loss(a), loss(b), strict=True))

    assert front
    for one in all_of:
        assert any(beats(other, one) for other in all_of) == (one not in front)


def test_failed_and_unmeasured_candidates_are_not_on_the_front() -> None:
    failed = candidate("a", Verdict("a", "light", False, "too heavy"), up=10)
    assert pareto_front((UP,), [failed, candidate("b")]) == []
