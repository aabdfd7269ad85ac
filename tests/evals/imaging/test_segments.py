"""The measures of regions, on partitions whose scores are known."""

import os
from pathlib import Path

import numpy as np
import pictures
import pytest

from heuresis.errors import RequestError
from heuresis.evals.imaging import segment_baselines as plain
from heuresis.evals.imaging import segment_scores as marks
from heuresis.evals.imaging.segment_sources import bsds
from heuresis.evals.imaging.segment_ways import Uniap, by_hand, others, plainly
from heuresis.evals.imaging.segments import evaluate
from heuresis.tools.image.pixels import as_rgb

DATA = os.environ.get("HEURESIS_DATA", "")
HALVES = np.repeat([[0, 0, 0, 1, 1, 1]], 6, axis=0)
WHOLE = np.zeros((6, 6), np.int64)


def masks_of(labels: np.ndarray) -> np.ndarray:
    return labels[None] == np.arange(labels.max() + 1)[:, None, None]


def test_a_perfect_proposal_covers_everything() -> None:
    ((iou, size),) = marks.Regions([HALVES]).overlaps(masks_of(HALVES))
    assert marks.covering(iou, size) == 1
    assert marks.hits(iou).tolist() == [2] * 10


def test_the_whole_picture_covers_halves_by_half() -> None:
    ((iou, size),) = marks.Regions([HALVES]).overlaps(masks_of(WHOLE))
    assert marks.covering(iou, size) == pytest.approx(0.5)
    assert marks.hits(iou).tolist() == [2, *[0] * 9]


def test_regions_of_several_readers_are_kept_apart() -> None:
    found = marks.Regions([HALVES, HALVES.T, WHOLE]).overlaps(masks_of(HALVES))
    assert [marks.covering(*each) for each in found] == pytest.approx([1, 1 / 3, 0.5])


def test_unmarked_pixels_are_no_region() -> None:
    marked = np.where(HALVES == 1, 0, -1)
    ((iou, size),) = marks.Regions([marked]).overlaps(masks_of(HALVES))
    assert size.tolist() == [18]
    assert iou[:, 0].tolist() == [0, 1]


def test_no_proposal_scores_nothing() -> None:
    ((iou, size),) = marks.Regions([HALVES]).overlaps(np.zeros((0, 6, 6), bool))
    assert marks.covering(iou, size) == 0
    assert not marks.hits(iou).any()


def test_a_partition_against_itself_is_perfect() -> None:
    found = marks.Readers([HALVES]).judge(HALVES)
    assert found == pytest.approx({"covering": 1, "PRI": 1, "VoI": 0, "boundary F": 1})


def test_one_region_against_halves_loses_one_bit() -> None:
    found = marks.Readers([HALVES]).judge(WHOLE)
    pairs = 36 * 35 / 2
    assert found["VoI"] == pytest.approx(1)
    assert found["PRI"] == pytest.approx(1 - 18 * 18 / pairs)
    assert found["boundary F"] == 0


def test_precision_counts_a_second_mask_of_one_region_as_wrong() -> None:
    iou = np.array([[1.0], [0.99]])
    assert marks.average_precision([(iou, np.array([0.9, 0.8]))]) == 1
    assert marks.average_precision([(np.array([[0.0], [1.0]]), np.array([0.9, 0.8]))]) == 0.5


def test_boxes_overlap_as_areas_do() -> None:
    boxes = np.array([[0, 0, 4, 4], [2, 0, 6, 4]], float)
    assert marks.box_overlaps(boxes, boxes[:1])[:, 0] == pytest.approx([1, 1 / 3])


def test_baselines_stay_within_the_budget() -> None:
    image = pictures.fundus(96)
    for name, propose in others().items():
        masks, scores = propose(image)
        assert 0 < len(masks) <= plain.BUDGET, name
        assert masks.shape[1:] == image.shape[:2]
        assert len(scores) == len(masks)


def test_otsu_and_watershed_find_discs() -> None:
    masks, _ = plain.otsu_watershed(as_rgb(pictures.discs()))
    disc = pictures.discs() == 160
    assert max((mask & disc).sum() / (mask | disc).sum() for mask in masks) > 0.8


def test_both_kinds_of_features_drive_the_same_algorithm() -> None:
    for look in (by_hand, plainly):
        way = Uniap(look)
        masks, _ = way(as_rgb(pictures.discs()))
        assert 0 < len(masks) <= plain.BUDGET
        assert {labels.shape for labels in way.partitions(pictures.fundus(64))} == {(64, 64)}


def test_absent_data_are_named(tmp_path: Path) -> None:
    with pytest.raises(RequestError, match="allowed: the folder of data"):
        list(bsds(tmp_path, "val"))


@pytest.mark.slow
def test_proposals_beat_the_whole_picture_on_real_pictures() -> None:
    if not DATA:
        pytest.skip("HEURESIS_DATA names no folder of data")
    table = evaluate(Path(DATA), limit=3, with_student=False).parts[0]
    own = table.row("uniap-handfeat").scores["covering"].value
    assert own > table.row("whole image").scores["covering"].value
