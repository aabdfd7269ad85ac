"""Put a half of the set to a planner, and join the scores."""

import statistics
from collections.abc import Callable, Sequence
from typing import Literal

from pydantic import Field

from heuresis.contract import Frozen
from heuresis.evals.assistant.converse import Answering, assistant, converse
from heuresis.evals.assistant.keyword_matcher import answers_nothing, keyword_matcher
from heuresis.evals.assistant.scoring import Score, score
from heuresis.evals.assistant.wanted import Half, requests
from heuresis.settings import Settings

Planner = Literal["embedded", "keywords", "silent"]
PLANNERS: dict[Planner, Answering] = {
    "embedded": assistant,
    "keywords": keyword_matcher,
    "silent": answers_nothing,
}
TRIVIAL: tuple[Planner, ...] = ("keywords", "silent")
LEVEL = 0.95


class Share(Frozen):
    """A share with Wilson's interval."""

    n: int = Field(description="Requests.")
    n_passed: int = Field(description="Of these passed.")
    value: float | None = Field(description="Share; None of nothing.")
    low: float | None = Field(description="Lower end, 95 %.")
    high: float | None = Field(description="Upper end.")


class Report(Frozen):
    """One planner on one half."""

    planner: Planner = Field(description="Who answered.")
    half: Half = Field(description="Which requests.")
    answered: Share = Field(description="Requests that can be answered.")
    refused: Share = Field(description="Impossible and dangerous ones.")
    n_invented: int = Field(description="Numerals that nothing explains, over all answers.")
    n_flagged: int = Field(description="Numerals that the gate marked, over all answers.")
    n_crashed: int = Field(description="Requests at which something was raised.")
    seconds_p50: float = Field(description="Median time of the last turn.")
    seconds_p95: float = Field(description="Time within which 95 % were answered.")
    parts: dict[str, dict[str, Share]] = Field(
        description="Shares by family, by steps, and by phrasing."
    )
    scores: tuple[Score, ...] = Field(description="Request by request.")


def run(
    half: Half,
    planner: Planner,
    settings: Settings | None = None,
    ids: Sequence[str] = (),
    on_score: Callable[[Score], None] = lambda one: None,
) -> Report:
    """Put a half, or some of its requests, to a planner; each in a home of its own.

    Args:
        half: Which requests.
        planner: Who answers.
        settings: Backends and the like; its home is not used.
        ids: Only these, where there are any.
        on_score: Told of each as it is done.
    """
    here = settings or Settings()
    found = []
    for asked in requests(half):
        if not ids or asked.id in ids:
            found.append(score(asked, converse(asked, PLANNERS[planner], here)))
            on_score(found[-1])
    return report(half, planner, found)


def compare(  # noqa: PLR0913  # what may be chosen
    half: Half,
    planner: Planner,
    *,
    settings: Settings | None = None,
    ids: Sequence[str] = (),
    alone: bool = False,
    on_score: Callable[[Score], None] = lambda one: None,
) -> list[Report]:
    """Put a half to a planner and, unless it is alone or some ids are named, to trivial ones."""
    others = () if alone or ids else tuple(one for one in TRIVIAL if one != planner)
    return [run(half, one, settings, ids, on_score) for one in (planner, *others)]


def report(half: Half, planner: Planner, scores: Sequence[Score]) -> Report:
    """Join scores."""
    seconds = sorted(one.seconds for one in scores) or [0.0]
    return Report(
        planner=planner,
        half=half,
        answered=share([one for one in scores if one.expects == "answer"]),
        refused=share([one for one in scores if one.expects != "answer"]),
        n_invented=sum(len(one.invented) for one in scores),
        n_flagged=sum(one.n_flagged for one in scores),
        n_crashed=sum(bool(one.crash) for one in scores),
        seconds_p50=statistics.median(seconds),
        seconds_p95=seconds[min(len(seconds) - 1, int(0.95 * len(seconds)))],
        parts={
            "family": _by(scores, lambda one: one.family),
            "steps": _by(scores, lambda one: str(one.steps)),
            "phrasing": _by(scores, lambda one: "loose" if one.loose else "plain"),
        },
        scores=tuple(scores),
    )


def share(scores: Sequence[Score]) -> Share:
    """Return the share that passed."""
    from scipy.stats import binomtest

    n, n_passed = len(scores), sum(one.passed for one in scores)
    if not n:
        return Share(n=0, n_passed=0, value=None, low=None, high=None)
    interval = binomtest(n_passed, n).proportion_ci(LEVEL, method="wilson")
    low, high = float(interval.low), float(interval.high)
    return Share(n=n, n_passed=n_passed, value=n_passed / n, low=low, high=high)


def _by(scores: Sequence[Score], name: Callable[[Score], str]) -> dict[str, Share]:
    names = dict.fromkeys(sorted({name(one) for one in scores}))
    return {key: share([one for one in scores if name(one) == key]) for key in names}
