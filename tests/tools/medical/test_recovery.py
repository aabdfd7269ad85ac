"""medical.recovery: waves of needs, agreement with the clean reading, and what is refused."""

from typing import Any

import numpy as np
import pictures
import pytest

from heuresis.contract import ImageFile, MaskFile, Outcome, Response, Status
from heuresis.errors import ServiceError
from heuresis.tools.image.pixels import image_file, mask_file
from heuresis.tools.medical.recovery import RECOVERY, RecoveryProblem, dice

EYE = pictures.fundus(96)
LINES = np.zeros((96, 96), bool)
LINES[40:44, 10:80] = True


class Picture(Response):
    image: ImageFile


class Vessels(Response):
    mask: MaskFile


class Better(Response):
    probability_first_better: Any


def outcome(response: Response | None, status: Status = Status.OK, reason: str = "") -> Outcome:
    return Outcome.model_construct(
        run_id="r", tool="a.tool", status=status, reason=reason, response=response, backend="b",
        seconds=0.0,
    )  # fmt: skip


def picture(array: np.ndarray) -> Outcome:
    return outcome(Picture(image=image_file(array, "x.png")))


def vessels(inside: np.ndarray) -> Outcome:
    return outcome(Vessels(mask=mask_file(inside, "x.png")))


def better(probability: float | None) -> Outcome:
    from heuresis.contract import Quantity

    stated = None if probability is None else Quantity.exact(probability, "1")
    return outcome(Better(probability_first_better=stated))


def opened(problem: RecoveryProblem, *arrays: np.ndarray) -> RecoveryProblem:
    """Give the references of a problem their bytes, as the lab would."""
    from heuresis.tools.image.pixels import encode

    known = {pictures.opened(array): encode(array) for array in arrays}
    seen = tuple(
        one.model_copy(
            update={
                name: getattr(one, name).opened(known.__getitem__)
                for name in ("degraded", "restored", "vessels_before", "vessels_after")
                if getattr(one, name) is not None
            }
        )
        for one in problem.seen
    )
    clean = problem.vessels_clean.opened(known.__getitem__)
    return problem.model_copy(update={"seen": seen, "vessels_clean": clean})


def test_needs_come_in_three_waves() -> None:
    request = RECOVERY.example
    assert RECOVERY.needs is not None
    assert RECOVERY.later is not None
    first = RECOVERY.needs(request, "agreement")
    assert [need.tool for need in first] == ["medical.segment_vessels", "image.degrade"]
    answers = [vessels(LINES), picture(EYE)]
    second = RECOVERY.later(request, answers)
    assert [need.tool for need in second] == ["image.restore"]
    answers.append(picture(EYE))
    third = RECOVERY.later(request, answers)
    assert [need.tool for need in third] == [
        "medical.segment_vessels", "medical.segment_vessels", "medical.compare_quality",
    ]  # fmt: skip
    answers += [vessels(LINES), vessels(LINES), better(0.7)]
    assert RECOVERY.later(request, answers) == []


def test_gain_is_what_the_chain_gave_back() -> None:
    half = LINES.copy()
    half[:, 45:] = False
    answers = [vessels(LINES), picture(EYE), picture(EYE), vessels(half), vessels(LINES)]
    assert RECOVERY.assemble is not None
    problem = RECOVERY.assemble(RECOVERY.example, [*answers, better(0.8)])
    masks = [np.where(each, 255, 0).astype(np.uint8) for each in (LINES, half)]
    [response] = RECOVERY.backends[0].run([opened(problem, EYE, *masks)])
    [case] = response.cases
    assert case.agreement_before.value == pytest.approx(dice(half, LINES))
    assert case.agreement_after.value == 1
    assert response.gain.value == pytest.approx(1 - dice(half, LINES))
    assert response.looks_better.value == 0.8
    RECOVERY.check_result(RECOVERY.example, response)


def test_an_image_that_is_no_fundus_any_more_counts_as_nothing_recovered() -> None:
    refused = outcome(None, Status.OUT_OF_DOMAIN, "image: got photograph")
    answers = [vessels(LINES), picture(EYE), picture(EYE), vessels(LINES), refused, refused]
    assert RECOVERY.assemble is not None
    problem = RECOVERY.assemble(RECOVERY.example, answers)
    lines = np.where(LINES, 255, 0).astype(np.uint8)
    [response] = RECOVERY.backends[0].run([opened(problem, EYE, lines)])
    assert response.cases[0].agreement_after.value == 0
    assert response.cases[0].looks_better.value == 0


def test_a_need_that_failed_is_named() -> None:
    failed = outcome(None, Status.FAILED, "no memory")
    assert RECOVERY.later is not None
    with pytest.raises(ServiceError, match=r"a\.tool: got failed \(no memory\), allowed"):
        RECOVERY.later(RECOVERY.example, [vessels(LINES), failed])


def test_two_empty_masks_agree() -> None:
    assert dice(np.zeros((4, 4), bool), np.zeros((4, 4), bool)) == 1
