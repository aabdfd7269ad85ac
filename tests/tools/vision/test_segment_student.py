"""The student's backend on drawn pictures, with the shipped weights."""

import numpy as np
import pictures
import pytest

from heuresis.tools import models
from heuresis.tools.vision.segment import check_result
from heuresis.tools.vision.segment_schema import SegmentRequest
from heuresis.tools.vision.segment_student import MODEL, Student, looked_at, network


def asked(array: np.ndarray, **fields: object) -> SegmentRequest:
    ref = pictures.opened(array)
    return SegmentRequest(image=ref, **fields).model_copy(update={"image": ref})


def test_its_card_says_what_it_learnt_from_and_under_which_terms() -> None:
    card = models.card(MODEL)
    assert card.sha256 == models.digest(MODEL)
    assert any("non-commercial" in data.licence for data in card.training_data)


@pytest.mark.parametrize("array", [pictures.discs(), pictures.fundus(100), pictures.noise(64, 33)])
def test_its_answers_hold_what_every_answer_must(array: np.ndarray) -> None:
    request = asked(array)
    (response,) = Student().run([request])
    check_result(request, response)
    assert response.masks


def test_the_same_picture_gives_the_same_bytes() -> None:
    first, second = Student().run([asked(pictures.discs()), asked(pictures.discs())])
    assert first == second


def test_features_are_of_length_one_and_drawn_masks_are_scored() -> None:
    seen, drawn = looked_at(pictures.fundus(96), network())
    assert np.linalg.norm(seen.rows, axis=1) == pytest.approx(1)
    assert all(0 < mask.score <= 1 for mask in drawn)


def test_without_packages_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("heuresis.tools.vision.segment_backends.find_spec", lambda _: None)
    assert "pip install 'heuresis[images]'" in (Student().missing() or "")
