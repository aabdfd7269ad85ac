"""Pixels of the vault: PNG to arrays and back, and what is no PNG of ours is refused."""

import io
import struct
import zlib
from contextlib import suppress
from typing import Any

import numpy as np
import pictures
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from PIL import Image

from heuresis.contract import MaskRef, digest_of
from heuresis.errors import RequestError, ServiceError
from heuresis.semantic import ImageRef
from heuresis.tools.image.pixels import (
    as_rgb,
    decode,
    encode,
    grey,
    image_file,
    mask,
    mask_file,
    pixels,
    rgb,
)

SHAPES = st.tuples(st.integers(1, 20), st.integers(1, 20))
pictures_of_all_kinds = st.one_of(
    arrays.arrays(np.uint8, SHAPES),
    arrays.arrays(np.uint16, SHAPES),
    arrays.arrays(np.uint8, SHAPES.map(lambda shape: (*shape, 3))),
)


@given(pictures_of_all_kinds)
def test_what_is_encoded_is_decoded(array: Any) -> None:
    back = decode(encode(array), "test")
    assert back.dtype == array.dtype
    assert back.tolist() == array.tolist()


@given(pictures_of_all_kinds)
def test_every_picture_has_colours_and_greys(array: Any) -> None:
    ref = pictures.opened(array)
    assert rgb(ref).shape == (*array.shape[:2], 3)
    assert rgb(ref).dtype == np.uint8
    assert grey(ref).shape == array.shape[:2]
    assert 0 <= grey(ref).min() <= grey(ref).max() <= 1.000001


def test_greys_follow_the_eye_and_sixteen_bits_are_cut() -> None:
    green = np.zeros((2, 2, 3), np.uint8)
    green[..., 1] = 255
    assert grey(pictures.opened(green))[0, 0] == pytest.approx(0.587)
    assert as_rgb(np.full((1, 1), 0xABCD, np.uint16))[0, 0].tolist() == [0xAB] * 3
    assert as_rgb(np.array([[0.5, 2.0]]))[0, :, 0].tolist() == [128, 255]


def test_pixels_cannot_be_changed_and_are_kept_for_the_next_caller() -> None:
    reads: list[str] = []
    data = encode(pictures.noise(20, 20, seed=99))

    def source(digest: str) -> bytes:
        reads.append(digest)
        return data

    ref = ImageRef(digest_of(data))
    first = pixels(ref.opened(source))
    assert pixels(ref.opened(source)) is first
    assert len(reads) == 1
    with pytest.raises(ValueError, match="read-only"):
        first[0, 0] = 0


def test_a_picture_that_nobody_opened_cannot_be_read() -> None:
    with pytest.raises(ServiceError, match="not opened"):
        pixels(ImageRef("sha256:" + "0" * 64))


def test_a_mask_has_two_values_and_one_channel() -> None:
    inside = pictures.discs() > 100
    data = mask_file(inside, "mask.png").data or b""
    assert mask(MaskRef(digest_of(data)).opened(lambda _: data)).tolist() == inside.tolist()
    for bad in (pictures.discs(), pictures.noise()):
        with pytest.raises(RequestError, match="allowed: one channel with two values"):
            mask(pictures.opened(bad))


def test_files_carry_digest_name_and_bare_pixels() -> None:
    file = image_file(pictures.noise(10, 10), "a.png")
    assert (file.name, file.media_type) == ("a.png", "image/png")
    assert file.ref == digest_of(file.data or b"")
    with Image.open(io.BytesIO(file.data or b"")) as image:
        assert image.info == {}


def _png(width: int, height: int) -> bytes:
    head = b"IHDR" + struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + struct.pack(">I", 13) + head + struct.pack(">I", zlib.crc32(head))


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"", "no PNG"),
        (b"\xff\xd8\xff\xe0 JPEG", "no PNG"),
        (_png(9_000, 4), "9000 x 4 px"),
        (_png(8_000, 8_000), "8000 x 8000 px"),
        (_png(0, 5), "0 x 5 px"),
        (_png(4, 4), "a broken PNG"),
        (encode(pictures.noise())[:2000], "a broken PNG"),
    ],
)
def test_what_is_no_picture_of_ours_is_refused(data: bytes, says: str) -> None:
    with pytest.raises(RequestError, match=f"image x: got .*{says}.*allowed"):
        decode(data, "x")


@given(st.integers(0, 400), st.integers(0, 255), st.floats(0, 1))
def test_rubbish_is_refused_or_read_and_nothing_else(at: int, byte: int, share: float) -> None:
    data = bytearray(encode(pictures.discs(24, 24)))
    data[at % len(data)] = byte
    with suppress(RequestError):
        decode(bytes(data[: int(len(data) * share)]), "x")
