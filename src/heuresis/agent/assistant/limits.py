"""Where a turn ends at the latest: counted from what was recorded, so no restart forgets it.

The nodes call `reached(bench, stages)` before every step and before every question to the planner.
A sentence in return ends the turn: its ending is then 'stopped', never 'answered'.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select

from heuresis.agent.assistant.state import Bench, Limits, plan_in
from heuresis.agent.assistant.steps import stage_name
from heuresis.agent.planning.plan import Call, Plan, Step
from heuresis.memory.ledger import Ledger
from heuresis.memory.runs import CHUNK, RUN
from heuresis.settings import Settings

STEP, REPLY = "step ", "reply "  # how the names of stages begin


@dataclass(frozen=True)
class Spent:
    """What a turn has used so far.

    Attributes:
        steps: Steps done.
        calls: Requests to tools.
        seconds: Time of steps and of questions to a language model.
        tokens: Read and written by a language model.
        money_usd: What its replies cost, where prices are known.
        questions: Questions to it.
        repeats: How often the most frequent call came to the same result.
    """

    steps: int = 0
    calls: int = 0
    seconds: float = 0.0
    tokens: int = 0
    money_usd: float = 0.0
    questions: int = 0
    repeats: int = 0


def limits_of(settings: Settings) -> Limits:
    """Return the limits that the settings name."""
    return Limits(
        steps=settings.turn_steps,
        calls=settings.turn_calls,
        seconds=settings.turn_seconds,
        tokens=settings.turn_tokens,
        money_usd=settings.turn_money_usd,
        repeats=settings.turn_repeats,
        questions=settings.turn_questions,
    )


def reached(bench: Bench, stages: Mapping[str, Any]) -> str:
    """Say which limit forbids what is next; empty where the turn may go on.

    Args:
        bench: The turn's ledger, message and limits.
        stages: What was recorded of the turn.
    """
    plan = plan_in(stages, bench.message)
    spent = spent_in(stages, _repeats(bench.ledger, stages))
    step = next((one for one in plan.steps if stage_name(one) not in stages), None)
    if step is None:
        return before_question(spent, bench.limits)
    return before_step(spent, bench.limits, _n_requests(step, plan))


def before_step(spent: Spent, limits: Limits, n_requests: int) -> str:
    """Say which limit forbids a step that would put so many requests to a tool."""
    calls = spent.calls + n_requests
    return _first(
        (spent.steps >= limits.steps, f"the limit of {limits.steps} steps is reached"),
        (
            calls > limits.calls,
            f"with the next step it would be {calls} requests to tools, and {limits.calls} are "
            "allowed",
        ),
        *_of_both(spent, limits),
    )


def before_question(spent: Spent, limits: Limits) -> str:
    """Say which limit forbids to ask the planner again."""
    return _first(
        (
            spent.questions >= limits.questions,
            f"the limit of {limits.questions} questions to the language model is reached",
        ),
        (
            spent.tokens >= limits.tokens,
            f"the limit of {limits.tokens} tokens of the language model is reached",
        ),
        *_of_both(spent, limits),
    )


def _of_both(spent: Spent, limits: Limits) -> Sequence[tuple[bool, str]]:
    return (
        (
            spent.seconds >= limits.seconds,
            f"the limit of {limits.seconds:g} seconds for one question is reached",
        ),
        (
            spent.money_usd >= limits.money_usd and spent.money_usd > 0,
            f"the limit of {limits.money_usd:g} USD for the language model is reached",
        ),
        (
            spent.repeats > limits.repeats,
            f"the same call came to the same result {spent.repeats} times, and {limits.repeats} "
            "are allowed",
        ),
    )


def _first(*checks: tuple[bool, str]) -> str:
    return next((why for is_reached, why in checks if is_reached), "")


def spent_in(stages: Mapping[str, Any], repeats: int = 0) -> Spent:
    """Count what was recorded.

    Args:
        stages: What the stages of a turn came to, by name.
        repeats: How often the most frequent call came to the same result.
    """
    steps = [body for name, body in stages.items() if name.startswith(STEP)]
    replies = [body for name, body in stages.items() if name.startswith(REPLY)]
    return Spent(
        steps=len(steps),
        calls=sum(len(body.get("runs", ())) for body in steps),
        seconds=_total((*steps, *replies), "seconds"),
        tokens=round(_total(replies, "prompt_tokens") + _total(replies, "completion_tokens")),
        money_usd=_total(replies, "cost_usd"),
        questions=len(replies),
        repeats=repeats,
    )


def _total(bodies: Iterable[Mapping[str, Any]], name: str) -> float:
    return float(sum(body.get(name) or 0 for body in bodies))


def _n_requests(step: Step, plan: Plan) -> int:
    """Count the requests a step may make at most."""
    if not isinstance(step, Call):
        return 0
    return len(plan.subjects) if step.among is None else len(step.among)


def _repeats(ledger: Ledger, stages: Mapping[str, Any]) -> int:
    """Count how often the most frequent call of different steps came to the same result."""
    by_step = [
        set(body.get("runs", {}).values())
        for name, body in stages.items()
        if name.startswith(STEP) and isinstance(body.get("runs", {}), dict)
    ]
    results = _results(ledger, sorted(set().union(*by_step))) if len(by_step) > 1 else {}
    counted = Counter(
        result for ids in by_step for result in {results[i] for i in ids if i in results}
    )
    return max(counted.values(), default=0)


def _results(ledger: Ledger, run_ids: Sequence[str]) -> dict[str, tuple[str, ...]]:
    """Return by run what was asked and what came out; attempts that fail alike are alike."""
    columns = (RUN.c.key, RUN.c.status, RUN.c.reason)
    found: dict[str, tuple[str, ...]] = {}
    with ledger.read() as connection:
        for start in range(0, len(run_ids), CHUNK):
            query = select(RUN.c.id, *columns).where(RUN.c.id.in_(run_ids[start : start + CHUNK]))
            for row in connection.execute(query):
                found[row.id] = (row.key, row.status, row.reason)
    return found
