"""`medical.quality`: slots, verdict and text agree; the gate decides who is answered."""

from typing import Any

import numpy as np
import pictures
import pytest
from gate_outcomes import gate_says

from heuresis.contract import Quantity, Status
from heuresis.errors import OutOfDomainError, ServiceError
from heuresis.serving.lab import Lab
from heuresis.tools.image.degradations.kinds import kinds_of
from heuresis.tools.image.degradations.simulate import simulate
from heuresis.tools.medical.medq.network import HELD_OUT
from heuresis.tools.medical.quality import (
    QUALITY,
    QualityProblem,
    QualityRequest,
    QualityResponse,
    assemble,
    check_domain,
    check_result,
)


def request(array: np.ndarray, modality: Any = None) -> QualityRequest:
    image = pictures.opened(array)
    return QualityRequest(image=image, modality=modality).model_copy(update={"image": image})


def judged(*arrays: np.ndarray, as_: str = "fundus") -> list[QualityResponse]:
    requests = [request(array) for array in arrays]
    problems = [
        QualityProblem.model_construct(image=one.image, modality=None, judged_as=as_)
        for one in requests
    ]
    found = list(QUALITY.backends[0].run(problems))
    for one, answer in zip(requests, found, strict=True):
        check_result(one, answer)
    return found


@pytest.fixture(scope="module")
def answers() -> list[QualityResponse]:
    clean = pictures.fundus(256)
    spoilt = simulate(clean, "fundus", "blur", 2.0, 0)
    return judged(clean, spoilt, pictures.fundus(256, seed=1))


def test_every_kind_of_the_modality_is_looked_for_but_those_never_learned(
    answers: list[QualityResponse],
) -> None:
    expected = tuple(kind for kind in kinds_of("fundus") if kind not in HELD_OUT)
    for answer in answers:
        assert tuple(one.kind for one in answer.attributes) == expected


def test_an_answer_does_not_depend_on_its_company(answers: list[QualityResponse]) -> None:
    assert judged(pictures.fundus(256)) == answers[:1]


def test_a_blurred_image_scores_lower(answers: list[QualityResponse]) -> None:
    assert answers[0].score.value > answers[1].score.value
    assert answers[1].verdict != "good"


def test_an_image_twice_through_the_pipeline_is_judged_alike(
    answers: list[QualityResponse],
) -> None:
    from heuresis.tools.medical.medq.view import prepared

    once = prepared(pictures.fundus(256))
    assert judged(once)[0].verdict == judged(prepared(once))[0].verdict == answers[0].verdict


@pytest.mark.parametrize(
    ("change", "match"),
    [
        ({"verdict": "reject"}, "verdict: got 'reject'"),
        ({"text": "All is well."}, "text: got"),
        ({"advice": ()}, "advice: got"),
        ({"p_good": 0.9}, "allowed shares of 1"),
        ({"score": Quantity.exact(1.0, "dB")}, "got 1.0 'dB'"),
    ],
)
def test_an_answer_that_contradicts_itself_is_refused(
    change: dict[str, Any], match: str, answers: list[QualityResponse]
) -> None:
    spoilt = next(answer for answer in answers if answer.verdict != "reject")
    if "advice" in change:
        spoilt = next(answer for answer in answers if answer.advice)
    with pytest.raises(ServiceError, match=match):
        check_result(request(pictures.fundus()), spoilt.model_copy(update=change))


def test_an_answer_for_another_modality_than_asked_is_refused(
    answers: list[QualityResponse],
) -> None:
    with pytest.raises(ServiceError, match="got 'fundus', allowed 'ct'"):
        check_result(request(pictures.fundus(), "ct"), answers[0])


# --- who is answered ---


def test_the_gate_names_the_modality_and_the_caller_may_choose_another_medical_one() -> None:
    asked = request(pictures.fundus())
    assert assemble(asked, [gate_says("fundus")]).judged_as == "fundus"
    assert assemble(request(pictures.fundus(), "microscopy"), [gate_says("fundus")]).judged_as == (
        "microscopy"
    )


@pytest.mark.parametrize("kind", ["photograph", "other", "unknown"])
@pytest.mark.parametrize("stated", [None, "fundus"])
def test_what_is_not_medical_is_refused_whatever_the_caller_says(
    kind: str, stated: str | None
) -> None:
    with pytest.raises(OutOfDomainError, match=rf"got {kind}.*allowed: chest_xray or ct"):
        assemble(request(pictures.noise(), stated), [gate_says(kind)])


def test_a_doubtful_modality_is_refused() -> None:
    with pytest.raises(OutOfDomainError, match="0.50 or more"):
        assemble(request(pictures.fundus()), [gate_says("fundus", 0.4)])


@pytest.mark.parametrize("shape", [(31, 64), (64, 300)])
def test_a_tiny_or_very_long_image_is_refused(shape: tuple[int, int]) -> None:
    with pytest.raises(OutOfDomainError, match="allowed: sides from 32 px, one at most 4"):
        check_domain(request(pictures.noise(*shape)))


def test_through_the_lab_the_gate_is_a_run_of_its_own(lab: Lab) -> None:
    image = pictures.stored(lab.vault, pictures.fundus(256))
    outcome = lab.run("medical.quality", {"image": image})
    assert outcome.status == Status.OK, outcome.reason
    assert outcome.response is not None
    assert outcome.response.modality == "fundus"  # type: ignore[attr-defined]
    assert outcome.notice == "Research use, not for diagnosis."
    assert lab.run("image.modality", {"image": image}).cached
