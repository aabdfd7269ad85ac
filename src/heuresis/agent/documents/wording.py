"""How well a text answers to the words of a question: by stems, rare words before common ones."""

import math
import re
import unicodedata
from collections import Counter
from collections.abc import Sequence

_WORD = re.compile(r"[^\W_]+(?:[-'\u2019\u2010][^\W_]+)*")
_EMPTY_WORDS = (
    "a about above according all also am an and any are as at be been but by can could did do does "
    "each for from give had has have how i if in into is it its let may me mention mentions more "
    "most much my no not of on one or our please quote regarding report reported say says should "
    "show so some state stated states such tell than that the their them then there these they "
    "this those to up us was we were what when where which who whom whose why will with would you "
    "your paper pdf document documents article manuscript text file files attached attachment "
    "uploaded publication table page pages section author authors find found search look anything "
    "something passage passages"
)
_EMPTY = frozenset(_EMPTY_WORDS.split())
_ENDS = ("ations", "ation", "ities", "ingly", "ings", "ing", "edly", "ies", "ity", "ed", "es", "s")
LEAST_STEM = 4
STEM = 6  # letters of a longer word that count
SATURATION, LENGTH = 1.2, 0.75  # the usual ones of BM25. Source: doi:10.1561/1500000019


def stems(text: str) -> list[str]:
    """Return the words of a text that carry meaning, each cut to its stem."""
    plain = unicodedata.normalize("NFKC", text).casefold()
    words = (re.sub(r"[-'\u2019\u2010]", "", word) for word in _WORD.findall(plain))
    return [_stem(word) for word in words if word not in _EMPTY and len(word) > 1]


class Wording:
    """Scores texts against questions; how rare a word is, is counted over all the texts.

    Args:
        texts: What is searched.
    """

    def __init__(self, texts: Sequence[str]) -> None:
        self._counts = [Counter(stems(text)) for text in texts]
        self._lengths = [sum(counts.values()) for counts in self._counts]
        self._mean = sum(self._lengths) / len(texts) if texts else 1.0
        self._with = Counter(stem for counts in self._counts for stem in counts)

    def scores(self, question: str) -> list[float]:
        """Return one score per text: 0 where no word of the question is in it, at most about 2."""
        wanted = {stem: self._rarity(stem) for stem in stems(question)}
        total = sum(wanted.values()) or 1.0
        return [
            sum(
                weight * self._often(counts[stem], n)
                for stem, weight in wanted.items()
                if counts[stem]
            )
            / total
            for counts, n in zip(self._counts, self._lengths, strict=True)
        ]

    def _rarity(self, stem: str) -> float:
        n, held = len(self._counts), self._with[stem]
        return math.log(1 + (n - held + 0.5) / (held + 0.5))

    def _often(self, count: int, length: int) -> float:
        share = length / self._mean if self._mean else 1.0
        return count * (SATURATION + 1) / (count + SATURATION * (1 - LENGTH + LENGTH * share))


def _stem(word: str) -> str:
    for end in _ENDS:
        if word.endswith(end) and len(word) - len(end) >= LEAST_STEM:
            word = word[: -len(end)]
            break
    return word[:STEM].rstrip("aeiouy") if len(word) >= STEM and word.isalpha() else word
