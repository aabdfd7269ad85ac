"""The figures: how the search went, what it traded, and whether its surrogate learned."""

from collections.abc import Sequence
from itertools import accumulate
from typing import Any

from heuresis.agent.report.forecast import forecasts, spearman
from heuresis.agent.report.numerals import std_of, unit_name
from heuresis.agent.report.plotting import BLUE, GREEN, GREY, ORANGE, Plot, draw
from heuresis.agent.report.record import Record
from heuresis.agent.report.standing import baseline
from heuresis.agent.report.svg import INK
from heuresis.agent.spec import Objective
from heuresis.agent.utility import losses, pareto_front
from heuresis.memory.campaigns import CandidateView

MANY = 1500  # points; more are drawn as one picture


def figures(record: Record) -> list[Plot]:
    """Draw every figure that the campaign has the numbers for; none without measurements."""
    if not record.measured:
        return []
    drawn = [_progress(record), _trade(record), _by_round(record), _forecast(record),
             _objectives(record)]  # fmt: skip
    return [plot for plot in drawn if plot is not None]


def _dots(axes: Any, x: Sequence[float], y: Sequence[float], **look: Any) -> None:
    look = {"s": 16, "color": GREY, "alpha": 0.65, "linewidths": 0, **look}
    axes.scatter(x, y, rasterized=len(x) > MANY, **look)


def _whole(axes: Any) -> None:
    """Mark whole numbers only on an axis that counts."""
    axes.xaxis.get_major_locator().set_params(integer=True)


def _so_far(values: Sequence[float]) -> list[float]:
    return list(accumulate(values, max))


def _progress(record: Record) -> Plot:
    utilities = [record.utilities[one.id] for one in record.measured]
    x = list(range(1, len(utilities) + 1))

    def paint(figure: Any) -> None:
        axes = figure.subplots()
        _dots(axes, x, utilities, label="each candidate")
        axes.step(x, _so_far(utilities), where="post", color=BLUE, lw=1.8, label="best so far")
        axes.set(xlabel="measured candidates, in order of round", ylabel="utility")
        axes.set_ylim(-0.03, 1.03)
        _whole(axes)
        axes.legend(loc="lower right")

    alt = f"Best utility so far rises from {utilities[0]:.3f} to {max(utilities):.3f}."
    return Plot(
        "Best so far",
        f"Utility of each of the {len(x)} measured candidates and the best so far. "
        "Within a round the order has no meaning.",
        draw("progress", alt, paint),
    )


def _axis_name(objective: Objective) -> str:
    return f"{objective.name}, {objective.direction}, {unit_name(objective.unit)}"


def _trade(record: Record) -> Plot | None:
    if len(record.spec.objectives) < 2:
        return None
    pair = sorted(record.spec.objectives, key=lambda one: -one.weight)[:2]
    front = pareto_front(pair, record.measured)
    start, best = baseline(record), record.best

    def paint(figure: Any) -> None:
        axes = figure.subplots()
        _scatter(axes, pair, record.measured, front)
        for one, marker, colour, name in ((start, "*", GREEN, "start"),
                                          (best, "D", BLUE, "highest utility")):  # fmt: skip
            if one is not None:
                x, y = ([one.values[o.name].value] for o in pair)
                axes.scatter(x, y, marker=marker, s=110 if marker == "*" else 42, color=colour,
                             edgecolors=INK, linewidths=0.6, zorder=5, label=name)  # fmt: skip
        axes.set(xlabel=_axis_name(pair[0]), ylabel=_axis_name(pair[1]))
        axes.legend(loc="lower left", bbox_to_anchor=(-0.08, 1.0), ncols=4, columnspacing=1.2)

    n_all = len(pareto_front(record.spec.objectives, record.measured))
    caption = (
        f"The two objectives of greatest weight, for the {len(record.measured)} measured "
        f"candidates. {len(front)} of them form the front of these two: none is better in one and "
        "no worse in the other. Bars are one standard deviation, drawn on the front only. "
    )
    if len(record.spec.objectives) > 2:
        caption += f"Over all {len(record.spec.objectives)} objectives the front holds {n_all}."
    alt = f"Scatter of {pair[0].name} against {pair[1].name}; {len(front)} on the Pareto front."
    return Plot("What was traded", caption, draw("trade", alt, paint))


