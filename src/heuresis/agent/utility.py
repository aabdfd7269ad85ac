"""How good is a candidate? Values to desirabilities in [0, 1], to one utility, to a Pareto front.

Source: Derringer and Suich, doi:10.1080/00224065.1980.11980968 (weighted geometric mean).
"""

import math
from collections.abc import Mapping, Sequence

from heuresis.agent.spec import Maximise, Minimise, Objective, Window
from heuresis.memory.campaigns import CandidateView


def desirability(objective: Objective, value: float, std: float = 0.0) -> float:
    """Map one value to [0, 1]; with `caution` the unlucky side of its uncertainty is judged.

    Args:
        objective: What is wanted.
        value: In the objective's unit.
        std: Standard deviation, same unit.
    """
    doubt = objective.caution * std
    match objective:
        case Maximise():
            share = (value - doubt - objective.worst) / (objective.best - objective.worst)
        case Minimise():
            share = (objective.worst - value - doubt) / (objective.worst - objective.best)
        case Window():
            outside = max(objective.low - value, value - objective.high, 0.0) + doubt
            share = 1 - outside / objective.margin
    return min(1.0, max(0.0, share))


def utility(
    objectives: Sequence[Objective],
    values: Mapping[str, float],
    stds: Mapping[str, float] | None = None,
) -> float:
    """Join desirabilities into one number in [0, 1]; 0 where a value is missing."""
    total = sum(objective.weight for objective in objectives)
    log_sum = 0.0
    for objective in objectives:
        if objective.name not in values:
            return 0.0
        std = (stds or {}).get(objective.name, 0.0)
        share = desirability(objective, values[objective.name], std)
        if share <= 0:
            return 0.0
        log_sum += objective.weight * math.log(share)
    return math.exp(log_sum / total)


def utility_of(objectives: Sequence[Objective], candidate: CandidateView) -> float:
    """Return a candidate's utility; 0 where a gate stopped it."""
    if candidate.failed_gate is not None:
        return 0.0
    values = {name: number.value for name, number in candidate.values.items()}
    stds = {name: number.std or 0.0 for name, number in candidate.values.items()}
    return utility(objectives, values, stds)


def losses(objectives: Sequence[Objective], values: Mapping[str, float]) -> tuple[float, ...]:
    """Turn values into numbers of which less is always better, in the objectives' units."""
    found = []
    for objective in objectives:
        value = values[objective.name]
        match objective:
            case Maximise():
                found.append(-value)
            case Minimise():
                found.append(value)
            case Window():
                found.append(max(objective.low - value, value - objective.high, 0.0))
    return tuple(found)


def pareto_front(
    objectives: Sequence[Objective], candidates: Sequence[CandidateView]
) -> list[CandidateView]:
    """Return passing candidates that no other passing one beats on every objective."""
    names = {objective.name for objective in objectives}
    full = [c for c in candidates if c.failed_gate is None and names <= c.values.keys()]
    points = [
        losses(objectives, {name: number.value for name, number in c.values.items()}) for c in full
    ]
    return [c for c, here in zip(full, points, strict=True)
            if not any(_dominates(other, here) for other in points)]  # fmt: skip


def _dominates(a: Sequence[float], b: Sequence[float]) -> bool:
    return all(x <= y for x, y in zip(a, b, strict=True)) and tuple(a) != tuple(b)
