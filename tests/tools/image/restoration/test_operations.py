"""Each operation undoes what it is for, on pictures drawn by code."""

import numpy as np
import pictures
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.ndimage import gaussian_filter

from heuresis.tools.image.restoration.chain import LIMITS, read_chain
from heuresis.tools.image.restoration.operations import apply, noise_std

EYE = pictures.fundus(192)


def error(array: np.ndarray) -> float:
    return float(np.sqrt(np.mean((array.astype(float) - EYE) ** 2)))


def test_denoising_takes_most_of_added_noise_away() -> None:
    noise = np.random.default_rng(0).normal(0, 20, EYE.shape)
    noisy = np.clip(EYE + noise, 0, 255).astype(np.uint8)
    assert error(apply(noisy, read_chain("denoise(1)"))) < 0.6 * error(noisy)


def test_deblurring_with_the_right_width_gives_edges_back() -> None:
    blurred = gaussian_filter(EYE, (2, 2, 0))
    assert error(apply(blurred, read_chain("deblur(2)"))) < 0.8 * error(blurred)


def test_evening_the_light_makes_both_sides_alike() -> None:
    shade = np.linspace(0.3, 1, EYE.shape[1])[None, :, None]
    shaded = (EYE * shade).astype(np.uint8)
    even = apply(shaded, read_chain("illumination(1)"))

    def sides(array: np.ndarray) -> float:
        return float(array[:, 30:80].mean() / array[:, 110:160].mean())

    assert sides(shaded) < 0.7
    assert sides(even) == pytest.approx(sides(EYE), rel=0.15)


def test_gamma_below_one_lightens_and_its_inverse_restores() -> None:
    dark = apply(EYE, read_chain("gamma(2)"))
    assert dark.mean() < EYE.mean()
    assert error(apply(dark, read_chain("gamma(0.5)"))) < 3


def test_contrast_and_sharpening_spread_the_values() -> None:
    grey = EYE[:, :, 1]
    for chain in ("contrast(2)", "sharpen(1)"):
        assert apply(grey, read_chain(chain)).std() > grey.std(), chain


def test_noise_is_estimated_within_a_fifth() -> None:
    noise = np.random.default_rng(0).normal(0, 0.05, (128, 128))
    assert noise_std((0.5 + noise).astype(np.float32)) == pytest.approx(0.05, rel=0.2)
    assert noise_std(np.zeros((16, 16), np.float32)) == 0


@pytest.mark.parametrize("name", sorted(LIMITS))
@given(data=st.data())
def test_every_operation_keeps_size_and_range_on_any_picture(
    name: str, data: st.DataObject
) -> None:
    strength = data.draw(st.sampled_from(LIMITS[name]))
    shape = data.draw(st.sampled_from([(16, 40), (33, 17, 3), (64, 64, 3)]))
    kind = data.draw(st.sampled_from(["flat", "black", "noise", "deep"]))
    chance = np.random.default_rng(data.draw(st.integers(0, 9)))
    picture = {
        "flat": np.full(shape, 128, np.uint8),
        "black": np.zeros(shape, np.uint8),
        "noise": chance.integers(0, 256, shape).astype(np.uint8),
        "deep": chance.integers(0, 65536, shape).astype(np.uint16),
    }[kind]
    found = apply(picture, read_chain(f"{name}({strength:g})"))
    assert found.shape == shape
    assert found.dtype == np.uint8
    assert np.array_equal(found, apply(picture, read_chain(f"{name}({strength:g})")))
