"""Overlays: the image stays where it was, what was found is drawn on it, the legend is below."""

import numpy as np
import pictures
import pytest
from numpy.typing import NDArray

from heuresis.contract import Box, ImageFile, digest_of
from heuresis.tools.image.overlay import COLOURS, LINE_PX, Layer, overlay, side_by_side
from heuresis.tools.image.pixels import decode, encode

GREY = pictures.flat(100, 300, 400)
INSIDE = np.zeros(GREY.shape, np.bool_)
INSIDE[50:150, 60:200] = True


def drawn(file: ImageFile) -> NDArray[np.uint8]:
    assert file.data is not None
    assert file.digest == digest_of(file.data)
    return decode(file.data, file.name)


def box(*sides: int) -> Box:
    names = ("x0_px", "y0_px", "x1_px", "y1_px")
    return Box.model_validate({**dict(zip(names, sides, strict=True)), "frame": digest_of(b"")})


def test_the_image_is_untouched_outside_of_what_was_found() -> None:
    picture = drawn(overlay(GREY, [Layer("disc", INSIDE)], "o.png"))
    assert picture.shape[1:] == (400, 3)
    assert picture.shape[0] > 300 + LINE_PX
    assert (picture[:300][~INSIDE] == 100).all()
    assert (picture[:300][INSIDE] != 100).any(axis=-1).all()
    assert picture[50, 60].tolist() == list(COLOURS[0])  # the rim, in full colour


def test_a_probability_tints_by_its_size() -> None:
    share = np.zeros(GREY.shape)
    share[:, 200:] = 0.5
    share[:, 300:] = 1.0
    picture = drawn(overlay(GREY, [Layer("p", share)], "o.png")).astype(int)
    assert picture[10, 10].tolist() == [100] * 3
    change = [abs(picture[10, x] - 100).sum() for x in (10, 250, 350)]
    assert change[0] < change[1] < change[2]


def test_layers_have_colours_of_their_own_and_boxes_are_outlines() -> None:
    layers = [Layer("a", boxes=(box(10, 20, 60, 80),)), Layer("b", boxes=(box(100, 20, 160, 80),))]
    picture = drawn(overlay(GREY, layers, "o.png"))
    assert picture[20, 30].tolist() == list(COLOURS[0])
    assert picture[20, 130].tolist() == list(COLOURS[1])
    assert picture[50, 30].tolist() == [100] * 3
    assert picture[79, 59].tolist() == list(COLOURS[0])  # half-open: the last pixel inside
    assert picture[80, 60].tolist() == [100] * 3


def test_a_small_image_is_enlarged_by_a_whole_factor() -> None:
    small = pictures.discs(40, 50)
    picture = drawn(overlay(small, [Layer("x", boxes=(box(5, 5, 10, 10),))], "o.png"))
    assert picture.shape[1] == 300
    assert (picture[: 6 * 40 : 6, ::6][20:, 20:, 0] == small[20:, 20:]).all()


@pytest.mark.parametrize("array", [pictures.noise(), pictures.flat().astype(np.uint16) << 8])
def test_every_kind_of_picture_can_lie_below(array: NDArray[np.generic]) -> None:
    assert drawn(overlay(array, [], "o.png", note="a note")).ndim == 3


def test_the_same_drawing_has_the_same_bytes() -> None:
    first, second = (overlay(GREY, [Layer("disc", INSIDE)], "o.png") for _ in range(2))
    assert first.data == second.data


def test_panels_stand_side_by_side_over_their_titles() -> None:
    left, right = pictures.flat(10, 60, 80), pictures.noise(40, 90)
    picture = drawn(side_by_side([("left", left), ("right", right)], "s.png", note="both"))
    assert picture.shape[1] == 170
    assert (picture[:60, :80] == 10).all()
    assert (picture[:40, 80:] == right).all()
    assert len(encode(picture)) > 0
