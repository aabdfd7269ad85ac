"""The page of a comparison: curves of all arms, differences with intervals, and what they mean."""

import csv
import io
from collections.abc import Sequence
from pathlib import Path
from statistics import median
from typing import Any

from heuresis.agent.compare import ArmRun, Comparison, Difference
from heuresis.agent.report.page import environment
from heuresis.agent.report.plotting import BLUE, GREEN, GREY, ORANGE, Plot, draw
from heuresis.agent.report.write import put_whole

COLOURS = {"evolving": BLUE, "random": GREY, "shuffled": ORANGE, "frozen": GREEN,
           "warm": BLUE, "cold": GREY}  # fmt: skip
DASHES = {"evolving": "-", "random": "--", "shuffled": ":", "frozen": "-.", "warm": "-",
          "cold": "--"}  # fmt: skip
METRICS = {
    "area": "mean of best-so-far over the budget",
    "best": "best utility at the end",
    "top10": "mean of the ten best utilities",
}
ARMS = {
    "evolving": "the campaign as written",
    "random": "the same moves without selection",
    "shuffled": "every result given to another candidate",
    "frozen": "results do not reach the proposer",
    "warm": "a second campaign that knows the first",
    "cold": "the same second campaign, knowing nothing",
}


def write_comparison(comparison: Comparison, folder: Path) -> Path:
    """Write comparison.html, comparison.csv and comparison.json.

    Returns:
        Path of the page.
    """
    folder.mkdir(parents=True, exist_ok=True)
    put_whole(folder / "comparison.json", comparison.model_dump_json(indent=1))
    put_whole(folder / "comparison.csv", _sheet(comparison.runs))
    put_whole(folder / "comparison.html", _page(comparison))
    return folder / "comparison.html"


def verdict(difference: Difference) -> str:
    """Say in words what a difference shows."""
    estimate = difference.estimate
    if not estimate.excludes_zero:
        return "not told apart"
    better = difference.minuend if estimate.median > 0 else difference.subtrahend
    return f"{better} is better"


def rows(comparison: Comparison) -> list[dict[str, Any]]:
    """Return the differences as plain rows, for tables."""
    return [
        {
            "metric": one.metric,
            "arms": f"{one.minuend} - {one.subtrahend}",
            "median": one.estimate.median,
            "low": one.estimate.low,
            "high": one.estimate.high,
            "level": one.estimate.level,
            "seeds": one.estimate.n_seeds,
            "verdict": verdict(one),
        }
        for one in comparison.differences
    ]


def _page(comparison: Comparison) -> str:
    plots = [
        _curves(comparison, ("evolving", "random", "shuffled", "frozen"), "controls"),
        _curves(comparison, ("warm", "cold"), "knowledge"),
    ]
    template = environment().get_template("comparison.html")
    return template.render(
        comparison=comparison,
        rows=rows(comparison),
        metrics=METRICS,
        arms=ARMS,
        plots=plots,
        medians={arm: _medians(comparison.runs, arm) for arm in ARMS},
    )


def _medians(runs: Sequence[ArmRun], arm: str) -> dict[str, float]:
    own = [run for run in runs if run.arm == arm]
    return {metric: median(getattr(run, metric) for run in own) for metric in METRICS}


def _curves(comparison: Comparison, arms: Sequence[str], name: str) -> Plot:
    """Draw the median best-so-far of each arm, with the range over seeds."""

    def paint(figure: Any) -> None:
        axes = figure.subplots()
        for arm in arms:
            curves = [_full(run.curve, comparison.n_calls) for run in comparison.runs
                      if run.arm == arm]  # fmt: skip
            by_call = list(zip(*curves, strict=True))
            calls = range(1, len(by_call) + 1)
            axes.fill_between(calls, [min(c) for c in by_call], [max(c) for c in by_call],
                              color=COLOURS[arm], alpha=0.15, linewidth=0)  # fmt: skip
            axes.plot(calls, [median(c) for c in by_call], DASHES[arm], color=COLOURS[arm],
                      label=arm)  # fmt: skip
        axes.set(xlabel="measured candidates", ylabel="best utility so far", ylim=(0, 1.02))
        axes.legend(loc="lower right")

    words = "; ".join(f"{arm}: {ARMS[arm]}" for arm in arms)
    caption = f"Median over seeds, band from lowest to highest. {words}."
    alt = f"Best utility so far against measured candidates for {', '.join(arms)}"
    return Plot(f"Best so far: {name}", caption, draw(f"curves-{name}", alt, paint))


def _full(curve: Sequence[float], n: int) -> list[float]:
    """Level a curve that ended early; an empty one is zero."""
    kept = list(curve[:n]) or [0.0]
    return kept + [kept[-1]] * (n - len(kept))


def _sheet(runs: Sequence[ArmRun]) -> str:
    text = io.StringIO()
    names = ["arm", "seed", "campaign_id", "n_calls", "n_candidates", "area", "best", "top10",
             "stop_reason"]  # fmt: skip
    sheet = csv.writer(text, lineterminator="\n")
    sheet.writerow(names)
    sheet.writerows([getattr(run, name) for name in names] for run in runs)
    return text.getvalue()
