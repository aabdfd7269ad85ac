"""Every image goes the same way into the network, and going it twice changes nothing."""

import numpy as np
import pictures
import pytest
from hypothesis import given
from hypothesis import strategies as st

from heuresis.tools.image.pixels import decode, encode
from heuresis.tools.medical.medq.features import NAMES, hand_features
from heuresis.tools.medical.medq.fundus_structure import N_FEATURES, structure_features
from heuresis.tools.medical.medq.view import canvas_px, on_canvas, prepared


@given(st.integers(32, 300), st.integers(32, 300))
def test_preparing_twice_is_preparing_once(height: int, width: int) -> None:
    once = prepared(pictures.noise(height, width))
    assert max(once.shape[:2]) == min(128, max(height, width))
    assert np.array_equal(prepared(once), once)
    assert np.array_equal(prepared(decode(encode(once), "again")), once)


def test_a_small_image_is_not_enlarged() -> None:
    small = pictures.noise(40, 50)
    assert np.array_equal(prepared(small), small)
    assert canvas_px(prepared(small), "ct") == 64
    assert canvas_px(prepared(small), "mri") == 128  # had no such small ones to learn from


def test_grey_is_the_same_however_it_is_stored() -> None:
    grey = pictures.ct_slice(100)
    in_colour = np.repeat(grey[:, :, None], 3, axis=2)
    deep = grey.astype(np.uint16) * 257
    assert np.array_equal(prepared(in_colour), grey)
    assert np.array_equal(prepared(deep), grey)


def test_the_canvas_holds_the_image_in_its_middle_and_nothing_outside() -> None:
    canvas = on_canvas([prepared(pictures.discs(100, 60))], 128)
    assert canvas.planes.shape == (1, 3, 128, 128)
    assert canvas.inside[0, 0].sum() == 100 * 60
    assert (canvas.planes[0, 0][canvas.inside[0, 0] == 0] == 0).all()
    assert (canvas.planes[0, 1:] == 0).all()


def test_hand_features_are_what_their_names_say() -> None:
    flat = dict(zip(NAMES, hand_features(pictures.flat(255)), strict=True))
    assert flat["mean_green"] == pytest.approx(1)
    assert flat["share_bright"] == 1
    assert flat["entropy_bits"] == 0
    assert flat["laplacian_variance"] == 0
    noisy = dict(zip(NAMES, hand_features(pictures.noise()), strict=True))
    assert noisy["laplacian_variance"] > 0.1
    assert noisy["entropy_bits"] > 7


def test_structure_does_not_depend_on_how_bright_the_lamp_is() -> None:
    bright = pictures.fundus(128)
    dim = np.round(bright * 0.8).astype(np.uint8)
    assert structure_features(bright).shape == (N_FEATURES,)
    assert np.allclose(structure_features(bright)[2:7], structure_features(dim)[2:7], atol=0.25)


def test_structure_of_a_flat_picture_is_finite() -> None:
    for value in (0, 128, 255):
        assert np.isfinite(structure_features(pictures.flat(value))).all()
