"""The eval of `image.modality`: certain labels, honest arithmetic, drawings that differ."""

import os
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from heuresis.errors import RequestError
from heuresis.evals.accuracy.table import as_markdown
from heuresis.evals.imaging import modality as evaluation
from heuresis.evals.imaging.modality_baselines import baselines, evenly, form, histogram
from heuresis.evals.imaging.modality_degradations import changes
from heuresis.evals.imaging.modality_drawings import DRAWINGS, FONTS, PLOTS, WINDOWS, drawn
from heuresis.evals.imaging.modality_phantoms import drawn_ct, drawn_fundus
from heuresis.evals.imaging.modality_samples import packaged
from heuresis.evals.imaging.modality_sources import Picture, all_pictures, scan_kind
from heuresis.tools.image.modality import KINDS

DATA = os.environ.get("HEURESIS_DATA")


def asked(question: str, answer: str = "Yes", about: str = "PRES") -> dict[str, str]:
    return {"question": question, "answer": answer, "question_type": about}


def picture(kind: Any, value: int, i: int, part: str = "") -> Picture:
    pixels = np.full((40, 40 + 10 * (kind == "ct")), value, np.uint8)
    return Picture(f"{kind}/{value}/{i}", kind, "toy", part or kind, f"{kind}{i}", pixels)


# --- labels ---


@pytest.mark.parametrize(
    ("questions", "kind"),
    [
        ([asked("Is there edema in this MRI?", "No")], "mri"),
        ([asked("Is this a T2 weighted image?", "Yes", "MODALITY")], "mri"),
        ([asked("Is this a MRI?", "No", "MODALITY")], None),
        ([asked("What kind of scan is this?", "Noncontrast CT", "MODALITY")], "ct"),
        ([asked("Is this a CT or an MRI?", "CT", "MODALITY")], "ct"),
        ([asked("Would an MRI be better?", "Yes", "OTHER")], None),
        ([asked("What does this CT show?"), asked("Is this MRI normal?")], None),
        ([asked("Which imaging does this not show?", "CT", "MODALITY")], None),
        ([asked("Are the ventricles large?")], None),
    ],
)
def test_a_scan_is_named_only_where_the_words_are_certain(
    questions: list[dict[str, str]], kind: str | None
) -> None:
    assert scan_kind(questions) == kind


def test_the_split_follows_the_group_and_has_the_stated_shares() -> None:
    split = [picture("ct", 1, i).split for i in range(3_000)]
    assert split.count("train") / 3_000 == pytest.approx(0.70, abs=0.03)
    assert split.count("validation") / 3_000 == pytest.approx(0.12, abs=0.03)
    clip = [Picture(f"f{i}", "photograph", "s", "s", "clip", np.zeros((9, 9))) for i in range(9)]
    assert len({frame.split for frame in clip}) == 1


def test_a_folder_without_the_data_is_refused(tmp_path: Path) -> None:
    with pytest.raises(RequestError, match="got no 'mednist64.npz'"):
        all_pictures(tmp_path)


def test_samples_of_the_package_are_never_in_a_source_of_training() -> None:
    found = packaged()
    of_packages = {"pydicom", "skimage", "sklearn", "matplotlib", "nibabel"}
    assert {one.source for one in found} <= of_packages
    assert all(one.kind in KINDS and one.pixels.dtype == np.uint8 for one in found)


# --- drawings and changes ---


@pytest.mark.parametrize("what", DRAWINGS)
@pytest.mark.parametrize("style", ["train", "test"])
def test_a_drawing_is_a_picture_and_its_seed_decides_it(what: str, style: Any) -> None:
    first, again, other = (drawn(what, style, seed) for seed in (3, 3, 4))
    assert first.dtype == np.uint8
    assert min(first.shape[:2]) >= 64
    np.testing.assert_array_equal(first, again)
    assert first.shape != other.shape or (first != other).any()


