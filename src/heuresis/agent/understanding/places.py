"""Stretches of text: which touch, and which of several that touch are kept."""

from collections.abc import Callable, Iterable
from typing import Protocol, TypeVar


class Placed(Protocol):
    """Anything that stands in a text, half-open."""

    @property
    def start(self) -> int:
        """First character."""
        ...

    @property
    def end(self) -> int:
        """One after the last character."""
        ...


Place = tuple[int, int]
P = TypeVar("P", bound=Placed)


class Cover:
    """Characters that are taken."""

    def __init__(self, places: Iterable[Place] = ()) -> None:
        """Take the characters of some stretches."""
        self.taken = {at for start, end in places for at in range(start, end)}

    def touches(self, piece: Placed) -> bool:
        """Whether a piece holds a taken character."""
        return any(at in self.taken for at in range(piece.start, piece.end))

    def free(self, pieces: Iterable[P]) -> list[P]:
        """Return the pieces that touch nothing."""
        return [piece for piece in pieces if not self.touches(piece)]


def places(pieces: Iterable[Placed]) -> list[Place]:
    """Return where pieces stand."""
    return [(piece.start, piece.end) for piece in pieces]


def apart(pieces: Iterable[P], rank: Callable[[P], int] | None = None) -> list[P]:
    """Keep pieces that do not touch, in order of the text.

    Args:
        pieces: Of equally good and equally long ones the first is kept.
        rank: Lower is better; then longer beats shorter.
    """
    kept: list[P] = []
    taken: set[int] = set()
    for piece in sorted(pieces, key=lambda p: (rank(p) if rank else 0, p.start - p.end)):
        stretch = range(piece.start, piece.end)
        if taken.isdisjoint(stretch):
            kept.append(piece)
            taken.update(stretch)
    return sorted(kept, key=lambda p: p.start)


def tail(text: str, at: int, n: int = 120) -> str:
    """Return what stands before a place, no more than is looked at."""
    return text[max(0, at - n) : at]
