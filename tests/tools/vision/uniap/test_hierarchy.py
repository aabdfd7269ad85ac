"""Masks from partitions: none twice, wholes before parts, scores that mean what they say."""

import numpy as np
import pictures
import pytest

from heuresis.tools.image.pixels import as_rgb
from heuresis.tools.vision.uniap.features import FeatureMap, handfeat
from heuresis.tools.vision.uniap.hierarchy import (
    Level,
    Proposal,
    distinct,
    kept,
    levels,
    parents,
    proposals,
)
from heuresis.tools.vision.uniap.scoring import contrast, persistence
from heuresis.tools.vision.uniap.selection import band, best_in_boxes, rectangle
from heuresis.tools.vision.uniap.upsampling import token_of_pixel


def proposal(*tokens: int, n: int = 12, score: float = 0.0) -> Proposal:
    inside = np.zeros(n, bool)
    inside[list(tokens)] = True
    return Proposal(inside, "instance", 0, score)


def test_a_near_copy_of_an_earlier_mask_is_dropped() -> None:
    masks = [proposal(*range(11)), proposal(*range(12)), proposal(0, 1)]
    assert [mask.n_tokens for mask in distinct(masks)] == [11, 2]


def test_masks_below_four_tokens_are_dropped() -> None:
    labels = np.array([0] * 3 + [1] * 9)
    found = proposals([Level(0.8, labels, labels)])
    assert [mask.n_tokens for mask in found] == [9]


def test_the_parent_is_the_smallest_larger_mask_around_it() -> None:
    masks = [proposal(*range(12)), proposal(*range(6)), proposal(0, 1), proposal(5, 6, 7)]
    assert parents(masks) == [None, 0, 1, 0]


def test_the_largest_and_best_are_kept_the_largest_first() -> None:
    masks = [proposal(0, 1), proposal(*range(9), score=0.5), proposal(2, 3, 4, score=0.9)]
    assert [mask.n_tokens for mask in kept(masks, 2)] == [9, 3]


def test_a_mask_of_every_level_persists_all_the_way() -> None:
    labels = np.repeat([0, 1], 6)
    merged = np.zeros(12, int)
    found = [Level(0.8, labels, labels), Level(0.6, labels, labels), Level(0.4, merged, merged)]
    shares = persistence(np.array([labels == 0, merged == 0]), found)
    assert shares == pytest.approx([2 / 3, 1 / 3])


def test_contrast_is_high_at_an_edge_and_zero_for_the_whole_picture() -> None:
    seen = FeatureMap(np.repeat(np.eye(2), 18, axis=0), 6, 6)
    half = np.repeat([True, False], 18)
    assert contrast(np.array([half, np.ones(36, bool)]), seen) == pytest.approx([1.0, 0.0])


def test_a_flat_picture_gives_one_mask_not_tiles() -> None:
    seen = handfeat(as_rgb(pictures.flat()))
    assert [mask.n_tokens for mask in proposals(levels(seen, (0.8, 0.6, 0.4)))] == [44 * 44]


def test_every_pixel_joins_a_token_beside_it() -> None:
    cells = token_of_pixel(pictures.noise(96, 64), 12, 8)
    rows, columns = np.divmod(cells, 8)
    assert np.abs(rows - np.arange(96)[:, None] // 8).max() <= 1
    assert np.abs(columns - np.arange(64)[None] // 8).max() <= 1


def test_pixels_follow_an_edge_inside_a_token() -> None:
    picture = np.zeros((64, 64, 3), np.uint8)
    picture[:, 27:] = 255
    cells = token_of_pixel(picture, 8, 8)
    left = {int(column) for column in (cells[:, :26] % 8).ravel()}
    right = {int(column) for column in (cells[:, 28:] % 8).ravel()}
    assert not left & right


@pytest.mark.parametrize(
    ("granularity", "expected"), [("coarse", [0, 1]), ("medium", [1, 2]), ("fine", [3, 4])]
)
def test_a_granularity_is_a_third_of_the_masks(granularity: str, expected: list[int]) -> None:
    assert band([0, 1, 2, 3, 4], granularity) == expected
    assert band([7], granularity) == [7]
    assert band([], granularity) == []


def test_a_box_chooses_the_mask_that_fits_it_best() -> None:
    boxes = [(0, 0, 10, 10), (2, 2, 5, 5), (20, 20, 30, 30)]
    assert best_in_boxes(boxes, lambda box: box, [(1, 1, 5, 5), (19, 19, 30, 30)]) == boxes[1:]


def test_the_rectangle_is_half_open() -> None:
    inside = np.zeros((6, 8), bool)
    inside[2:4, 3:8] = True
    assert rectangle(inside) == (3, 2, 8, 4)
