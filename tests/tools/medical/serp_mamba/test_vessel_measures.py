"""Lines drawn with a known length, width and bend are measured as drawn."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from heuresis.tools.medical.serp_mamba.vessel_measures import (
    centreline,
    length,
    measure,
    segments,
    tortuosity,
    widths,
)

WHOLE = np.ones((120, 160), bool)


def band(width: int, size: tuple[int, int] = (120, 160)) -> NDArray[np.bool_]:
    mask = np.zeros(size, bool)
    mask[50 : 50 + width, 20:140] = True
    return mask


def drawn(points: NDArray[np.float64], width: int, size: int = 300) -> NDArray[np.bool_]:
    from PIL import Image, ImageDraw

    page = Image.new("L", (size, size))
    ImageDraw.Draw(page).line([tuple(p) for p in points], fill=255, width=width, joint="curve")
    return np.asarray(page) > 0


@given(st.integers(1, 15))
def test_a_band_of_n_rows_is_n_wide(n: int) -> None:
    mask = band(n)
    line = np.zeros_like(mask)
    line[50 + (n - 1) // 2, 40:120] = True
    np.testing.assert_allclose(widths(mask, line), n)


@given(st.integers(1, 9))
@settings(max_examples=9)
def test_mean_width_of_a_band_is_its_rows(n: int) -> None:
    found, _ = measure(band(n), WHOLE)
    assert found.width_px == pytest.approx(n, abs=0.25)


@pytest.mark.parametrize("n", [2, 5, 8, 15])
def test_in_a_large_image_a_width_is_off_by_half_a_pixel_at_most(n: int) -> None:
    mask = np.zeros((1500, 1500), bool)
    mask[700 : 700 + n, 100:1400] = True
    line = np.zeros_like(mask)
    line[700 + (n - 1) // 2, 200:1300] = True
    np.testing.assert_allclose(widths(mask, line), n, atol=0.5)


@pytest.mark.parametrize("angle", range(0, 180, 15))
def test_width_and_straightness_hold_at_any_angle(angle: int) -> None:
    way = np.array([np.cos(np.radians(angle)), np.sin(np.radians(angle))])
    mask = drawn(np.array([150 - 100 * way, 150 + 100 * way]), 7)
    found, _line = measure(mask, np.ones_like(mask))
    assert found.tortuosity == pytest.approx(1, abs=0.01)
    assert found.widths_px is not None
    assert found.widths_px[1] == pytest.approx(7, abs=1)
    assert found.density * mask.size == pytest.approx(200, rel=0.04)


def test_half_a_circle_is_half_pi_tortuous() -> None:
    angle = np.linspace(0, np.pi, 200)
    mask = drawn(150 + 100 * np.stack([np.cos(angle), np.sin(angle)], axis=1), 3)
    found, _ = measure(mask, np.ones_like(mask))
    assert found.n_segments == 1
    assert found.tortuosity == pytest.approx(np.pi / 2, rel=0.03)


def test_density_is_length_by_area() -> None:
    found, line = measure(band(1), WHOLE)
    assert length(line) == pytest.approx(119)
    assert found.density == pytest.approx(119 / WHOLE.size)
    assert found.fraction == pytest.approx(120 / WHOLE.size)


def test_a_slope_counts_root_two_a_pixel_and_a_corner_is_cut_once() -> None:
    assert length(np.eye(11, dtype=bool)) == pytest.approx(10 * np.sqrt(2))
    corner = np.zeros((5, 5), bool)
    corner[2, :3] = corner[2:, 2] = True
    assert length(corner) == 4


def test_a_cross_falls_into_four_pieces() -> None:
    line = np.zeros((81, 81), bool)
    line[40] = line[:, 40] = True
    assert len(segments(line)) == 4


def test_what_is_outside_the_field_is_not_measured() -> None:
    fov = WHOLE.copy()
    fov[:, :80] = False
    found, line = measure(band(3), fov)
    assert not line[:, :80].any()
    assert found.fraction == pytest.approx(3 * 60 / (120 * 80))


def test_an_empty_mask_has_no_width_and_no_bend() -> None:
    found, line = measure(np.zeros_like(WHOLE), WHOLE)
    assert (found.fraction, found.density, found.n_segments) == (0, 0, 0)
    assert found.tortuosity is found.width_px is found.widths_px is None
    assert not line.any()


@given(st.integers(0, 99))
@settings(max_examples=15)
def test_mirroring_a_mask_keeps_fraction_and_nearly_the_rest(seed: int) -> None:
    rng = np.random.default_rng(seed)
    mask = drawn(np.cumsum(rng.normal(0, 25, (6, 2)), axis=0) + 150, 5)
    fov = np.ones_like(mask)
    one, other = measure(mask, fov)[0], measure(mask[:, ::-1], fov)[0]
    assert one.fraction == other.fraction
    assert one.density == pytest.approx(other.density, rel=0.1, abs=1e-4)


@given(st.floats(0.5, 20))
def test_tortuosity_does_not_depend_on_scale(factor: float) -> None:
    t = np.linspace(0, 3, 80)[:, None]
    path = np.hstack([t * 40, 30 * np.sin(t * 3)])
    assert tortuosity(path * factor + 1) == pytest.approx(tortuosity(path), rel=1e-6)


def test_the_centreline_lies_inside() -> None:
    mask = band(6)
    assert not (centreline(mask) & ~mask).any()
