"""Multiple choice: letters out of replies, shares, baselines; nothing is dropped."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from heuresis.evals.medq_bench.dataset import LETTERS, Question
from heuresis.evals.medq_bench.perception import (
    always_a,
    answer_all,
    parse_letter,
    prompt,
    random_letter,
    result,
)

FORMS = ("{}", "{}.", "{}) x", "({})", "{}: it is", "**{}**", "the answer is {}", "Option {} fits")


def question(number: int = 0, answer: str = "A", **changes: object) -> Question:
    fields = {
        "index": str(number), "sources": (), "modality": "CT", "question": "Which?",
        "options": dict(zip(LETTERS, ("noise", "blur", "motion", "none"), strict=True)),
        "answer": answer, "kind": "what",
    }  # fmt: skip
    return Question.model_validate({**fields, **changes})


@pytest.mark.parametrize(
    ("reply", "letter"),
    [
        ("B", "B"),
        ("b", "B"),
        (" **B** ", "B"),
        ("B. Moderate", "B"),
        ("b) moderate", "B"),
        ("(B) moderate", "B"),
        ("The answer is B.", "B"),
        ("The correct answer is **b**", "B"),
        ("I would choose option C", "C"),
        ("B: moderate", "B"),
        ("The right one seems to be D here", "D"),
        ("D or A", "D"),
        ("A. B is wrong", "A"),
        ("the option with a mild blur", None),
        ("mild blur", None),
        ("BAD", None),
        ("E", None),
        ("", None),
    ],
)
def test_a_letter_is_read_in_the_stated_order(reply: str, letter: str | None) -> None:
    assert parse_letter(reply) == letter


@given(st.sampled_from(LETTERS), st.sampled_from(FORMS))
def test_every_usual_form_gives_its_letter(letter: str, form: str) -> None:
    assert parse_letter(form.format(letter)) == letter


@given(st.text())
def test_any_reply_gives_one_of_four_letters_or_none(reply: str) -> None:
    assert parse_letter(reply) in (*LETTERS, None)


def test_the_prompt_lists_the_options_and_asks_for_a_letter() -> None:
    text = prompt(question())
    assert "Which?" in text
    assert "B. blur" in text
    assert text.endswith("Reply with the letter of one option and nothing else.")


def test_what_is_unparsed_or_failed_is_wrong_and_counted() -> None:
    items = [question(i, "ABAB"[i], modality="CT" if i < 2 else "MRI") for i in range(4)]
    replies = iter(["A", "no idea", None, "B"])
    found = result("toy", answer_all(items, lambda _: next(replies)))
    assert found.overall.accuracy.value == 0.5
    assert (found.overall.n, found.overall.n_unparsed, found.overall.n_failed) == (4, 1, 1)
    assert found.by_modality["CT"].accuracy.value == 0.5
    assert found.by_kind["what"].n == 4
    assert found.by_severity["not stated"].n == 4


def test_baselines_need_no_image_and_are_the_same_at_every_run() -> None:
    items = [question(i) for i in range(400)]
    assert result("A", answer_all(items, always_a)).overall.accuracy.value == 1
    once, again = ([random_letter(item) for item in items] for _ in range(2))
    assert once == again
    assert 60 < once.count("A") < 140
