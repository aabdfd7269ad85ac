"""The field of view is found, brought to one size, and its rim leaves no edge."""

import numpy as np
import pictures
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from heuresis.tools.medical.serp_mamba.preparation import (
    DIAMETER_PX,
    diameter_px,
    field_of_view,
    prepare,
    resized,
)
from heuresis.tools.medical.serp_mamba.scores import dice


def disc(size: int, radius: float) -> np.ndarray:
    y, x = np.mgrid[:size, :size] + 0.5 - size / 2
    return np.hypot(x, y) < radius


@given(st.integers(300, 700), st.integers(0, 5))
@settings(max_examples=8)
def test_the_field_of_a_drawn_eye_is_found_at_any_size(size: int, seed: int) -> None:
    eye = pictures.fundus(size, seed)
    assert dice(field_of_view(eye), disc(size, 0.94 * size / 2)) > 0.98


def test_holes_are_filled_and_specks_left_out() -> None:
    image = np.zeros((200, 200, 3), np.uint8)
    image[disc(200, 80)] = 180
    image[90:110, 90:110] = 0
    image[3:6, 3:6] = 255
    assert np.array_equal(field_of_view(image), disc(200, 80))


def test_a_dark_eye_before_a_grey_surround_is_still_round() -> None:
    image = np.full((300, 360, 3), 22, np.uint8)
    image[30:270, 60:300][disc(240, 118)] = 190
    image[0:5, 0:5] = image[-5:, -5:] = 4
    found = field_of_view(image)
    assert diameter_px(found) == pytest.approx(236, abs=2)


def test_a_black_image_has_no_field() -> None:
    assert not field_of_view(np.zeros((50, 50, 3), np.uint8)).any()
    assert diameter_px(np.zeros((5, 5), bool)) == 0


@pytest.mark.parametrize("size", [320, 584, 960])
def test_every_camera_is_brought_to_one_diameter(size: int) -> None:
    eye = pictures.fundus(size)
    view = prepare(eye, field_of_view(eye))
    assert max(view.shade.shape) == DIAMETER_PX
    assert view.shade.min() >= 0
    assert view.shade.max() <= 1
    inside = view.standardised()[view.fov]
    assert (inside.mean(), inside.std()) == pytest.approx((0, 1), abs=1e-3)


def test_the_surround_goes_on_as_the_rim_was() -> None:
    image = np.zeros((300, 300, 3), np.uint8)
    image[disc(300, 140)] = 120
    view = prepare(image, field_of_view(image))
    assert float(np.ptp(view.green[view.fov])) < 0.5
    assert float(view.shade[2, 2]) == pytest.approx(float(view.shade[270, 270]), abs=0.05)


def test_a_map_goes_back_to_the_place_it_came_from() -> None:
    eye = pictures.fundus(400)
    fov = field_of_view(eye)
    view = prepare(eye, fov)
    whole = view.restore(np.ones_like(view.shade), fov)
    assert whole.shape == (400, 400)
    assert np.array_equal(whole > 0.99, fov)


def test_a_flat_field_is_blank_and_not_divided_by_nothing() -> None:
    image = np.full((320, 320, 3), 90, np.uint8)
    view = prepare(image, disc(320, 155))
    assert view.is_blank
    assert np.isfinite(view.standardised()).all()


def test_a_drawn_eye_is_not_blank() -> None:
    eye = pictures.fundus(320)
    assert not prepare(eye, field_of_view(eye)).is_blank


@given(st.integers(8, 60), st.integers(8, 60))
@settings(max_examples=15)
def test_resizing_keeps_the_range(height: int, width: int) -> None:
    array = np.random.default_rng(0).random((31, 47), dtype=np.float32)
    found = resized(array, (height, width))
    assert found.shape == (height, width)
    assert array.min() - 1e-6 <= found.min() <= found.max() <= array.max() + 1e-6
