"""Typing errors undone: a word nobody knows that is one or two slips from a known one."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from functools import lru_cache

from heuresis.agent.understanding.words import Word

SHORTEST = 5  # below, one slip turns too many words into others
LONG = 5  # longer words may be a form of a known one
TWO_SLIPS = 8  # from this length on, two are forgiven


class Speller:
    """Known words, indexed so that few are compared with an unknown one."""

    def __init__(self, known: Iterable[str], others: Iterable[str], most: int = 2) -> None:
        """Take the words to correct to, those that are right as they are, and slips at most."""
        self.most = most
        self.known = frozenset(w for w in known if len(w) >= SHORTEST - 1 and w.isalpha())
        self.right = self.known | frozenset(others)
        shelves: dict[tuple[str, int], list[str]] = defaultdict(list)
        for word in sorted(self.known):
            for letter in set(word[:2]):
                shelves[letter, len(word)].append(word)
        self.shelves = dict(shelves)
        self.correct = lru_cache(maxsize=20_000)(self._correct)

    def is_right(self, word: str) -> bool:
        """Whether a word, or what it is a form of, is known as it is."""
        forms = [word, word.removesuffix("s"), word.removesuffix("es")]
        if len(word) > LONG:
            forms += [word.removesuffix(end) for end in ("ed", "d", "ing", "ly")]
            forms += [word.removesuffix("ies") + "y", word.removesuffix("ied") + "y"]
            forms.append(word.removesuffix("ing") + "e")
        return any(form in self.right for form in forms)

    def _correct(self, word: str) -> str | None:
        """Return the one nearest known word, or None where there is none or are several."""
        if len(word) < SHORTEST or not word.isalpha() or self.is_right(word):
            return None
        allowed = min(self.most, 2 if len(word) >= TWO_SLIPS else 1)
        near: dict[int, set[str]] = defaultdict(set)
        for n in range(len(word) - allowed, len(word) + allowed + 1):
            for letter in dict.fromkeys(word[:2]):
                for known in self.shelves.get((letter, n), ()):
                    slips = distance(word, known, allowed)
                    if slips <= allowed and (slips < 2 or len(known) >= TWO_SLIPS - 1):
                        near[slips].add(known)
        for slips in sorted(near):
            stems = {known.removesuffix("s") for known in near[slips]}
            return min(near[slips]) if len(stems) == 1 else _same_start(word, near[slips])
        return None


def corrected(words: Sequence[Word], speller: Speller) -> list[Word]:
    """Return the words with typing errors undone."""
    return [
        word.taken_for(meant) if (meant := speller.correct(word.norm)) else word for word in words
    ]


def distance(one: str, other: str, limit: int) -> int:
    """Count slips (insert, drop, replace, swap neighbours) up to a limit; beyond it, limit + 1."""
    if abs(len(one) - len(other)) > limit:
        return limit + 1
    before: list[int] = []
    last = list(range(len(other) + 1))
    for i, a in enumerate(one, 1):
        row = [i]
        for j, b in enumerate(other, 1):
            cost = min(last[j] + 1, row[j - 1] + 1, last[j - 1] + (a != b))
            if i > 1 and j > 1 and a == other[j - 2] and one[i - 2] == b:
                cost = min(cost, before[j - 2] + 1)
            row.append(cost)
        if min(row) > limit:
            return limit + 1
        before, last = last, row
    return last[-1]


def _same_start(word: str, near: set[str]) -> str | None:
    """Prefer the only one with the same first two letters and the same last one."""
    alike = [known for known in near if known[:2] == word[:2] and known[-1] == word[-1]]
    return alike[0] if len(alike) == 1 else None
