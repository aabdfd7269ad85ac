"""Metrics and items of the quality evals, on numbers and pictures small enough to check by hand."""

import os
from collections import Counter
from pathlib import Path

import numpy as np
import pictures
import pytest

from heuresis.evals.imaging import quality_baselines as baselines
from heuresis.evals.imaging import quality_scores as scores
from heuresis.evals.imaging.quality_items import Item, groups, single, varied
from heuresis.evals.imaging.quality_sources import SOURCES, Base, Part, bases
from heuresis.tools.image.degradations.kinds import Modality
from heuresis.tools.image.degradations.strengths import SEVERE
from heuresis.tools.medical.medq.view import prepared

DATA = os.environ.get("HEURESIS_DATA")


def base(modality: Modality, part: Part = "test", seed: int = 0) -> Base:
    picture = pictures.fundus(128, seed) if modality == "fundus" else pictures.ct_slice(64)
    return Base("drawn", modality, part, picture, seed)


# --- items ---


def test_a_group_is_untouched_one_loss_and_one_or_two() -> None:
    items = groups([base("fundus"), base("ct")], {"fundus": 12, "ct": 12}, seed=0)
    assert len(items) == 72
    for start in range(0, 72, 3):
        group = items[start : start + 3]
        assert len({item.group for item in group}) == 1
        assert [len(item.findings) for item in group][:2] == [0, 1]
        assert len(group[2].findings) in (1, 2)
        assert group[0].tier == "good"
        assert group[0].burden == 0 < group[1].burden


def test_a_seed_makes_the_same_items_again() -> None:
    one, two = (groups([base("ct")], {"ct": 3}, seed=4) for _ in range(2))
    assert [item.findings for item in one] == [item.findings for item in two]
    assert all(np.array_equal(a.view, b.view) for a, b in zip(one, two, strict=True))


def test_losses_that_hide_each_other_are_never_drawn_together() -> None:
    items = groups([base("ct")], {"ct": 150}, seed=1)
    for item in items:
        kinds = {one.kind for one in item.findings}
        assert not {"underexposure", "overexposure"} <= kinds
        assert not {"blur", "low_resolution"} <= kinds


def test_an_untouched_image_went_the_same_way_as_a_degraded_one() -> None:
    for item in groups([base("fundus")], {"fundus": 4}, seed=2):
        assert np.array_equal(prepared(item.view), item.view)


def test_single_losses_fit_their_modality() -> None:
    items = single([base("ct"), base("fundus")], ["low_dose", "uneven_light"], SEVERE, 2, seed=0)
    assert Counter(item.modality for item in items) == {"ct": 2, "fundus": 2}


def test_wide_variation_changes_the_picture_and_not_its_kind() -> None:
    generator = np.random.default_rng(0)
    for _ in range(8):
        view = varied(pictures.fundus(128), "fundus", generator, is_wide=True)
        assert view.dtype == np.uint8
        assert view.ndim == 3
        assert min(view.shape[:2]) >= 32


# --- metrics ---

TRUTH = np.array([[0, 1, 2], [0, 2, 2]])
TOLD = np.array([[0, 0, 2], [1, 2, 0]])


def test_verdict_metrics_by_hand() -> None:
    assert scores.tier_accuracy(TRUTH, TOLD) == pytest.approx(3 / 6)
    assert scores.false_alarm(TRUTH, TOLD) == pytest.approx(1 / 2)
    assert scores.recall_of_usable(TRUTH, TOLD) == 0
    assert scores.recall_of_reject(TRUTH, TOLD) == pytest.approx(2 / 3)
    assert scores.passed_as_good(TRUTH, TOLD) == pytest.approx(1 / 3)


def test_kappa_is_one_for_agreement_and_about_zero_for_chance() -> None:
    generator = np.random.default_rng(0)
    truth, other = generator.integers(0, 3, (2, 4000))
    assert scores.quadratic_kappa(truth, truth) == pytest.approx(1)
    assert abs(scores.quadratic_kappa(truth, other)) < 0.05


def test_kind_metrics_by_hand() -> None:
    truth = np.array([[[0, 0], [1, 0], [2, 0]]])
    told = np.array([[[0, 1], [2, 0], [2, 0]]])
    assert scores.kind_macro_f1(truth, told) == 1  # the second kind was never there: left out
    assert scores.severity_accuracy(truth, told) == 0.5
    assert scores.severity_of_named(truth, told) == 0.5
    assert scores.mild_named(truth, told) == 1
    assert scores.severe_named(truth, told) == 1


def test_calibration_error_of_honest_and_boastful_chances() -> None:
    truth, told = np.zeros(10, int), np.array([0] * 8 + [1] * 2)
    assert scores.calibration_error(truth, told, np.full(10, 0.8)) == pytest.approx(0, abs=1e-9)
    assert scores.calibration_error(truth, told, np.full(10, 1.0)) == pytest.approx(0.2)


def test_ranking_counts_ties_half() -> None:
    assert scores.ranking_area([0, 0, 1, 1], [0.1, 0.5, 0.5, 0.9]) == pytest.approx(7 / 8)
    assert np.isnan(scores.ranking_area([0, 0], [1, 2]))


# --- baselines ---


def test_baselines_answer_every_item() -> None:
    items = groups([base("ct"), base("fundus")], {"ct": 10, "fundus": 10}, seed=0)
    for told in (
        baselines.majority(items, items),
        baselines.modality_only(items, items),
        baselines.hand_tiers(items, items),
        baselines.hand_tiers(items, items, is_light_only=True),
    ):
        assert told.shape == (60,)
        assert set(told) <= {0, 1, 2}
    assert baselines.hand_levels(items, items, ["noise", "blur"]).shape == (60, 2)


def test_a_noisy_item_is_sharper_and_larger_than_a_flat_one() -> None:
    flat = Item(pictures.flat(), "ct", "drawn", 0, ())
    noisy = Item(pictures.noise(), "ct", "drawn", 0, ())
    assert baselines.sharpness(noisy) > baselines.sharpness(flat)
    assert baselines.file_bytes(noisy) > baselines.file_bytes(flat)


# --- sources ---


def test_some_source_of_every_modality_but_ultrasound_is_never_learned_from() -> None:
    unseen = {source.modality for source in SOURCES.values() if not source.is_seen}
    assert unseen == {"chest_xray", "ct", "mri", "fundus", "microscopy"}
    assert {source.modality for source in SOURCES.values() if source.is_seen} == {
        *unseen,
        "ultrasound",
    }


@pytest.mark.skipif(DATA is None, reason="HEURESIS_DATA names no folder")
def test_no_clean_image_is_in_two_parts() -> None:
    wanted = {name: SOURCES[name] for name in ("drive", "stare", "nuclei")}
    found = bases(Path(str(DATA)), wanted)
    assert len({one.key for one in found}) == len(found)
    assert {one.part for one in found if one.source == "stare"} == {"unseen"}
