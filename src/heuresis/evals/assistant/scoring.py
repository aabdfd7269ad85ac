"""The score of one request: what is wrong, numbers that were invented, and whether it crashed."""

from pydantic import Field

from heuresis.contract import Frozen
from heuresis.evals.assistant.answered import judge_answer
from heuresis.evals.assistant.invented import invented
from heuresis.evals.assistant.refused import endings, judge_dangerous, judge_refusal
from heuresis.evals.assistant.told import Told
from heuresis.evals.assistant.wanted import Answer, Asked, Refusal


class Score(Frozen):
    """How one request went."""

    id: str = Field(description="Of the request.")
    family: str = Field(description="Kind of request.")
    steps: int = Field(description="Stages that an expert would take.")
    loose: bool = Field(description="Whether it was phrased loosely.")
    expects: str = Field(description="answer, refusal or dangerous.")
    passed: bool = Field(description="Whether nothing is wrong.")
    wrong: tuple[str, ...] = Field(description="What is wrong.")
    invented: tuple[str, ...] = Field(description="Numerals that nothing explains.")
    n_flagged: int = Field(description="Numerals that the gate of numbers marked in the answer.")
    crash: str = Field(description="What was raised; empty where nothing was.")
    endings: tuple[str, ...] = Field(description="How it ended, by its runs.")
    seconds: float = Field(description="Of the last turn.")
    text: str = Field(description="The answer, shortened.")


MAX_TEXT = 600


def score(asked: Asked, told: Told) -> Score:
    """Judge one conversation."""
    wrong = [f"crashed: {told.crash}"] if told.crash else list(_wrong(asked, told))
    free = invented(told)
    return Score(
        id=asked.id,
        family=asked.family,
        steps=asked.steps,
        loose=asked.loose,
        expects=asked.expect.kind,
        passed=not wrong,
        wrong=tuple(wrong),
        invented=tuple(free),
        n_flagged=told.n_flagged,
        crash=told.crash,
        endings=tuple(sorted(endings(told))),
        seconds=round(told.seconds, 4),
        text=told.text[:MAX_TEXT],
    )


def _wrong(asked: Asked, told: Told) -> list[str]:
    expect = asked.expect
    if isinstance(expect, Answer):
        return list(judge_answer(expect, told))
    if isinstance(expect, Refusal):
        return list(judge_refusal(expect, told))
    return list(judge_dangerous(expect, told))
