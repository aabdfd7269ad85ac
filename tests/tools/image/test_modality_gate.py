"""The gate before medical tools: who passes, who does not, and what it says."""

from typing import Any

import numpy as np
import pictures
import pytest

from heuresis.contract import Outcome, Status
from heuresis.errors import OutOfDomainError, ServiceError
from heuresis.tools.image.modality import MODALITY, ModalityRequest, ModalityResponse
from heuresis.tools.image.modality_gate import modality_need, require_modality


def answer(array: np.ndarray[Any, Any], **fields: Any) -> ModalityResponse:
    asked = ModalityRequest.model_construct(image=pictures.opened(array))
    found = MODALITY.backends[0].run([asked])[0]
    assert isinstance(found, ModalityResponse)
    return found.model_copy(update=fields)


def outcome(response: ModalityResponse | None, **fields: Any) -> Outcome:
    known = {"status": Status.OK, **fields}
    return Outcome(
        run_id="1", tool="image.modality", response=response, backend="b", seconds=0, **known
    )


def test_a_need_asks_for_the_image() -> None:
    ref = pictures.opened(pictures.fundus())
    need = modality_need(ref)
    assert need.tool == "image.modality"
    assert isinstance(need.request, ModalityRequest)
    assert need.request.image == ref


def test_an_allowed_kind_passes() -> None:
    found = answer(pictures.fundus())
    assert require_modality(outcome(found), "ct", "fundus") == found


def test_another_kind_is_out_of_domain_and_says_what_was_got() -> None:
    with pytest.raises(OutOfDomainError, match=r"got fundus \(probability .*allowed: ct or mri"):
        require_modality(outcome(answer(pictures.fundus())), "ct", "mri")


def test_an_unknown_picture_is_out_of_domain_whatever_is_nearest() -> None:
    strange = answer(pictures.fundus(), is_known=False, modality="unknown")
    with pytest.raises(OutOfDomainError, match="got unknown, nearest fundus"):
        require_modality(outcome(strange, status=Status.PARTIAL), "fundus")


def test_a_doubtful_kind_is_out_of_domain() -> None:
    with pytest.raises(OutOfDomainError, match=r"allowed: fundus with 1\.00 or more"):
        require_modality(outcome(answer(pictures.fundus())), "fundus", least=1.0)


def test_a_picture_the_gate_may_not_judge_is_out_of_domain() -> None:
    refused = outcome(
        None, status=Status.OUT_OF_DOMAIN, error_kind="domain", reason="got 8 px, allowed 32"
    )
    with pytest.raises(OutOfDomainError, match="got 8 px"):
        require_modality(refused, "fundus")


def test_a_gate_that_failed_lets_nobody_pass() -> None:
    broken = outcome(None, status=Status.FAILED, error_kind="service", reason="no weights")
    with pytest.raises(ServiceError, match=r"got failed \(no weights\), allowed: ok"):
        require_modality(broken, "fundus")
