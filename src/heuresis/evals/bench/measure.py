"""How speed is measured: in turns within one run, and judged by the median of ratios.

Two things are never timed one after the other. They take turns (A B A B), so that a slow spell
of the machine falls on both, and each turn gives one ratio. The median of those ratios says who
is faster even where no single time can be trusted; its quartiles say how sure that is.
"""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

Action = Callable[[int], object]
Clock = Callable[[], float]


@dataclass(frozen=True)
class Ratio:
    """How many times as fast as the other side: median of the turns, and their quartiles."""

    median: float
    low: float
    high: float
    n: int


def alternate(
    actions: Mapping[str, Action], turns: int, clock: Clock = time.perf_counter
) -> dict[str, list[float]]:
    """Run every action once per turn, in the given order.

    Args:
        actions: What to time, by name; each is told the number of the turn, from 0.
        turns: How many.
        clock: Returns seconds.

    Returns:
        Seconds by name, one per turn.
    """
    seconds: dict[str, list[float]] = {name: [] for name in actions}
    for turn in range(turns):
        for name, action in actions.items():
            began = clock()
            action(turn)
            seconds[name].append(clock() - began)
    return seconds


def ratio_of(theirs: Sequence[float], ours: Sequence[float]) -> Ratio:
    """Return how many times as fast we are, turn by turn.

    Raises:
        ValueError: The sides differ in length, are empty, or hold a time that is not positive.
    """
    if len(theirs) != len(ours) or not ours or min(*theirs, *ours) <= 0:
        raise ValueError(
            f"ratio: got {len(theirs)} and {len(ours)} times, allowed: as many, all above 0 s"
        )
    ratios = [their / our for their, our in zip(theirs, ours, strict=True)]
    low, median, high = (quantile(ratios, share) for share in (0.25, 0.5, 0.75))
    return Ratio(median, low, high, len(ratios))


def quantile(values: Sequence[float], share: float) -> float:
    """Return the value below which a share of the values lies, interpolated."""
    ranked = sorted(values)
    place = share * (len(ranked) - 1)
    below = int(place)
    above = min(below + 1, len(ranked) - 1)
    return ranked[below] + (place - below) * (ranked[above] - ranked[below])


def median(values: Sequence[float]) -> float:
    """Return the middle value."""
    return quantile(values, 0.5)
