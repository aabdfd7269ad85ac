"""The fast layer gives what the slow reference gives, token for token."""

import time

import numpy as np
import pictures
import pytest
import slow_uniap
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter

from heuresis.tools.image.pixels import as_rgb
from heuresis.tools.vision.uniap.features import FeatureMap, handfeat, unit_rows
from heuresis.tools.vision.uniap.hierarchy import levels

PAGE = (0.8, 0.7, 0.6, 0.5, 0.4)


def smooth(side: int, d: int, seed: int, blur: float) -> FeatureMap:
    """Random features that change slowly from token to token."""
    maps = np.random.default_rng(seed).normal(size=(side, side, d))
    return FeatureMap(unit_rows(gaussian_filter(maps, (blur, blur, 0)).reshape(-1, d)), side, side)


def assert_identical(
    seen: FeatureMap, thresholds: tuple[float, ...] = PAGE, weight: float = 0.6, reading="mean"
) -> None:
    slow = slow_uniap.run(seen.rows, seen.height, seen.width, thresholds, weight, reading)
    for fast, (instance, semantic) in zip(
        levels(seen, thresholds, weight, reading), slow, strict=True
    ):
        np.testing.assert_array_equal(fast.instance, instance)
        np.testing.assert_array_equal(fast.semantic, semantic)


@given(
    side=st.integers(2, 7),
    d=st.integers(2, 9),
    seed=st.integers(0, 10_000),
    blur=st.sampled_from([0.0, 0.5, 1.0]),
    weight=st.sampled_from([0.0, 0.4, 0.6, 1.0]),
    reading=st.sampled_from(["mean", "sum"]),
)
def test_random_maps_are_grouped_as_the_reference_groups_them(
    side: int, d: int, seed: int, blur: float, weight: float, reading: str
) -> None:
    assert_identical(smooth(side, d, seed, blur), (0.9, 0.7, 0.5, 0.3), weight, reading)


@given(cells=st.lists(st.integers(0, 3), min_size=30, max_size=30))
def test_ties_and_equal_tokens_are_grouped_as_the_reference_groups_them(cells: list[int]) -> None:
    rows = np.eye(4)[np.array(cells)]
    assert_identical(FeatureMap(rows, 5, 6), (0.9, 0.8, 0.6, 0.4))


@pytest.mark.parametrize(
    "picture", [pictures.discs(), pictures.fundus(), pictures.ct_slice(), pictures.noise()]
)
def test_pictures_are_grouped_as_the_reference_groups_them(
    picture: NDArray[np.uint8],
) -> None:
    seen = handfeat(as_rgb(picture), longest=20)
    assert_identical(seen, (0.96, 0.9, 0.8, 0.7, 0.5))


def test_a_graph_of_24_by_24_tokens_is_fast() -> None:
    seen = handfeat(pictures.fundus(), longest=24)
    levels(seen, PAGE)
    best = min(_seconds(seen) for _ in range(5))
    assert best < 0.25  # 0.02 s alone on a core; the rest is room for a busy machine


def _seconds(seen: FeatureMap) -> float:
    started = time.perf_counter()
    levels(seen, PAGE)
    return time.perf_counter() - started


def test_equal_tokens_become_one_mask() -> None:
    found = levels(FeatureMap(np.tile([[1.0, 0.0]], (36, 1)), 6, 6), PAGE)
    assert all(level.instance.max() == 0 for level in found)


def test_two_halves_that_have_nothing_in_common_stay_apart() -> None:
    rows = np.repeat(np.eye(2), 18, axis=0)
    found = levels(FeatureMap(rows, 6, 6), (0.9, 0.5))
    np.testing.assert_array_equal(found[-1].instance, np.repeat([0, 1], 18))
    np.testing.assert_array_equal(found[-1].semantic, np.repeat([0, 1], 18))


def test_like_parts_that_do_not_touch_are_one_semantic_mask() -> None:
    rows = np.eye(2)[np.tile([0, 0, 1, 0, 0], 5)]
    level = levels(FeatureMap(rows, 5, 5), (0.8, 0.7))[0]
    assert level.instance.max() == 2
    np.testing.assert_array_equal(level.semantic, np.tile([0, 0, 1, 0, 0], 5))
