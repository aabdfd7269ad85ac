"""A turn ends where its limits say, whatever planner drives it, and never calls that an answer."""

from typing import Any

import pytest

from heuresis.agent.assistant.limits import (
    Spent,
    before_question,
    before_step,
    limits_of,
    reached,
    spent_in,
)
from heuresis.agent.assistant.state import Bench, Limits
from heuresis.agent.assistant.turn import answer, say
from heuresis.agent.planning.plan import Call, Constant, Itself, Plan, Subject
from heuresis.memory import sessions
from heuresis.serving.context import Context
from heuresis.serving.lab import Lab
from heuresis.settings import Settings

REPLY = {"prompt_tokens": 100, "completion_tokens": 20, "cost_usd": 0.25, "seconds": 2.0}


def plan(n_steps: int, n_subjects: int = 1) -> dict[str, Any]:
    """A plan that asks test.weigh about every subject, again and again."""
    subjects = [Subject(label=str(i), carrier="text", value=str(i)) for i in range(n_subjects)]
    fields = {"smiles": Itself()}
    steps = [Call(id=f"s{i}", tool="test.weigh", fields=fields) for i in range(1, n_steps + 1)]
    made = Plan(planner="test", goal="x", subjects=tuple(subjects), steps=tuple(steps))
    return made.model_dump(mode="json")


def bench(lab: Lab, **limits: Any) -> Bench:
    message = say(lab, sessions.open_session(lab.ledger, "test"), "x")
    told = sessions.get_message(lab.ledger, message)
    return Bench(lab, told, Limits(**limits), lambda event: None)


# --- counting ---


def test_what_was_recorded_is_counted_and_what_is_unknown_counts_as_nothing() -> None:
    stages = {
        "understand": {"tokens": 9},
        "step s1": {"runs": {"0": "A", "1": "B"}, "refused": {}, "seconds": 1.5},
        "step s2": {"standing": [0], "left_out": {}},
        "reply 1": REPLY,
        "reply 2": {**REPLY, "prompt_tokens": None, "cost_usd": None},
    }
    assert spent_in(stages) == Spent(
        steps=2, calls=2, seconds=5.5, tokens=140, money_usd=0.25, questions=2
    )


@pytest.mark.parametrize(
    ("spent", "limit", "says"),
    [
        (Spent(steps=60), {}, "limit of 60 steps"),
        (Spent(calls=9), {"calls": 10}, "it would be 11 requests to tools, and 10 are allowed"),
        (Spent(seconds=5.0), {"seconds": 5.0}, "limit of 5 seconds"),
        (Spent(money_usd=0.5), {"money_usd": 0.5}, "limit of 0.5 USD"),
        (Spent(repeats=4), {}, "same result 4 times, and 3 are allowed"),
    ],
)
def test_a_step_is_forbidden_by_the_limit_that_is_named(
    spent: Spent, limit: dict[str, Any], says: str
) -> None:
    assert says in before_step(spent, Limits(**limit), 2)
    assert before_step(Spent(), Limits(**limit), 2) == ""


@pytest.mark.parametrize(
    ("spent", "limit", "says"),
    [
        (Spent(questions=25), {}, "limit of 25 questions"),
        (Spent(tokens=10), {"tokens": 10}, "limit of 10 tokens"),
        (Spent(seconds=5.0), {"seconds": 5.0}, "limit of 5 seconds"),
        (Spent(money_usd=2.0), {}, "limit of 1 USD"),
    ],
)
def test_a_question_is_forbidden_by_the_limit_that_is_named(
    spent: Spent, limit: dict[str, Any], says: str
) -> None:
    assert says in before_question(spent, Limits(**limit))
    assert before_question(Spent(), Limits(**limit)) == ""


def test_words_that_are_used_up_do_not_stop_steps_that_are_planned() -> None:
    assert before_step(Spent(tokens=10**9, questions=10**6), Limits(), 1) == ""
    assert before_question(Spent(steps=10**6, calls=10**6), Limits()) == ""


# --- over the ledger ---


def test_the_next_step_is_weighed_before_it_is_done(lab: Lab) -> None:
    at = bench(lab, calls=5)
    assert "6 requests" in reached(at, {"plan": plan(1, 6)})
    assert reached(at, {"plan": plan(1, 5)}) == ""


def test_the_same_call_with_the_same_result_in_many_steps_is_seen(lab: Lab) -> None:
    at = bench(lab, repeats=2)
    stages: dict[str, Any] = {"plan": plan(5)}
    for i in range(1, 4):
        assert reached(at, stages) == ""
        context = Context(origin=f"session:S:M:s{i}")
        outcome = lab.run("test.weigh", {"smiles": "CCO"}, context)
        stages[f"step s{i}"] = {"runs": {"0": outcome.run_id}, "refused": {}}
    assert "same result 3 times, and 2 are allowed" in reached(at, stages)


def test_calls_that_fail_alike_are_alike_though_each_is_a_run_of_its_own(lab: Lab) -> None:
    at = bench(lab, repeats=2)
    stages: dict[str, Any] = {"plan": plan(5)}
    for i in range(1, 4):
        context = Context(origin=f"session:S:M:s{i}")
        outcome = lab.run("test.weigh", {"smiles": "no molecule"}, context)
        assert not outcome.is_usable
        stages[f"step s{i}"] = {"runs": {"0": outcome.run_id}, "refused": {}}
    assert "same result 3 times" in reached(at, stages)


def test_different_calls_are_no_repetition(lab: Lab) -> None:
    at = bench(lab, repeats=1)
    stages: dict[str, Any] = {"plan": plan(9)}
    for i in range(1, 5):
        outcome = lab.run("test.weigh", {"smiles": "C" * i}, Context(origin=f"session:S:M:s{i}"))
        stages[f"step s{i}"] = {"runs": {"0": outcome.run_id, "1": outcome.run_id}, "refused": {}}
    assert reached(at, stages) == ""


# --- over a whole turn ---


def test_a_turn_that_is_stopped_says_so_and_keeps_what_it_found(
    lab: Lab, settings: Settings
) -> None:
    message = say(lab, sessions.open_session(lab.ledger, "test"), "QED of CCO, CCN and CCC")
    turn = answer(message, lab, settings, limits=Limits(calls=3))
    assert turn.ending == "stopped"
    assert "6 requests to tools, and 3 are allowed" in turn.text
    assert "answered" not in turn.text
    assert turn.message is not None
    again = answer(message, lab, settings)
    assert again.ending == "stopped"


def test_limits_are_those_of_the_settings(lab: Lab, settings: Settings) -> None:
    few = settings.model_copy(update={"turn_steps": 1})
    assert limits_of(few).steps == 1
    assert limits_of(settings) == Limits()
    message = say(lab, sessions.open_session(lab.ledger, "test"), "QED of CCO")
    turn = answer(message, lab, few)
    assert turn.ending == "stopped"
    assert "the limit of 1 steps is reached" in turn.text


def test_constants_are_asked_once_per_subject(lab: Lab) -> None:
    made = Plan(
        planner="test",
        goal="x",
        subjects=tuple(Subject(label="a", carrier="text", value="a") for _ in range(9)),
        steps=(Call(id="s1", tool="test.weigh", fields={"smiles": Constant(value="C")},
                    among=(0, 1)),),
    )  # fmt: skip
    stages = {"plan": made.model_dump(mode="json")}
    assert reached(bench(lab, calls=2), stages) == ""
    assert "2 requests" in reached(bench(lab, calls=1), stages)
