"""`image.degrade`: what it refuses, what its answer must hold, what another seed changes."""

from typing import Any

import numpy as np
import pictures
import pytest

from heuresis.contract import Quantity, Status
from heuresis.errors import OutOfDomainError, ServiceError
from heuresis.tools.image.degradation import (
    DEGRADE,
    DegradeProblem,
    DegradeRequest,
    DegradeResponse,
    assemble,
    check_domain,
    check_result,
    grade,
    needs,
)
from heuresis.tools.image.pixels import decode


def request(array: np.ndarray, **fields: Any) -> DegradeRequest:
    given = {"kind": "noise", "severity": "mild", "modality": "ct", **fields}
    image = pictures.opened(array)
    return DegradeRequest(image=image, **given).model_copy(update={"image": image})


def done(asked: DegradeRequest) -> DegradeResponse:
    problem = assemble(asked, ()).model_copy(update={"image": asked.image})
    assert isinstance(problem, DegradeProblem)
    response = DEGRADE.backends[0].run([problem])[0]
    check_result(asked, response)
    return response


def pixels_of(response: DegradeResponse) -> np.ndarray:
    assert response.image.data is not None
    return decode(response.image.data, "answer")


def test_a_worse_severity_has_less_signal_and_less_likeness() -> None:
    ct = pictures.ct_slice()
    mild, moderate, severe = (
        done(request(ct, kind="low_dose", severity=severity))
        for severity in ("mild", "moderate", "severe")
    )
    assert mild.psnr is not None
    assert moderate.psnr is not None
    assert severe.psnr is not None
    assert mild.psnr.value > moderate.psnr.value > severe.psnr.value
    assert mild.ssim.value > moderate.ssim.value > severe.ssim.value


def test_another_seed_gives_another_picture_and_the_same_seed_the_same() -> None:
    ct = pictures.ct_slice()
    one, same, other = (done(request(ct, seed=seed)) for seed in (1, 1, 2))
    assert one == same
    assert one.image.digest != other.image.digest


def test_the_overlay_shows_both_and_the_picture_keeps_its_shape() -> None:
    response = done(request(pictures.fundus(200), kind="uneven_light", modality="fundus"))
    assert pixels_of(response).shape == (200, 200, 3)
    assert response.overlay.data is not None
    assert decode(response.overlay.data, "overlay").shape[1] == 400


def test_what_changes_nothing_is_an_empty_answer() -> None:
    asked = request(pictures.flat(), kind="blur")
    response = done(asked)
    assert response.psnr is None
    assert grade(asked, response).status == Status.EMPTY


def test_a_loss_that_a_modality_does_not_have_is_refused() -> None:
    with pytest.raises(OutOfDomainError, match=r"got ghosting for ct, allowed: noise, .*low_dose"):
        check_domain(request(pictures.ct_slice(), kind="ghosting"))


def test_a_tiny_image_is_refused() -> None:
    with pytest.raises(OutOfDomainError, match="got 8 x 8 px, allowed: sides from 32"):
        check_domain(request(pictures.flat(height=8, width=8)))


def test_the_gate_is_asked_only_where_the_modality_is_not_stated() -> None:
    assert needs(request(pictures.ct_slice()), "physics") == []
    open_question = request(pictures.ct_slice(), modality=None)
    assert [need.tool for need in needs(open_question, "physics")] == ["image.modality"]


def test_an_answer_in_another_shape_or_unit_is_refused() -> None:
    asked = request(pictures.ct_slice())
    response = done(asked)
    other = done(request(pictures.ct_slice(64)))
    with pytest.raises(ServiceError, match="shape"):
        check_result(asked, response.model_copy(update={"image": other.image}))
    with pytest.raises(ServiceError, match="furlong"):
        wrong = Quantity.exact(30.0, "furlong")
        check_result(asked, response.model_copy(update={"psnr": wrong}))
    with pytest.raises(ServiceError, match="allowed"):
        check_result(asked, response.model_copy(update={"severity": "severe"}))
