"""PNG, JPEG, TIFF and folders of them: upright, bare of metadata, and never a bomb."""

import io
import struct
import zipfile
import zlib
from typing import Any

import numpy as np
import pictures
import pytest
from PIL import Image, ImageCms, TiffImagePlugin
from PIL.PngImagePlugin import PngInfo
from read_in import frames, read, shown

from heuresis.contract import artifacts_in
from heuresis.errors import RequestError
from heuresis.tools.image.formats.folder import pack
from heuresis.tools.image.pixels import encode

SECRET = "Janine Doe, 12 Elder Grove"


def file_of(array: Any, kind: str, **options: Any) -> bytes:
    buffer = io.BytesIO()
    Image.fromarray(array).save(buffer, kind, **options)
    return buffer.getvalue()


def every_byte(response: Any) -> bytes:
    parts = [artifact.data or b"" for artifact in artifacts_in(response).values()]
    return b"".join([response.model_dump_json().encode(), *parts])


# --- pixels ---


@pytest.mark.parametrize("array", [pictures.discs(), pictures.noise()])
@pytest.mark.parametrize("kind", ["PNG", "TIFF"])
def test_lossless_pixels_come_out_as_they_went_in(array: Any, kind: str) -> None:
    response = read(file_of(array, kind))
    assert response.format == kind.lower()
    assert shown(response).tolist() == array.tolist()
    assert response.values is None


def test_grey_of_sixteen_bits_stays_so() -> None:
    array = np.arange(0, 64_000, 1000, dtype=np.uint16).reshape(8, 8)
    for kind in ("PNG", "TIFF"):
        assert shown(read(file_of(array, kind))).tolist() == array.tolist()


def test_real_numbers_of_a_tiff_are_windowed_and_kept() -> None:
    array = np.linspace(-1.5, 2.5, 64, dtype=np.float32).reshape(8, 8)
    response = read(file_of(array, "TIFF"))
    assert response.values is not None
    assert not response.values.is_exact
    assert response.window is not None
    assert response.window.chosen_by == "percentiles"
    assert shown(response)[0, 0] == 0
    assert shown(response)[-1, -1] == 255


def test_pages_of_a_tiff_become_a_clip() -> None:
    pages = [pictures.flat(value, 40, 50) for value in (10, 20, 30)]
    buffer = io.BytesIO()
    first, *rest = map(Image.fromarray, pages)
    first.save(buffer, "TIFF", save_all=True, append_images=rest)
    response = read(buffer.getvalue())
    assert (response.n_frames, response.frame) == (3, 1)
    assert [int(frame[0, 0]) for frame in frames(response)] == [10, 20, 30]
    assert shown(read(buffer.getvalue(), frame=2))[0, 0] == 30
    with pytest.raises(RequestError, match="frame: got 3, allowed: 0 to 2"):
        read(buffer.getvalue(), frame=3)
    with pytest.raises(RequestError, match="got 3 frames, allowed: 2"):
        read(buffer.getvalue(), max_frames=2)


def test_what_transparency_hides_does_not_come_out() -> None:
    array = np.full((20, 20, 4), 255, np.uint8)
    array[..., 3] = 0
    array[:5, :, 3] = 255
    response = read(file_of(array, "PNG"))
    assert shown(response)[:5].min() == 255
    assert shown(response)[5:].max() == 0


# --- metadata ---


def test_a_photograph_stands_upright_and_loses_its_exif() -> None:
    array = np.zeros((32, 64, 3), np.uint8)
    array[:, :32] = 200  # bright at the left
    exif = Image.Exif()
    exif[0x0112] = 6  # to be turned clockwise
    exif[0x013B] = SECRET
    exif.get_ifd(0x8825)[29] = "1963:07:14"
    exif.get_ifd(0x8769)[0xA430] = SECRET
    response = read(file_of(array, "JPEG", exif=exif, comment=SECRET.encode(), quality=95))
    picture = shown(response)
    assert picture.shape == (64, 32, 3)
    assert picture[:30].mean() > 150
    assert picture[34:].mean() < 50
    assert response.turned == "turned by 90 degrees clockwise"
    kinds = {one.kind for one in response.removed}
    assert {"person", "position on earth", "free text"} <= kinds
    assert SECRET.encode() not in every_byte(response)


def test_texts_profiles_and_what_follows_the_end_are_dropped_and_named() -> None:
    notes = PngInfo()
    notes.add_text("Author", SECRET)
    notes.add_text(SECRET[:20], "a keyword may be a name")
    srgb = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    data = file_of(pictures.noise(), "PNG", pnginfo=notes, icc_profile=srgb) + SECRET.encode()
    response = read(data)
    named = {(one.kind, one.keyword) for one in response.removed}
    assert ("free text", "Author") in named
    assert ("colour profile", "icc_profile") in named
    assert ("bytes after the end", "") in named
    assert b"Janine" not in every_byte(response)


