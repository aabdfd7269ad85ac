"""Does evidence change what is found? The statements R5.1 and R5.2, judged on a comparison.

The shuffled arm is the leak test: where it beats random by more than its interval, something other
than the results told the proposer what is good.
"""

from typing import Literal

from pydantic import Field

from heuresis.agent.compare import Comparison, Difference
from heuresis.contract import Frozen

METRIC = "area"
SEEDS_WANTED = 10  # fewer give values, not much of an interval


class AblationFinding(Frozen):
    """One statement about a comparison."""

    statement: str = Field(description="Id.")
    says: str = Field(description="In words.")
    verdict: Literal["pass", "fail"] = Field(description="Yes or no.")
    median: float = Field(description="Paired difference of the area under best-so-far.")
    low: float = Field(description="Lower end of its interval.")
    high: float = Field(description="Upper end of its interval.")
    n_seeds: int = Field(description="Paired seeds.")
    caution: str = Field(default="", description="What limits the verdict.")


def judge(comparison: Comparison) -> list[AblationFinding]:
    """Judge a comparison of the campaign with its controls, by the area under best-so-far."""
    by_pair = {
        (one.minuend, one.subtrahend): one for one in comparison.differences if one.metric == METRIC
    }
    frozen, random = by_pair["evolving", "frozen"], by_pair["evolving", "random"]
    shuffled, leak = by_pair["evolving", "shuffled"], by_pair["shuffled", "random"]
    return [
        _finding("R5.1", "it beats the frozen arm", frozen, frozen.estimate.low > 0),
        _finding("R5.2", "it beats the random arm", random, random.estimate.low > 0),
        _finding("R5.2", "it beats the shuffled arm", shuffled, shuffled.estimate.low > 0),
        _finding("R5.2", "the shuffled arm does not beat random", leak, leak.estimate.low <= 0),
    ]


def _finding(statement: str, says: str, one: Difference, is_true: bool) -> AblationFinding:
    estimate = one.estimate
    return AblationFinding(
        statement=statement,
        says=says,
        verdict="pass" if is_true else "fail",
        median=estimate.median,
        low=estimate.low,
        high=estimate.high,
        n_seeds=estimate.n_seeds,
        caution="" if estimate.n_seeds >= SEEDS_WANTED else f"fewer than {SEEDS_WANTED} seeds",
    )
