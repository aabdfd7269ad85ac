"""Judges: the rule counts slots, the model is asked three times; failures are counted as such."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scripted_model import Fails, ScriptedModel

from heuresis.errors import ServiceError
from heuresis.evals.medq_bench.agreement import agreement, weighted_kappa
from heuresis.evals.medq_bench.judge_model import ModelJudge, digest, parse_score, shortened
from heuresis.evals.medq_bench.judge_rule import judge_comparison, judge_description
from heuresis.evals.medq_bench.judgement import Judgement, means
from heuresis.tools.chat import Chat
from heuresis.tools.medical.medq.findings import KINDS, Finding
from heuresis.tools.medical.medq.wording import describe, describe_pair

GOOD = "Overall, the quality of this image is good."
USABLE = "Overall, the quality of this image is usable."
REJECT = "Overall, the quality of this image is reject."
FINDINGS = st.lists(
    st.builds(Finding, kind=st.sampled_from(KINDS), severity=st.sampled_from(["mild", "severe"])),
    unique_by=lambda finding: finding.kind,
    max_size=4,
)


def scores(reference: str, candidate: str) -> tuple[int | None, ...]:
    found = judge_description(reference, candidate)
    return found.completeness, found.preciseness, found.consistency, found.quality_accuracy


@given(FINDINGS)
def test_a_text_judged_against_itself_has_the_full_score(findings: list[Finding]) -> None:
    text = describe("mri", findings)
    assert judge_description(text, text).total == 8


@given(FINDINGS, FINDINGS)
def test_a_comparison_judged_against_itself_is_complete_and_precise(
    first: list[Finding], second: list[Finding]
) -> None:
    text = describe_pair("mri", "first", first, second)
    found = judge_comparison(text, text)
    assert (found.completeness, found.preciseness, found.quality_accuracy) == (2, 2, 2)


@pytest.mark.parametrize(
    ("reference", "candidate", "expected"),
    [
        (f"Severe noise and blur. {REJECT}", f"Severe noise, severe blur. {REJECT}", (2, 2, 2, 2)),
        (f"Severe noise and mild blur. {REJECT}", f"Mild blur. {USABLE}", (1, 2, 2, 1)),
        (f"Severe noise. {REJECT}", f"It is sharp and clear. {GOOD}", (0, 2, 2, 0)),
        (f"Severe noise. {REJECT}", f"There is no noise. {GOOD}", (0, 0, 2, 0)),
        (f"Severe noise. {REJECT}", f"No visible degradation. {GOOD}", (0, 0, 2, 0)),
        (f"No visible degradation. {GOOD}", f"No visible degradation. {GOOD}", (2, 2, 2, 2)),
        (f"No visible degradation. {GOOD}", f"Severe blur. {REJECT}", (0, 0, 2, 0)),
        (f"Mild noise. {USABLE}", f"Mild noise and mild blur. {USABLE}", (2, 1, 2, 2)),
        (f"Mild noise. {USABLE}", f"Severe noise. {GOOD}", (2, 2, 0, 1)),
        (f"Mild noise. {USABLE}", "Mild noise.", (2, 2, 0, 0)),
        ("Mild noise.", f"Mild noise. {USABLE}", (2, 2, 2, None)),
    ],
)  # fmt: skip
def test_the_four_axes_are_counted_by_rule(
    reference: str, candidate: str, expected: tuple[int | None, ...]
) -> None:
    assert scores(reference, candidate) == expected


@pytest.mark.parametrize(
    ("candidate", "consistency", "quality"),
    [
        ("The second image shows severe noise. Overall, the first image is better.", 2, 2),
        ("The second image shows severe noise. Overall, the second image is better.", 0, 0),
        ("The second image shows severe noise. Overall, both have the same quality.", 1, 0),
        ("The second image shows severe noise.", 0, 0),
    ],
)
def test_a_comparison_is_right_or_wrong_with_nothing_between(
    candidate: str, consistency: int, quality: int
) -> None:
    reference = "The second image shows severe noise. Overall, the first image is better."
    found = judge_comparison(reference, candidate)
    assert (found.consistency, found.quality_accuracy) == (consistency, quality)


# --- the model as judge ---


@pytest.mark.parametrize(
    ("reply", "score"),
    [
        ("Score: 2", 2),
        ("score:0", 0),
        ("**Score:** 1", 1),
        ("1", 1),
        ("2.0", 2),
        ('{"score": 1}', 1),
        ("Score: 2.0", 2),
        ("Score: 1.5", None),
        ("Score: 3", None),
        ("Score: 12", None),
        ("true", None),
        ("I cannot judge this.", None),
        ("", None),
    ],
)
def test_a_score_is_read_or_there_is_none(reply: str, score: int | None) -> None:
    assert parse_score(reply) == score


@given(st.text())
def test_any_reply_gives_a_score_of_the_scale_or_none(reply: str) -> None:
    assert parse_score(reply) in (0, 1, 2, None)


def test_each_axis_is_one_call_with_both_texts() -> None:
    with ScriptedModel(["Score: 2", "1", '{"score": 0}', "Score: 2"]) as server:
        judge = ModelJudge(Chat(model="toy", base_url=server.url))
        found = judge("the reference", "the candidate")
    assert [found.completeness, found.preciseness, found.consistency, found.quality_accuracy] == [
        2, 1, 0, 2]  # fmt: skip
    assert server.n_asked == 4
    assert "the reference" in server.texts(0)
    assert "the candidate" in server.texts(0)
    assert digest()[:19] in judge.name


def test_an_unreadable_score_is_asked_for_again_and_then_stays_a_failure() -> None:
    script = ["hm", "Score: 1", *["hm"] * 3, "Score: 2", "Score: 2"]
    with ScriptedModel(script) as server:
        found = ModelJudge(Chat(model="toy", base_url=server.url))("r", "c")
    assert (found.completeness, found.preciseness, found.consistency) == (1, None, 2)
    assert found.total is None
    assert server.n_asked == 7
    assert "That was no score" in server.texts(1)


def test_a_failing_server_is_tried_three_times_and_counted() -> None:
    with ScriptedModel(otherwise=lambda _: Fails(503)) as server:
        found = ModelJudge(Chat(model="toy", base_url=server.url))("r", "c")
    assert found == Judgement(
        completeness=None, preciseness=None, consistency=None, quality_accuracy=None
    )
    assert server.n_asked == 12


def test_a_wrong_key_ends_the_eval_instead_of_failing_on_every_item() -> None:
    with ScriptedModel(otherwise=lambda _: Fails(401)) as server:
        with pytest.raises(ServiceError, match="refused"):
            ModelJudge(Chat(model="toy", base_url=server.url))("r", "c")
    assert server.n_asked == 1


def test_long_texts_are_cut_to_five_sentences_with_their_verdict() -> None:
    text = " ".join(f"Sentence {i}." for i in range(9)) + f" {GOOD}"
    assert shortened(text).endswith(f"Sentence 3. {GOOD}")
    assert shortened(f"Mild noise. {GOOD}") == f"Mild noise. {GOOD}"


def test_failures_lower_one_mean_and_are_counted() -> None:
    full = Judgement(completeness=2, preciseness=2, consistency=2, quality_accuracy=2)
    torn = full.model_copy(update={"completeness": None})
    axes, total = means([full, torn])
    assert (axes["completeness"].answered, axes["completeness"].failed_as_zero) == (2, 1)
    assert axes["completeness"].n_failed == 1
    assert (total.answered, total.failed_as_zero, total.n_failed) == (8, 7, 1)


# --- agreement ---


@given(st.lists(st.integers(0, 2), min_size=2))
def test_a_judge_agrees_with_itself(found: list[int]) -> None:
    assert weighted_kappa(found, found, 3) in (None, pytest.approx(1))


def test_kappa_is_that_of_a_worked_example() -> None:
    # By hand: seen 1/4; by chance 7/4, from (1/4, 1/4, 1/2) and (1/2, 0, 1/2).
    assert weighted_kappa([0, 1, 2, 2], [0, 0, 2, 2], 3) == pytest.approx(6 / 7)
    assert weighted_kappa([0, 2], [2, 0], 3) == pytest.approx(-1)
    assert weighted_kappa([1, 1], [1, 1], 3) is None
    assert weighted_kappa([], [], 3) is None


def test_items_that_one_judge_left_out_are_left_out_of_the_agreement() -> None:
    full = Judgement(completeness=2, preciseness=0, consistency=2, quality_accuracy=1)
    low = Judgement(completeness=0, preciseness=0, consistency=0, quality_accuracy=0)
    torn = full.model_copy(update={"completeness": None})
    found = agreement([full, low, torn], [full, low, low])
    assert found["completeness"] == pytest.approx(1)
    assert found["preciseness"] is None
