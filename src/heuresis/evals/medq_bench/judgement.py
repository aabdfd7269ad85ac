"""What a judge says of one text, and what all its judgements come to: failures are never dropped.

Four axes of 0, 1 or 2, as in MedQ-Bench (arXiv 2510.01691); their sum is 0 to 8. A judge that does
not answer leaves None. Two means stand side by side: over what was answered, and with failures
counted as 0.
"""

from collections.abc import Callable, Sequence
from statistics import fmean
from typing import Literal, get_args

from pydantic import Field

from heuresis.contract import Frozen

Axis = Literal["completeness", "preciseness", "consistency", "quality_accuracy"]
AXES: tuple[Axis, ...] = get_args(Axis)
JudgeKind = Literal["rule", "llm"]


class Judgement(Frozen):
    """Four scores of one text."""

    completeness: int | None = Field(ge=0, le=2, description="What of the reference is named.")
    preciseness: int | None = Field(ge=0, le=2, description="Does anything contradict it.")
    consistency: int | None = Field(ge=0, le=2, description="Does the verdict follow.")
    quality_accuracy: int | None = Field(ge=0, le=2, description="Is the verdict the reference's.")

    def of(self, axis: Axis) -> int | None:
        """Return one score."""
        score: int | None = getattr(self, axis)
        return score

    @property
    def total(self) -> int | None:
        """Return the sum, 0 to 8; None where an axis has no score."""
        scores = [score for axis in AXES if (score := self.of(axis)) is not None]
        return sum(scores) if len(scores) == len(AXES) else None


NOTHING_SAID = Judgement(completeness=0, preciseness=0, consistency=0, quality_accuracy=0)
Judge = Callable[[str, str], Judgement]  # reference, candidate


class Mean(Frozen):
    """One axis, or the sum, over all items."""

    n: int = Field(ge=0, description="Items.")
    n_failed: int = Field(ge=0, description="Items to which the judge gave no score.")
    answered: float | None = Field(description="Mean over items with a score; None without any.")
    failed_as_zero: float = Field(description="Mean over all items, failures as 0.")


class ReasoningResult(Frozen):
    """One way to describe, judged on all items by one judge."""

    method: str = Field(description="Model, tool or baseline.")
    judge_kind: JudgeKind = Field(description="Rule or language model; never averaged together.")
    judge: str = Field(description="Which rule or model.")
    n: int = Field(ge=0, description="Items.")
    n_without_text: int = Field(ge=0, description="Items nothing came back for; scored 0.")
    n_without_verdict: int = Field(ge=0, description="Texts that end without a verdict.")
    axes: dict[str, Mean] = Field(description="By axis, 0 to 2 each.")
    total: Mean = Field(description="Sum of the axes, 0 to 8.")
    coverage: float = Field(ge=0, le=1, description="Share of the candidates' sentences read.")
    coverage_reference: float = Field(ge=0, le=1, description="The same of the references.")
    note: str = Field(default="", description="What to know before comparing.")


def mean_of(scores: Sequence[int | None]) -> Mean:
    """Average with and without failures."""
    known = [score for score in scores if score is not None]
    return Mean(
        n=len(scores),
        n_failed=len(scores) - len(known),
        answered=fmean(known) if known else None,
        failed_as_zero=sum(known) / len(scores) if scores else 0.0,
    )


def means(judgements: Sequence[Judgement]) -> tuple[dict[str, Mean], Mean]:
    """Average each axis and the sum.

    An item whose sum is unknown counts in the sum's second mean with what its axes are known to be.
    """
    axes = {str(axis): mean_of([one.of(axis) for one in judgements]) for axis in AXES}
    total = mean_of([one.total for one in judgements])
    with_zero = sum(mean.failed_as_zero for mean in axes.values())
    return axes, total.model_copy(update={"failed_as_zero": with_zero})
