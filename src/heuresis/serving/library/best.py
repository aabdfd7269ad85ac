"""The best of a stream in constant memory; a structure that comes twice has one place."""

from collections.abc import Callable, Iterable
from typing import TypeVar

R = TypeVar("R")
SLACK = 2  # so many times the wanted number are held before the worse ones are let go


def best_of(
    found: Iterable[R],
    n: int,
    value: Callable[[R], float],
    same: Callable[[R], object],
    *,
    lowest: bool,
) -> list[R]:
    """Return the best, the best first; of equals the one that came first.

    Args:
        found: The stream.
        n: How many.
        value: What ranks them.
        same: What two of the same have in common.
        lowest: Whether the lowest are the best.
    """
    held: dict[object, R] = {}

    def rank(one: R) -> float:
        return value(one) if lowest else -value(one)

    for one in found:
        held.setdefault(same(one), one)
        if len(held) > SLACK * n + 1:
            held = {same(each): each for each in sorted(held.values(), key=rank)[:n]}
    return sorted(held.values(), key=rank)[:n]