def test_styles_share_no_font_no_plot_and_no_palette() -> None:
    assert not set(FONTS["train"]) & set(FONTS["test"])
    assert not set(PLOTS["train"][0]) & set(PLOTS["test"][0])
    assert not set(PLOTS["train"][1]) & set(PLOTS["test"][1])
    assert not set(WINDOWS["train"]) & set(WINDOWS["test"])


def test_phantoms_look_like_what_they_stand_for() -> None:
    eye, body = drawn_fundus(0), drawn_ct(0)
    assert eye[192, 192, 0] > 3 * eye[5, 5].max()
    assert eye[192, 300, 0] > eye[192, 300, 2]
    assert body.ndim == 2
    assert body[96, 96] > body[2, 2]


@pytest.mark.parametrize("name", changes())
def test_a_change_gives_a_picture(name: str) -> None:
    for array in (drawn_ct(1), drawn_fundus(1)):
        changed = changes()[name](array)
        assert changed.dtype in (np.uint8, np.uint16)
        assert changed.ndim in (2, 3)
        assert min(changed.shape[:2]) >= 60


# --- arithmetic ---


def test_balanced_accuracy_weighs_kinds_and_not_pictures() -> None:
    truth = np.array(["ct"] * 8 + ["mri"] * 2)
    assert evaluation.balanced_accuracy(truth, np.array(["ct"] * 10)) == 0.5


def test_only_photographs_can_pass_as_medical() -> None:
    truth = np.array(["photograph", "photograph", "ct"])
    passed = evaluation.passed_as_medical(truth, np.array(["fundus", "unknown", "ct"]))
    assert passed == 0.5


def test_parts_weigh_the_same_in_a_quantile() -> None:
    many, few = np.zeros(1_000), np.full(2, 5.0)
    assert evaluation.weighted_quantile([many, few], 0.49) == 0
    assert evaluation.weighted_quantile([many, few], 0.75) == 5


def test_a_summary_averages_sources_then_kinds_and_skips_kinds_with_one_source() -> None:
    found = {
        "ct/a": {"recall": {"ours": 1.0}},
        "ct/b": {"recall": {"ours": 0.5}},
        "mri/a": {"recall": {"ours": 0.0}},
        "mri/b": {"recall": {"ours": 0.5}},
        "ultrasound/a": {"recall": {"ours": 0.0}},
    }
    assert evaluation.left_out_summary(found)["balanced_accuracy"] == {"ours": 0.5}


def test_parts_are_thinned_evenly() -> None:
    pictures = [picture("ct", 1, i) for i in range(100)] + [picture("mri", 1, i) for i in range(3)]
    kept = evenly(pictures, 10)
    assert sum(one.kind == "ct" for one in kept) == 10
    assert sum(one.kind == "mri" for one in kept) == 3


def test_baselines_learn_what_their_features_show() -> None:
    toys = [picture("ct", 20, i) for i in range(9)] + [picture("mri", 200, i) for i in range(8)]
    ways = baselines(toys)
    arrays = [np.full((40, 50), 20, np.uint8), np.full((40, 40), 200, np.uint8)]
    answers = {name.partition(" ")[0]: answer(arrays) for name, answer in ways.items()}
    assert answers == {
        "always": ["ct", "ct"],
        "size,": ["ct", "mri"],
        "colour": ["ct", "mri"],
    }


def test_features_are_what_they_say() -> None:
    red = np.zeros((20, 40, 3), np.uint8)
    red[:, :, 0] = 255
    assert histogram(red).sum() == pytest.approx(1)
    assert form(red)[2] == 2
    assert form(red)[3] == pytest.approx(1)


@pytest.mark.slow
@pytest.mark.skipif(DATA is None, reason="HEURESIS_DATA names no folder of data")
def test_the_shipped_model_does_what_its_card_says() -> None:
    table = evaluation.evaluate(Path(str(DATA)))
    assert table.parts[0].row(evaluation.OURS).scores["balanced accuracy"].value > 0.9
    assert "balanced accuracy" in as_markdown(table)
