"""Each loss does what its physics says, no more, and the same for the same seed."""

from typing import get_args

import numpy as np
import pictures
import pytest
from hypothesis import given
from hypothesis import strategies as st

from heuresis.tools.image.degradations import ct, mri, optical
from heuresis.tools.image.degradations.kinds import (
    ABOUT,
    KINDS,
    MODALITIES,
    KindName,
    Modality,
    kinds_of,
)
from heuresis.tools.image.degradations.simulate import simulate
from heuresis.tools.image.degradations.strengths import (
    MILD,
    MODERATE,
    SEVERE,
    SPECIAL,
    STRENGTHS,
    strength,
)

PAIRS = [(modality, kind) for modality in MODALITIES for kind in kinds_of(modality)]


def picture(modality: Modality) -> np.ndarray:
    if modality in ("fundus", "microscopy"):
        return pictures.fundus(128)
    return pictures.ct_slice(128)


def error(modality: Modality, kind: KindName, place: float) -> float:
    """Root of the mean squared change, over a few seeds."""
    clean = picture(modality)
    changes = [
        (simulate(clean, modality, kind, place, seed).astype(float) - clean) ** 2
        for seed in range(4)
    ]
    return float(np.mean(changes)) ** 0.5


def test_there_are_at_least_fourteen_kinds_and_each_happens_somewhere() -> None:
    assert len(KINDS) >= 14
    assert set(ABOUT) == set(KINDS) == set(STRENGTHS)
    assert {kind for modality in MODALITIES for kind in kinds_of(modality)} == set(KINDS)


@pytest.mark.parametrize(("modality", "kind"), PAIRS)
def test_shape_and_depth_are_kept_and_a_seed_repeats(modality: Modality, kind: KindName) -> None:
    clean = picture(modality)
    one, two = (simulate(clean, modality, kind, SEVERE, 5) for _ in range(2))
    assert one.shape == clean.shape
    assert one.dtype == np.uint8
    assert np.array_equal(one, two)
    assert not np.array_equal(one, clean)


@pytest.mark.parametrize(("modality", "kind"), PAIRS)
def test_severe_changes_more_than_moderate_and_that_more_than_mild(
    modality: Modality, kind: KindName
) -> None:
    mild, moderate, severe = (error(modality, kind, place) for place in (MILD, MODERATE, SEVERE))
    assert mild < moderate < severe


@pytest.mark.parametrize("kind", KINDS)
def test_strengths_run_one_way(kind: KindName) -> None:
    steps = [STRENGTHS[kind], *(v for (k, _), v in SPECIAL.items() if k == kind)]
    for mild, moderate, severe in steps:
        assert mild < moderate < severe or mild > moderate > severe


@given(st.floats(-0.2, 2.2))
def test_the_scale_passes_through_its_columns(place: float) -> None:
    assert strength("blur", "ct", MODERATE) == pytest.approx(STRENGTHS["blur"][1])
    low, high = sorted((strength("blur", "ct", place), strength("blur", "ct", place + 0.1)))
    assert low < high


def test_losses_grow_with_the_image_so_that_severity_keeps_its_meaning() -> None:
    from PIL import Image

    small = pictures.fundus(128)
    large = np.asarray(Image.fromarray(small).resize((512, 512), Image.Resampling.BICUBIC))
    kinds: tuple[KindName, ...] = ("blur", "noise", "low_resolution", "compression")
    for kind in kinds:
        bad = Image.fromarray(simulate(large, "fundus", kind, SEVERE, 1))
        seen = np.asarray(bad.resize((128, 128), Image.Resampling.BOX)).astype(float)
        change = float(np.abs(seen - small).mean())
        direct = simulate(small, "fundus", kind, SEVERE, 1)
        assert change == pytest.approx(float(np.abs(direct.astype(float) - small).mean()), rel=0.4)


# --- physics ---


def test_all_views_and_the_whole_half_turn_change_nothing() -> None:
    x = pictures.ct_slice(96).astype(np.float32) / 255
    generator = np.random.default_rng(0)
    assert np.allclose(ct.sparse_view(x, ct.N_VIEWS, generator), x, atol=1e-5)
    assert np.allclose(ct.limited_angle(x, ct.N_VIEWS, generator), x, atol=1e-5)
    assert np.abs(ct.low_dose(x, 1e12, generator) - x).max() < 1e-3


def test_a_missing_wedge_hurts_more_the_wider_it_is() -> None:
    x = pictures.ct_slice(96).astype(np.float32) / 255
    errors = [
        np.abs(ct.limited_angle(x, wedge, np.random.default_rng(0)) - x).mean()
        for wedge in (170, 140, 100)
    ]
    assert errors == sorted(errors)


def test_the_projection_keeps_the_mass_of_the_image() -> None:
    x = pictures.ct_slice(64).astype(np.float32)
    views = ct._project(x).sum(axis=1)
    assert np.allclose(views, x.sum(), rtol=1e-4)


def test_noise_in_the_dark_of_a_magnitude_image_has_rayleighs_mean() -> None:
    dark = np.zeros((200, 200), np.float32)
    noisy = mri.rician_noise(dark, 0.1, np.random.default_rng(0), 1.0)
    assert float(noisy.mean()) == pytest.approx(0.1 * np.sqrt(np.pi / 2), rel=0.02)


def test_every_second_line_weaker_sets_a_ghost_half_a_frame_away() -> None:
    x = np.zeros((64, 64), np.float32)
    x[10:14, 30:34] = 0.5
    ghost = mri.ghosting(x, 0.4, np.random.default_rng(0))
    assert ghost[42:46, 30:34].mean() > 0.1
    assert ghost[20:30].mean() < 0.01


def test_every_line_measured_gives_the_image_back() -> None:
    x = pictures.ct_slice(64).astype(np.float32) / 255
    assert np.allclose(mri.undersampling(x, 1.0, np.random.default_rng(0)), x, atol=1e-4)
    assert np.allclose(mri.bias_field(x, 0.0, np.random.default_rng(0)), x, atol=1e-6)
    assert np.allclose(mri.motion(x, 0.0, 8.0, np.random.default_rng(0)), x, atol=1e-5)


def test_a_gain_of_one_and_a_whole_contrast_change_nothing() -> None:
    x = pictures.fundus(64).astype(np.float32) / 255
    assert np.allclose(optical.exposure(x, 1.0), x, atol=1e-6)
    assert np.allclose(optical.low_contrast(x, 1.0), x, atol=1e-6)


def test_a_grey_picture_stored_in_colour_stays_grey_under_scanner_noise() -> None:
    grey = np.repeat(pictures.ct_slice(64)[:, :, None], 3, axis=2)
    bad = simulate(grey, "ct", "noise", SEVERE, 0)
    assert (np.ptp(bad.astype(int), axis=2) == 0).all()


def test_sixteen_bits_come_back_as_eight() -> None:
    deep = pictures.ct_slice(64).astype(np.uint16) * 257
    assert simulate(deep, "ct", "blur", MILD, 0).dtype == np.uint8


def test_the_names_are_those_of_the_types() -> None:
    assert get_args(Modality) == MODALITIES
    assert get_args(KindName) == KINDS
