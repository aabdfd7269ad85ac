"""Perception: multiple choice about an image's quality, scored overall, by modality and by kind.

A reply from which no letter can be read is wrong and counted apart; so is a model that failed.
"""

import hashlib
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from pydantic import Field

from heuresis.contract import Frozen
from heuresis.evals.accuracy.bootstrap import score
from heuresis.evals.accuracy.table import Score
from heuresis.evals.medq_bench.dataset import LETTERS, Question

ASK = """Look closely at the quality of this medical image, then answer the question.

{question}

Options:
{options}

Reply with the letter of one option and nothing else."""

Answerer = Callable[[Question], str | None]  # the reply as it came; None where there was none

# In this order, the first that fits: the order of the released scorer. Unlike there, only the last
# one minds capitals, or the article in "a mild blur" would be an answer.
_READERS = (
    re.compile(r"^([A-D])$", re.IGNORECASE),
    re.compile(r"^([A-D])[.)]", re.IGNORECASE),
    re.compile(r"(?:answer is|answer:|option)\W{0,3}\b([A-D])\b", re.IGNORECASE),
    re.compile(r"^([A-D])\s*:", re.IGNORECASE),
    re.compile(r"(?<![A-Za-z'])([A-D])(?![A-Za-z'])"),
)


class Share(Frozen):
    """How many of some questions were answered rightly."""

    n: int = Field(ge=0, description="Questions.")
    n_unparsed: int = Field(ge=0, description="Replies without a letter; counted as wrong.")
    n_failed: int = Field(ge=0, description="Questions without a reply; counted as wrong.")
    accuracy: Score = Field(description="Share answered rightly, of all n.")


class PerceptionResult(Frozen):
    """One way to answer, on all questions."""

    method: str = Field(description="Model, tool or baseline.")
    overall: Share = Field(description="All questions.")
    by_modality: dict[str, Share] = Field(description="By the table's modality.")
    by_kind: dict[str, Share] = Field(description="By kind of question.")
    by_severity: dict[str, Share] = Field(description="By the table's severity.")


@dataclass(frozen=True)
class Answered:
    """One question and what came back; holds no image.

    Attributes:
        modality: Of the table.
        severity: Of the table.
        kind: Of the question.
        answer: The right letter.
        letter: The one read from the reply; None where none was.
        has_reply: Whether there was a reply at all.
    """

    modality: str
    severity: str
    kind: str
    answer: str
    letter: str | None
    has_reply: bool

    @property
    def is_right(self) -> bool:
        """Whether the letters agree."""
        return self.letter == self.answer


def prompt(question: Question) -> str:
    """Write a question as it is put to a model."""
    options = "\n".join(f"{letter}. {text}" for letter, text in question.options.items())
    return ASK.format(question=question.question, options=options)


def parse_letter(reply: str) -> str | None:
    """Return the letter that a reply gives, or None."""
    text = re.sub(r"[*_`]+", "", reply).strip().lstrip("(").strip()
    text = text[:-1] if len(text) == 2 and text[1] in ").:" else text
    for reader in _READERS:
        if (match := reader.search(text)) is not None:
            return match[1].upper()
    return None


def answer_all(items: Iterable[Question], answerer: Answerer) -> list[Answered]:
    """Put every question; what comes back is parsed, what fails is kept."""
    found = []
    for item in items:
        reply = answerer(item)
        letter = None if reply is None else parse_letter(reply)
        about = (item.modality, item.severity, item.kind)
        found.append(Answered(*about, item.answer, letter, reply is not None))
    return found


def result(method: str, answered: list[Answered]) -> PerceptionResult:
    """Count."""
    return PerceptionResult(
        method=method,
        overall=_share(answered),
        by_modality=_shares(answered, lambda one: one.modality),
        by_kind=_shares(answered, lambda one: one.kind),
        by_severity=_shares(answered, lambda one: one.severity),
    )


def always_a(_: Question) -> str:
    """Baseline: the first option."""
    return "A"


def random_letter(question: Question) -> str:
    """Baseline: one of the options by chance, the same at every run."""
    drawn = hashlib.sha256(f"{question.index}:{question.question}".encode()).digest()
    letters = [letter for letter in LETTERS if letter in question.options]
    return letters[int.from_bytes(drawn[:8], "big") % len(letters)]


def _shares(answered: list[Answered], of: Callable[[Answered], str]) -> dict[str, Share]:
    groups = sorted({of(one) for one in answered})
    return {name: _share([one for one in answered if of(one) == name]) for name in groups}


def _share(answered: list[Answered]) -> Share:
    import numpy as np

    right = np.array([one.is_right for one in answered], float)
    found = score(lambda x: float(x.mean()), right) if len(right) else None
    return Share(
        n=len(answered),
        n_unparsed=sum(one.has_reply and one.letter is None for one in answered),
        n_failed=sum(not one.has_reply for one in answered),
        accuracy=found or Score(value=0.0),
    )
