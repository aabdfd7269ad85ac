"""`medical.compare_quality`: swapping two images flips the answer exactly."""

from typing import Any

import numpy as np
import pictures
import pytest
from gate_outcomes import gate_says
from hypothesis import given
from hypothesis import strategies as st

from heuresis.contract import Quantity
from heuresis.errors import OutOfDomainError, ServiceError
from heuresis.tools.image.degradations.simulate import simulate
from heuresis.tools.medical.compare_quality import (
    COMPARE_QUALITY,
    CompareQualityProblem,
    CompareQualityRequest,
    CompareQualityResponse,
    assemble,
    chance_of_first,
    check_domain,
    check_result,
)

CLEAN = pictures.fundus(256)
SPOILT = simulate(CLEAN, "fundus", "blur", 2.0, 0)
TURNED = {"first": "second", "second": "first", "tie": "tie"}


def request(first: np.ndarray, second: np.ndarray, modality: Any = None) -> CompareQualityRequest:
    refs = {"first": pictures.opened(first), "second": pictures.opened(second)}
    return CompareQualityRequest(**refs, modality=modality).model_copy(update=refs)


def compared(first: np.ndarray, second: np.ndarray) -> CompareQualityResponse:
    asked = request(first, second)
    problem = CompareQualityProblem.model_construct(
        first=asked.first, second=asked.second, modality=None, judged_as="fundus"
    )
    answer = COMPARE_QUALITY.backends[0].run([problem])[0]
    check_result(asked, answer)
    return answer


@given(st.floats(-50, 50), st.floats(-50, 50))
def test_the_chance_swapped_is_exactly_one_minus_it(one: float, two: float) -> None:
    assert chance_of_first(one, two) == 1 - chance_of_first(two, one)
    assert chance_of_first(one, one) == 0.5


def test_swapping_flips_choice_chance_and_differences() -> None:
    here, there = compared(CLEAN, SPOILT), compared(SPOILT, CLEAN)
    assert here.better == TURNED[there.better]
    assert here.probability_first_better == there.probability_second_better
    turned = [(one.kind, TURNED[one.which_is_worse]) for one in there.differences]
    assert [(one.kind, one.which_is_worse) for one in here.differences] == turned
    assert here.first_findings == there.second_findings


def test_the_image_that_was_not_blurred_is_better() -> None:
    answer = compared(CLEAN, SPOILT)
    assert answer.better == "first"
    assert answer.text.endswith("Overall, the first image has the better quality.")


def test_an_image_against_itself_is_a_tie_without_differences() -> None:
    answer = compared(CLEAN, CLEAN)
    assert answer.better == "tie"
    assert answer.probability_first_better.value == 0.5
    assert answer.differences == ()


@pytest.mark.parametrize(
    ("change", "match"),
    [
        ({"better": "second"}, "better: got 'second', allowed 'first'"),
        ({"probability_second_better": Quantity.exact(0.4, "1")}, "allowed a sum of 1"),
        ({"probability_first_better": Quantity.exact(0.4, "dB")}, "got 0.4 'dB'"),
        ({"text": "Both are fine."}, "text: got"),
    ],
)
def test_an_answer_that_contradicts_itself_is_refused(change: dict[str, Any], match: str) -> None:
    answer = compared(CLEAN, SPOILT)
    with pytest.raises(ServiceError, match=match):
        check_result(request(CLEAN, SPOILT), answer.model_copy(update=change))


def test_two_modalities_are_refused_unless_the_caller_chooses_one() -> None:
    pair = [gate_says("ct"), gate_says("mri")]
    with pytest.raises(OutOfDomainError, match="got ct and mri, allowed: two images of one"):
        assemble(request(CLEAN, SPOILT), pair)
    assert assemble(request(CLEAN, SPOILT, "mri"), pair).judged_as == "mri"


def test_one_photograph_refuses_the_pair() -> None:
    with pytest.raises(OutOfDomainError, match="got photograph"):
        assemble(request(CLEAN, SPOILT), [gate_says("fundus"), gate_says("photograph")])


def test_a_tiny_image_refuses_the_pair() -> None:
    with pytest.raises(OutOfDomainError, match="second: got 8 x 8 px"):
        check_domain(request(CLEAN, pictures.flat(height=8, width=8)))
