"""`image.modality`: what it takes for what, what it refuses, and what its answer must hold."""

from typing import Any

import numpy as np
import pictures
import pytest

from heuresis.contract import ImageRef, Quantity, Status
from heuresis.errors import OutOfDomainError, ServiceError
from heuresis.tools import models
from heuresis.tools.image import examples
from heuresis.tools.image.modality import (
    KINDS,
    MEDICAL,
    MODALITY,
    ModalityRequest,
    ModalityResponse,
    check_domain,
    check_result,
    grade,
)
from heuresis.tools.image.modality_view import SIDE_PX, view
from heuresis.tools.image.pixels import decode


def request(array: np.ndarray[Any, Any]) -> ModalityRequest:
    return ModalityRequest.model_construct(image=pictures.opened(array))  # validation closes files


def ask(*arrays: np.ndarray[Any, Any]) -> list[ModalityResponse]:
    requests = [request(array) for array in arrays]
    found = list(MODALITY.backends[0].run(requests))
    for one, answer in zip(requests, found, strict=True):
        check_result(one, answer)
    return found


def as_grey(array: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    return np.round(array @ np.array([0.299, 0.587, 0.114])).astype(np.uint8)


# --- what it takes for what ---


@pytest.mark.parametrize("size", [64, 96, 256, 512])
def test_a_drawn_fundus_is_a_fundus_at_any_size(size: int) -> None:
    for answer in ask(*(pictures.fundus(size, seed) for seed in range(3))):
        assert answer.modality == "fundus"
        assert answer.confidence.value > 0.8


def test_the_pictures_of_the_examples_are_what_they_show() -> None:
    fundus = decode(examples.FUNDUS.read_bytes(), "fundus")
    assert ask(fundus)[0].modality == "fundus"


@pytest.mark.parametrize(
    "change",
    [
        lambda a: (a * 0.3).astype(np.uint8),
        lambda a: (a * 0.4 + 90).astype(np.uint8),
        lambda a: np.pad(a, ((0, 0), (50, 50), (0, 0))),
        lambda a: a[:, ::-1],
        as_grey,
        lambda a: as_grey(a).astype(np.uint16) * 257,
    ],
    ids=["dark", "pale", "letterbox", "mirrored", "grey", "grey of 16 bits"],
)
def test_a_fundus_stays_one_when_the_picture_is_changed(change: Any) -> None:
    assert ask(np.ascontiguousarray(change(pictures.fundus())))[0].modality == "fundus"


@pytest.mark.parametrize(
    "picture",
    [
        pictures.noise(),
        pictures.noise(300, 200, seed=4),
        pictures.flat(0),
        pictures.flat(128),
        pictures.flat(255),
        pictures.text_page(),
    ],
    ids=["noise", "more noise", "black", "grey", "white", "text"],
)
def test_what_no_doctor_looks_at_is_not_medical(picture: np.ndarray[Any, Any]) -> None:
    assert ask(picture)[0].modality not in MEDICAL


def test_a_batch_answers_as_one_by_one() -> None:
    arrays = [pictures.noise(), pictures.fundus(), pictures.text_page()]
    together, alone = ask(*arrays), [ask(array)[0] for array in arrays]
    assert together == alone


def test_the_digest_is_that_of_the_weights() -> None:
    assert MODALITY.backends[0].digest() == models.card("modality-small").sha256


# --- the answer ---


def test_an_answer_says_all_there_is_to_say() -> None:
    answer = ask(pictures.fundus())[0]
    assert tuple(answer.scores) == KINDS
    assert sum(score.value for score in answer.scores.values()) == pytest.approx(1)
    assert answer.confidence == answer.scores[answer.nearest]
    assert answer.is_known == (answer.modality != "unknown")


@pytest.mark.parametrize("shape", [(40, 40), (900, 60), (60, 900), (200, 300)])
def test_the_overlay_can_be_read_whatever_the_shape(shape: tuple[int, int]) -> None:
    overlay = ask(pictures.flat(90, *shape))[0].overlay
    assert overlay.data is not None
    drawn = decode(overlay.data, overlay.name)
    assert drawn.shape[1] == 256
    assert drawn.shape[0] <= 4 * 256 + 40


def answer_with(**fields: Any) -> ModalityResponse:
    return ask(pictures.fundus())[0].model_copy(update=fields)


def exact(value: float, unit: str = "1") -> Quantity:
    return Quantity.exact(value, unit)


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"confidence": exact(0.9, "%")}, "allowed a number in '1'"),
        ({"scores": {"ct": exact(1.0)}}, "for each of"),
        ({"scores": {kind: exact(2.0) for kind in KINDS}}, "allowed 0 to 1"),
        ({"scores": {kind: exact(0.2) for kind in KINDS}}, "allowed 1"),
        ({"nearest": "other"}, "most probable"),
        ({"confidence": exact(0.123)}, "most probable"),
        ({"modality": "mri"}, "`nearest` or 'unknown'"),
        ({"is_known": False}, "`nearest` or 'unknown'"),
        ({"energy": exact(99.0)}, "energy: got 99.0 for a known kind"),
    ],
)
def test_an_answer_that_contradicts_itself_is_refused(fields: dict[str, Any], said: str) -> None:
    with pytest.raises(ServiceError, match=said):
        check_result(request(pictures.fundus()), answer_with(**fields))


def test_an_unknown_picture_is_a_partial_answer_that_names_the_nearest() -> None:
    answer = answer_with(is_known=False, modality="unknown")
    check_result(request(pictures.fundus()), answer)
    given = grade(request(pictures.fundus()), answer)
    assert given.status == Status.PARTIAL
    assert "nearest: fundus at" in given.reason
    assert grade(request(pictures.fundus()), answer_with()).status == Status.OK


def test_a_picture_too_small_to_be_one_is_out_of_domain() -> None:
    with pytest.raises(OutOfDomainError, match="got 20 x 400 px, allowed: sides from 32 px"):
        check_domain(request(pictures.flat(height=400, width=20)))


# --- the view ---


def test_a_view_is_as_the_network_wants_it() -> None:
    for array in (pictures.flat(), pictures.noise(), pictures.discs().astype(np.uint16) * 200):
        seen = view(array)
        assert seen.shape == (3, SIDE_PX, SIDE_PX)
        assert seen.dtype == np.float32
        assert 0 <= seen.min() <= seen.max() <= 1


def test_a_view_does_not_depend_on_bits_brightness_or_contrast() -> None:
    discs = pictures.discs()
    plain = view(discs)
    np.testing.assert_allclose(view(discs.astype(np.uint16) * 257), plain, atol=0.01)
    np.testing.assert_allclose(view(discs // 2 + 20), plain, atol=0.02)


def test_the_noise_of_a_flat_picture_is_not_blown_up() -> None:
    noise = np.random.default_rng(0).integers(127, 130, (100, 100), dtype=np.uint8)
    assert np.ptp(view(noise)) < 0.2


def test_a_large_picture_is_averaged_not_sampled() -> None:
    y, x = np.mgrid[:960, :960]
    board = ((x + y) % 2 * 255).astype(np.uint8)
    assert np.ptp(view(board)) < 0.2


def test_a_reference_nobody_opened_is_not_read() -> None:
    closed = ModalityRequest(image=ImageRef("sha256:" + "0" * 64))
    with pytest.raises(ServiceError, match="not opened"):
        MODALITY.backends[0].run([closed])