def _scatter(
    axes: Any, pair: Sequence[Objective], all_: Sequence[CandidateView],
    front: Sequence[CandidateView],
) -> None:  # fmt: skip
    x, y = ([one.values[o.name].value for one in all_] for o in pair)
    _dots(axes, x, y, label="measured")
    ordered = sorted(front, key=lambda one: one.values[pair[0].name].value)
    fx, fy = ([one.values[o.name].value for one in ordered] for o in pair)
    dx, dy = ([std_of(one.values[o.name]) or 0.0 for one in ordered] for o in pair)
    axes.errorbar(fx, fy, xerr=dx, yerr=dy, fmt="o", ms=5, color=ORANGE, elinewidth=0.7,
                  alpha=0.9, label="Pareto front")  # fmt: skip


def _by_round(record: Record) -> Plot:
    rounds = sorted({one.round for one in record.measured})
    groups = [
        [record.utilities[one.id] for one in record.measured if one.round == number]
        for number in rounds
    ]
    medians = [_middle(group) for group in groups]

    def paint(figure: Any) -> None:
        axes = figure.subplots()
        x = [n + _offset(i, len(g)) for n, g in zip(rounds, groups, strict=True)
             for i in range(len(g))]  # fmt: skip
        _dots(axes, x, [u for group in groups for u in sorted(group)], label="each candidate")
        axes.plot(rounds, medians, "s-", ms=5, lw=1.4, color=ORANGE, label="median")
        axes.plot(rounds, [max(g) for g in groups], "^-", ms=5, lw=1.4, color=BLUE, label="best")
        axes.set(xlabel="round", ylabel="utility")
        axes.set_ylim(-0.03, 1.03)
        _whole(axes)
        axes.legend(loc="lower right")

    alt = f"Median utility by round goes from {medians[0]:.3f} to {medians[-1]:.3f}."
    caption = "Measured candidates only; those stopped by a gate are counted further down."
    return Plot("Utility by round", caption, draw("rounds", alt, paint))


def _middle(values: Sequence[float]) -> float:
    ordered = sorted(values)
    n = len(ordered)
    return (ordered[(n - 1) // 2] + ordered[n // 2]) / 2


def _offset(i: int, n: int) -> float:
    """Spread points of one round beside each other, the same way every time."""
    return 0.0 if n == 1 else 0.3 * (((i * 7) % n) / (n - 1) - 0.5)


def _forecast(record: Record) -> Plot | None:
    pairs = forecasts(record)
    if not pairs:
        return None

    def paint(figure: Any) -> None:
        axes = figure.subplots()
        axes.axline((0, 0), slope=1, color=INK, lw=0.7, ls="--", label="equal")
        _dots(axes, [p for p, _ in pairs], [m for _, m in pairs], color=BLUE, alpha=0.75)
        ends = [value for pair in pairs for value in pair]
        axes.set(
            xlim=(min(ends) - 0.05, max(ends) + 0.05), ylim=(min(ends) - 0.05, max(ends) + 0.05)
        )
        axes.set(xlabel="utility the surrogate expected", ylabel="utility measured")
        axes.legend(loc="upper left")

    said = spearman(pairs)
    alt = f"Expected against measured utility of {len(pairs)} candidates. {said}"
    caption = f"{said} Only measured candidates that the surrogate had not seen are shown."
    return Plot("What the surrogate expected", caption, draw("forecast", alt, paint))


def _objectives(record: Record) -> Plot:
    objectives = record.spec.objectives
    columns = min(3, len(objectives))
    rows = -(-len(objectives) // columns)

    def paint(figure: Any) -> None:
        grid = figure.subplots(rows, columns, squeeze=False).flat
        for axes, objective in zip(grid, objectives, strict=False):
            _one_objective(axes, objective, record)
        for axes in list(grid)[len(objectives) :]:
            axes.set_axis_off()

    alt = "Best value so far of " + ", ".join(objective.name for objective in objectives) + "."
    caption = (
        "Each measured candidate's value and the best so far, objective by objective; the best of "
        "one objective need not be good in the others. The dashed line is the start."
    )
    size = (10.4, 2.6 * rows)
    return Plot("Objective by objective", caption, draw("objectives", alt, paint, size), True)


def _one_objective(axes: Any, objective: Objective, record: Record) -> None:
    values = [one.values[objective.name].value for one in record.measured]
    lost = [losses([objective], {objective.name: value})[0] for value in values]
    best: list[int] = []
    for i in range(len(values)):
        best.append(i if not best or lost[i] < lost[best[-1]] else best[-1])
    x = list(range(1, len(values) + 1))
    _dots(axes, x, values, s=10)
    axes.step(x, [values[i] for i in best], where="post", color=BLUE, lw=1.6)
    start = baseline(record)
    if start is not None:
        axes.axhline(start.values[objective.name].value, color=GREEN, lw=1.0, ls="--")
    _whole(axes)
    axes.set_title(objective.name, fontsize=9)
    axes.set(xlabel="measured candidates", ylabel=unit_name(objective.unit))