def test_tags_of_a_tiff_are_dropped_and_named() -> None:
    info = TiffImagePlugin.ImageFileDirectory_v2()
    info[315] = SECRET
    info[65_000] = SECRET
    response = read(file_of(pictures.discs(), "TIFF", tiffinfo=info))
    assert {("person", "TIFF 315"), ("private", "TIFF 65000")} <= {
        (one.kind, one.place) for one in response.removed
    }
    assert b"Janine" not in every_byte(response)


# --- lies and bombs ---


def png_of(width: int, height: int, rows: bytes = b"") -> bytes:
    """A PNG that claims a size."""

    def chunk(name: bytes, body: bytes) -> bytes:
        crc = struct.pack(">I", zlib.crc32(name + body))
        return struct.pack(">I", len(body)) + name + body + crc

    head = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    parts = (chunk(b"IHDR", head), chunk(b"IDAT", zlib.compress(rows)), chunk(b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(parts)


@pytest.mark.parametrize("size", [(60_000, 60_000), (9_000, 10), (8_000, 8_000), (2**31 - 1, 1)])
def test_a_picture_that_claims_too_much_is_refused(size: tuple[int, int]) -> None:
    with pytest.raises(RequestError, match="allowed"):
        read(png_of(*size))


def test_a_long_text_packed_small_is_refused() -> None:
    notes = PngInfo()
    notes.add_text("Comment", "x" * 90_000_000, zip=True)
    with pytest.raises(RequestError, match="PNG: got a truncated or broken file"):
        read(file_of(pictures.flat(), "PNG", pnginfo=notes))


def test_thousands_of_pages_are_refused() -> None:
    page = Image.fromarray(pictures.flat(0, 8, 8))
    buffer = io.BytesIO()
    page.save(buffer, "TIFF", save_all=True, append_images=[page] * 700)
    with pytest.raises(RequestError, match="got 513 frames, allowed: 512"):
        read(buffer.getvalue())


@pytest.mark.parametrize(
    ("data", "got"),
    [
        (b"", "0 bytes"),
        (b"Dear doctor, ", "text"),
        (b"\0" * 400, "zeros"),
        (b"%PDF-1.7", "a PDF"),
        (b"GIF89a" + b"\0" * 40, "a GIF"),
        (b"Salted__" + bytes(range(200)), "a file encrypted by OpenSSL"),
        (b"-----BEGIN PGP MESSAGE-----", "a file encrypted by PGP"),
        (bytes(range(150, 255)) * 5, "bytes of no known format, or encrypted ones"),
        (b"\0\0\0\x1cftypheic" + b"\0" * 40, "a HEIF or AVIF picture"),
    ],
)
def test_what_is_no_picture_is_called_what_it_is(data: bytes, got: str) -> None:
    with pytest.raises(RequestError, match=f"got {got}, allowed: PNG, JPEG"):
        read(data)


# --- folders ---


def zipped(files: dict[str, bytes], how: int = zipfile.ZIP_STORED) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", how) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return buffer.getvalue()


def test_a_folder_is_packed_in_the_order_of_its_numbers_without_names() -> None:
    files = [(f"Janine_{n}.png", encode(pictures.flat(n, 20, 20))) for n in (10, 9, 100)]
    data = pack([*files, (".DS_Store", b"x")])
    assert data == pack(files[::-1])
    assert b"Janine" not in data
    response = read(data)
    assert response.format == "frames"
    assert [int(frame[0, 0]) for frame in frames(response)] == [9, 10, 100]


def test_frames_of_several_sizes_are_refused() -> None:
    data = pack([("a", encode(pictures.flat(1, 20, 20))), ("b", encode(pictures.flat(1, 20, 30)))])
    with pytest.raises(RequestError, match="got several sizes .20 x 20 and 20 x 30., allowed"):
        read(data)


def test_an_archive_that_is_no_folder_of_frames_is_refused() -> None:
    with pytest.raises(RequestError, match="frame 0 .dicom., allowed: PNG, JPEG, TIFF"):
        read(zipped({"a.png": b"\0" * 128 + b"DICM"}))
    with pytest.raises(RequestError, match="got text, allowed"):
        read(zipped({"word/document.xml": b"<w:document>"}))
    with pytest.raises(RequestError, match="2000.. bytes packed into|to 1"):
        read(zipped({"a.png": b"\0" * 20_000_000}, zipfile.ZIP_DEFLATED))


def test_an_encrypted_archive_is_refused() -> None:
    data = bytearray(zipped({"a.png": encode(pictures.flat())}))
    data[6] |= 1  # local header
    data[data.rindex(b"PK\x01\x02") + 8] |= 1  # central directory
    with pytest.raises(RequestError, match="encrypted archive"):
        read(bytes(data))
