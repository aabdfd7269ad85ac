"""Do two judges agree? Quadratic weighted kappa of their scores on the same texts."""

from collections.abc import Sequence

from heuresis.evals.medq_bench.judgement import AXES, Judgement


def weighted_kappa(first: Sequence[int], second: Sequence[int], n_levels: int) -> float | None:
    """Return Cohen's kappa with quadratic weights; None where chance alone agrees fully.

    Source: Cohen, doi:10.1037/h0026256.

    Args:
        first: Scores from 0 to `n_levels` - 1.
        second: Of another judge, on the same items in the same order.
        n_levels: Number of levels.
    """
    n = len(first)
    if n == 0 or n != len(second):
        return None
    seen = sum((a - b) ** 2 for a, b in zip(first, second, strict=True)) / n
    here = [sum(a == i for a in first) / n for i in range(n_levels)]
    there = [sum(b == i for b in second) / n for i in range(n_levels)]
    chance = sum(
        here[i] * there[j] * (i - j) ** 2 for i in range(n_levels) for j in range(n_levels)
    )
    return None if chance == 0 else 1 - seen / chance


def agreement(first: Sequence[Judgement], second: Sequence[Judgement]) -> dict[str, float | None]:
    """Return kappa by axis and of the sum, over the items that both judges scored."""
    found: dict[str, float | None] = {}
    for axis in AXES:
        pairs = [(a.of(axis), b.of(axis)) for a, b in zip(first, second, strict=True)]
        found[axis] = _kappa(pairs, 3)
    totals = [(a.total, b.total) for a, b in zip(first, second, strict=True)]
    return {**found, "total": _kappa(totals, 9)}


def _kappa(pairs: Sequence[tuple[int | None, int | None]], n_levels: int) -> float | None:
    known = [(a, b) for a, b in pairs if a is not None and b is not None]
    return weighted_kappa([a for a, _ in known], [b for _, b in known], n_levels)
