"""The whole benchmark on one folder: perception, description, comparison, each with its baselines.

Results of our own prompts, our rule judge, or another judge than GPT-4o compare with the published
rows only approximately; every result names its judge and the digest of what was asked.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path
from typing import Literal, Protocol, TypeVar

from pydantic import Field

from heuresis.contract import Frozen
from heuresis.errors import RequestError
from heuresis.evals.medq_bench import judge_rule
from heuresis.evals.medq_bench.agreement import agreement
from heuresis.evals.medq_bench.dataset import (
    Question,
    Reference,
    Split,
    Table,
    questions,
    references,
    tables_in,
)
from heuresis.evals.medq_bench.judge_model import ModelJudge
from heuresis.evals.medq_bench.judgement import JudgeKind, ReasoningResult
from heuresis.evals.medq_bench.models import ModelAnswers, Sight
from heuresis.evals.medq_bench.perception import (
    Answerer,
    PerceptionResult,
    always_a,
    answer_all,
    random_letter,
)
from heuresis.evals.medq_bench.perception import result as perception_result
from heuresis.evals.medq_bench.reasoning import (
    Bench,
    constant,
    describe_all,
    judge_all,
    result,
    shuffled,
)
from heuresis.tools.chat import Chat

T = TypeVar("T")
BLIND: tuple[Sight, ...] = ("none", "grey")
SAME_FAMILY = "judge and candidate are one model or of one family: it may favour itself"
NOT_COMPARABLE = "prompts and judge are not the published ones: compare only approximately"


class Candidate(Protocol):
    """Who takes the benchmark."""

    @property
    def name(self) -> str:
        """How results call it."""
        ...

    def answer(self, question: Question) -> str | None:
        """Reply to a multiple choice; None where nothing came back."""
        ...

    def describe(self, reference: Reference) -> str | None:
        """Describe one image, or compare two; None where nothing came back."""
        ...


class Found(Frozen):
    """All results of one folder; baselines stand beside every candidate."""

    split: Split = Field(description="Which tables.")
    tables: tuple[Table, ...] = Field(description="Tables that were there.")
    limit: int | None = Field(description="Items of each table that were asked; None for all.")
    perception: tuple[PerceptionResult, ...] = Field(description="Candidate, then baselines.")
    description: tuple[ReasoningResult, ...] = Field(description="Candidate, then baselines.")
    comparison: tuple[ReasoningResult, ...] = Field(description="Candidate, then baselines.")
    judges_agree: dict[str, dict[str, float | None]] = Field(
        description="Quadratic weighted kappa of rule and model judge, by table and axis."
    )
    note: str = Field(default=NOT_COMPARABLE, description="What to know before comparing.")


@dataclass(frozen=True, kw_only=True)
class Plan:
    """What to run.

    Attributes:
        folder: Where the tables lie.
        split: Which of them.
        candidate: Who takes it; None for the baselines alone.
        judge_kind: Rule, or a language model beside the rule.
        judge: The language model that judges; needed for 'llm'.
        limit: Items of each table, from its top; None for all.
    """

    folder: Path
    split: Split = "test"
    candidate: Candidate | None = None
    judge_kind: JudgeKind = "rule"
    judge: Chat | None = None
    limit: int | None = None


def run(plan: Plan) -> Found:
    """Run everything the folder has tables for.

    Raises:
        RequestError: No table, or one that cannot be read; no model for the judge 'llm'.
        ServiceError: The model, or the judge, refuses every call.
    """
    if plan.judge_kind == "llm" and plan.judge is None:
        raise RequestError("judge 'llm': got no language model, allowed: one that judges")
    tables = tables_in(plan.folder, plan.split)
    agree: dict[str, dict[str, float | None]] = {}
    return Found(
        split=plan.split,
        tables=tables,
        limit=plan.limit,
        perception=_perception(plan) if "QA" in tables else (),
        description=_reasoning(plan, 1, agree) if "description" in tables else (),
        comparison=_reasoning(plan, 2, agree) if "paired_description" in tables else (),
        judges_agree=agree,
    )


def _perception(plan: Plan) -> tuple[PerceptionResult, ...]:
    ways: dict[str, Answerer] = {one.name: one.answer for one in [*_seeing(plan), *_blind(plan)]}
    ways |= {"baseline: always A": always_a, "baseline: random letter": random_letter}
    # The table is read anew for each: images are large, and none need stay in memory.
    return tuple(
        perception_result(
            name, answer_all(_some(questions(plan.folder, plan.split), plan.limit), way)
        )
        for name, way in ways.items()
    )


def _seeing(plan: Plan) -> list[Candidate]:
    return [] if plan.candidate is None else [plan.candidate]


def _blind(plan: Plan) -> list[Candidate]:
    """Return the same model without the image, and with a grey one."""
    if not isinstance(plan.candidate, ModelAnswers):
        return []
    return [replace(plan.candidate, sight=sight) for sight in BLIND]


def _reasoning(
    plan: Plan, n_images: Literal[1, 2], agree: dict[str, dict[str, float | None]]
) -> tuple[ReasoningResult, ...]:
    is_pair = n_images == 2
    texts = {}
    for candidate in _seeing(plan):
        items = _some(references(plan.folder, plan.split, n_images), plan.limit)
        texts[candidate.name] = describe_all(items, candidate.describe)
    bare = describe_all(
        _some(references(plan.folder, plan.split, n_images), plan.limit), lambda item: item.text
    )
    texts["baseline: constant sentence"] = constant(bare, is_pair=is_pair)
    if len(bare) > 1:
        texts["baseline: reference of another item"] = shuffled(bare)
    found = []
    for name, described in texts.items():
        judged = {}
        for bench in _benches(plan, is_pair):
            judged[bench.judge_kind] = judge_all(described, bench)
            found.append(result(name, described, judged[bench.judge_kind], bench))
        if len(judged) == 2:
            table = "comparison" if is_pair else "description"
            agree[f"{table}: {name}"] = agreement(judged["rule"], judged["llm"])
    return tuple(found)


def _benches(plan: Plan, is_pair: bool) -> list[Bench]:
    """Return the rule judge, which is always asked, and the model beside it."""
    rule = judge_rule.judge_comparison if is_pair else judge_rule.judge_description
    benches = [Bench(rule, "rule", judge_rule.NAME, is_pair)]
    if plan.judge_kind == "llm" and plan.judge is not None:
        judge = ModelJudge(plan.judge, is_pair)
        benches.append(Bench(judge, "llm", judge.name, is_pair, _caution(plan)))
    return benches


def _caution(plan: Plan) -> str:
    if plan.judge is None or not isinstance(plan.candidate, ModelAnswers):
        return ""
    is_same = _family(plan.candidate.chat.model) == _family(plan.judge.model)
    return SAME_FAMILY if is_same else ""


def _family(model: str) -> str:
    """Return the letters that a model's name begins with: 'openai/gpt-4o-mini' is of 'gpt'."""
    name = model.rpartition("/")[2].lower()
    return "".join(c if c.isalpha() else " " for c in name).split()[0] if name else ""


def _some(items: Iterable[T], limit: int | None) -> Iterable[T]:
    return islice(items, limit)
