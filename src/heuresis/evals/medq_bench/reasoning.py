"""Reasoning: descriptions of one image and comparisons of two, each judged against a reference."""

import hashlib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from statistics import fmean

from heuresis.evals.medq_bench.dataset import Reference
from heuresis.evals.medq_bench.judgement import (
    NOTHING_SAID,
    Judge,
    JudgeKind,
    Judgement,
    ReasoningResult,
    means,
)
from heuresis.tools.medical.medq.pair_reading import read_pair
from heuresis.tools.medical.medq.reading import read

CONSTANT = "Overall, the quality of this image is usable."
CONSTANT_PAIR = "Overall, the first image has the better quality."
Describer = Callable[[Reference], str | None]  # None where nothing came back


@dataclass(frozen=True)
class Described:
    """One reference and what came back; holds no image."""

    reference: str
    text: str | None


@dataclass(frozen=True)
class Bench:
    """How texts are judged.

    Attributes:
        judge: Gives the four scores.
        judge_kind: Rule or language model.
        judge_name: Which.
        is_pair: Whether the texts are about two images.
        note: What to know before comparing.
    """

    judge: Judge
    judge_kind: JudgeKind
    judge_name: str
    is_pair: bool
    note: str = ""


def describe_all(items: Iterable[Reference], describer: Describer) -> list[Described]:
    """Have every item described; what fails is kept."""
    return [Described(item.text, describer(item)) for item in items]


def judge_all(described: Sequence[Described], bench: Bench) -> list[Judgement]:
    """Judge every text; nothing said earns nothing, and asks no judge."""
    return [
        NOTHING_SAID if not one.text else bench.judge(one.reference, one.text) for one in described
    ]


def result(
    method: str, described: Sequence[Described], judgements: Sequence[Judgement], bench: Bench
) -> ReasoningResult:
    """Average, and say how much was understood."""
    texts = [one.text for one in described if one.text]
    axes, total = means(judgements)
    verdicts = [_verdict(text, bench.is_pair) for text in texts]
    return ReasoningResult(
        method=method,
        judge_kind=bench.judge_kind,
        judge=bench.judge_name,
        n=len(described),
        n_without_text=len(described) - len(texts),
        n_without_verdict=sum(verdict is None for verdict in verdicts),
        axes=axes,
        total=total,
        coverage=_coverage(texts, bench.is_pair),
        coverage_reference=_coverage([one.reference for one in described], bench.is_pair),
        note=bench.note,
    )


def constant(described: Sequence[Described], *, is_pair: bool) -> list[Described]:
    """Baseline: the same sentence for all."""
    words = CONSTANT_PAIR if is_pair else CONSTANT
    return [Described(one.reference, words) for one in described]


def shuffled(described: Sequence[Described]) -> list[Described]:
    """Baseline: the reference of another item, by chance but the same at every run."""
    n = len(described)
    if n < 2:
        return []
    found = []
    for i, one in enumerate(described):
        drawn = hashlib.sha256(f"{i}:{one.reference}".encode()).digest()
        other = (i + 1 + int.from_bytes(drawn[:8], "big") % (n - 1)) % n
        found.append(Described(one.reference, described[other].reference))
    return found


def _verdict(text: str, is_pair: bool) -> str | None:
    return read_pair(text).better if is_pair else read(text).verdict


def _coverage(texts: Sequence[str], is_pair: bool) -> float:
    if not texts:
        return 0.0
    return fmean((read_pair(text) if is_pair else read(text)).coverage for text in texts)
