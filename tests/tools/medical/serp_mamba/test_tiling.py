"""Tiles cover every pixel, and averaging them or their flips moves nothing."""

import itertools

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from heuresis.tools.medical.serp_mamba.tiling import (
    OVERLAP_PX,
    TILE_PX,
    cosine_window,
    four_ways,
    over_tiles,
    starts,
)


@given(st.integers(1, 3_000))
def test_tiles_begin_at_the_start_end_at_the_end_and_overlap(length: int) -> None:
    length = max(length, TILE_PX)
    found = starts(length)
    assert (found[0], found[-1]) == (0, length - TILE_PX)
    assert all(b - a <= TILE_PX - OVERLAP_PX for a, b in itertools.pairwise(found))


@pytest.mark.parametrize("size", [(40, 60), (192, 192), (300, 211), (540, 538)])
def test_a_network_that_answers_its_input_gives_the_image_back(size: tuple[int, int]) -> None:
    view = torch.rand(size)
    torch.testing.assert_close(over_tiles(view, lambda tiles: tiles[:, 0]), view)


def test_flips_are_turned_back_before_they_are_compared() -> None:
    view = np.random.default_rng(0).random((200, 230), dtype=np.float32)
    found = four_ways(view, lambda tiles: tiles[:, 0])
    assert found.shape == (4, 200, 230)
    np.testing.assert_allclose(found, np.stack([view] * 4), atol=1e-6)


def test_no_pixel_of_the_window_is_without_weight() -> None:
    assert float(cosine_window(TILE_PX).min()) > 0
