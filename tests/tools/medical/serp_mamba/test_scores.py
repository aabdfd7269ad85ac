"""Scores of masks that agree wholly, partly and not at all."""

import numpy as np
import pytest

from heuresis.tools.medical.serp_mamba.scores import centreline_dice, dice, rank_auc, scores

FOV = np.ones((40, 40), bool)
LINE = np.zeros((40, 40), bool)
LINE[18:22, 5:35] = True


def test_a_perfect_mask_scores_one_in_everything() -> None:
    found = scores(LINE.astype(np.float32), LINE, LINE, FOV)
    assert found == pytest.approx(dict.fromkeys(found, 1.0))


def test_counts_give_the_textbook_values() -> None:
    said = LINE.copy()
    said[:, 20:] = False  # half is missed, nothing else is said
    found = scores(said.astype(np.float32), said, LINE, FOV)
    assert found["dice"] == pytest.approx(2 / 3)
    assert found["iou"] == pytest.approx(0.5)
    assert found["sensitivity"] == pytest.approx(0.5)
    assert found["specificity"] == 1
    assert found["auc"] == pytest.approx(0.75)


def test_pixels_outside_the_field_count_for_nothing() -> None:
    wrong = LINE.copy()
    wrong[:, :20] = ~wrong[:, :20]
    fov = FOV.copy()
    fov[:, :20] = False
    assert scores(wrong.astype(np.float32), wrong, LINE, fov)["dice"] == 1


def test_an_empty_answer_scores_nothing_and_divides_by_nothing() -> None:
    nothing = np.zeros_like(LINE)
    found = scores(nothing.astype(np.float32), nothing, LINE, FOV)
    assert (found["dice"], found["cldice"], found["mcc"], found["auc"]) == (0, 0, 0, 0.5)
    assert dice(nothing, nothing) == 1


def test_a_thin_mask_along_the_middle_keeps_the_centreline_score() -> None:
    thin = np.zeros_like(LINE)
    thin[19:21, 5:35] = True
    assert centreline_dice(thin, LINE) == pytest.approx(1, abs=0.05)


def test_ties_count_half_and_one_kind_alone_has_no_rank() -> None:
    true = np.array([True, False, False, True])
    assert rank_auc(np.zeros(4, np.float32), true) == 0.5
    assert rank_auc(np.arange(4, dtype=np.float32), np.ones(4, bool)) == 0.5
