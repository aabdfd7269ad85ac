"""The loop is said to learn only where the intervals say so."""

from heuresis.agent.compare import Comparison, Difference
from heuresis.agent.statistics import bootstrap_median
from heuresis.evals.loop_ablation import judge

PAIRS = [("evolving", "random"), ("evolving", "shuffled"), ("evolving", "frozen"),
         ("warm", "cold"), ("shuffled", "random")]  # fmt: skip


def comparison(*values: float) -> Comparison:
    """Build a comparison whose five differences have these values at every seed."""
    differences = tuple(
        Difference(metric="area", minuend=a, subtrahend=b, by_seed=(value,) * 5,
                   estimate=bootstrap_median([value] * 5))
        for (a, b), value in zip(PAIRS, values, strict=True)
    )  # fmt: skip
    return Comparison(name="c", goal="goal", n_calls=1, runs=(), differences=differences)


def verdicts(*values: float) -> list[str]:
    return [one.verdict for one in judge(comparison(*values))]


def test_a_loop_that_beats_its_controls_passes_and_is_cautioned_about_few_seeds() -> None:
    found = judge(comparison(0.2, 0.2, 0.2, 0.0, 0.0))
    assert {one.verdict for one in found} == {"pass"}
    assert {one.caution for one in found} == {"fewer than 10 seeds"}


def test_no_difference_is_a_failure() -> None:
    assert verdicts(0.0, 0.0, 0.0, 0.0, 0.0) == ["fail", "fail", "fail", "pass"]


def test_a_shuffled_arm_that_beats_random_is_a_leak() -> None:
    assert verdicts(0.2, 0.2, 0.2, 0.0, 0.1)[-1] == "fail"
