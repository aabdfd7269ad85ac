"""Sets of photographs are read as they lie, and baselines mark what they say they mark."""

from pathlib import Path
from typing import Any

import numpy as np
import pictures
import pytest
from PIL import Image

from heuresis.evals.imaging.vessel_baselines import (
    Marked,
    Prepared,
    dark_pixels,
    everything,
    nearest_eye,
    prepared,
    ridge_filter,
    second_reader,
)
from heuresis.evals.imaging.vessel_sets import Photograph, read_mask, read_set
from heuresis.evals.imaging.vessels import ORDER, _changed, _part
from heuresis.tools.medical.serp_mamba.preparation import field_of_view
from heuresis.tools.medical.serp_mamba.scores import dice


def photograph(seed: int = 0, second: bool = True) -> Photograph:
    image = pictures.fundus(360, seed)
    fov = field_of_view(image)
    truth = fov & (image[:, :, 0] < 150) & (image[:, :, 1] < 62)
    return Photograph(str(seed), image, fov, truth, truth.copy() if second else None)


@pytest.fixture(scope="module")
def training() -> list[Prepared]:
    return [prepared(photograph(seed)) for seed in range(3)]


def write(path: Path, array: np.ndarray[Any, Any]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(array).save(path)


def test_a_set_is_read_in_order_with_the_field_found_where_none_is_given(tmp_path: Path) -> None:
    folder = tmp_path / "vessels" / "chase"
    for seed in (2, 1):
        photo = photograph(seed)
        write(folder / "image" / f"eye{seed}.png", photo.image)
        write(folder / "vessel" / f"eye{seed}.png", photo.truth)
    first, second = read_set(tmp_path, "chase")
    assert (first.name, second.name) == ("eye1", "eye2")
    assert np.array_equal(first.fov, photograph(1).fov)
    assert np.array_equal(first.truth, photograph(1).truth)
    assert first.second is None


def test_a_photograph_without_a_readers_mask_is_an_error(tmp_path: Path) -> None:
    write(tmp_path / "vessels/stare/image/a.png", pictures.fundus(64))
    with pytest.raises(FileNotFoundError, match="got no mask"):
        read_set(tmp_path, "stare")


@pytest.mark.parametrize("high", [1, 255])
def test_masks_of_zero_and_one_or_255_are_the_same(tmp_path: Path, high: int) -> None:
    inside = np.eye(9, dtype=np.uint8) * np.uint8(high)
    write(tmp_path / "m.png", inside)
    assert np.array_equal(read_mask(tmp_path / "m.png"), np.eye(9, dtype=bool))


def test_a_mask_of_three_values_is_refused(tmp_path: Path) -> None:
    write(tmp_path / "m.png", np.array([[0, 7, 255]], np.uint8))
    with pytest.raises(ValueError, match="got 3 values, allowed two"):
        read_mask(tmp_path / "m.png")


def test_every_pixel_and_the_second_reader_are_taken_as_they_are(training: list[Prepared]) -> None:
    photo = training[0].photo
    assert np.array_equal(everything(training[0]).mask, photo.fov)
    found = second_reader(training[0])
    assert found is not None
    assert np.array_equal(found.mask, photo.truth)
    assert second_reader(prepared(photograph(second=False))) is None


def test_dark_pixels_and_ridges_find_drawn_vessels_better_than_all(
    training: list[Prepared],
) -> None:
    given = prepared(photograph(7))
    truth = given.photo.truth
    all_of_it = dice(given.photo.fov, truth)
    for way in (dark_pixels(training), ridge_filter):
        assert dice(way(given).mask, truth) > 2 * all_of_it
        assert not way(given).mask[~given.photo.fov].any()


def test_the_most_alike_eye_of_a_training_eye_is_itself(training: list[Prepared]) -> None:
    found = nearest_eye(training)(training[1])
    assert dice(found.mask, training[1].photo.truth) > 0.8


def test_a_part_leaves_out_who_did_not_answer(training: list[Prepared]) -> None:
    perfect = [Marked(p.photo.truth.astype(np.float32), p.photo.truth) for p in training]
    answers: dict[str, Any] = {"perfect": perfect, "nobody": [None] * 3}
    part = _part("drawn eyes", training, answers)
    assert [row.method for row in part.rows] == ["perfect"]
    assert part.row("perfect").scores["dice"].value == 1
    assert set(part.columns) == set(ORDER)


def test_an_inverted_image_is_changed_inside_the_field_only() -> None:
    photo = photograph()
    changed = _changed(photo.image, photo.fov, "inverted green")
    assert np.array_equal(changed[~photo.fov], photo.image[~photo.fov])
    assert np.array_equal(changed[photo.fov, 1], 255 - photo.image[photo.fov, 1])
    assert float(_changed(photo.image, photo.fov, "flat field")[photo.fov].std(axis=0).max()) == 0
