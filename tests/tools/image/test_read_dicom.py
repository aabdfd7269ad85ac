"""DICOM: decoded, rescaled, windowed, hung; what names somebody is in no byte that comes out."""

from pathlib import Path

import numpy as np
import pytest
from dicoms import dataset, dicom, saved, secrets
from pydicom.data import get_testdata_file
from pydicom.uid import JPEGLSLossless
from read_in import frames, read, shown, values

from heuresis.contract import artifacts_in
from heuresis.errors import RequestError

HALVES = np.tile(np.array([[0, 1000, 1064, 1264, 3000]], np.int16), (5, 1))


def shipped(name: str) -> bytes:
    """A file inside the package; nothing is downloaded."""
    place = get_testdata_file(name, download=False)
    assert place is not None
    return Path(str(place)).read_bytes()


# --- values and windows ---


def test_a_ct_is_shown_in_hounsfield_units() -> None:
    ct = dicom(HALVES, RescaleSlope=1, RescaleIntercept=-1024)
    response = read(ct)
    assert values(response)[0].tolist() == [-1024, -24, 40, 240, 1976]
    assert response.window is not None
    assert (response.window.centre.value, response.window.centre.unit) == (40, "HU")
    assert response.window.chosen_by == "soft tissue"
    assert shown(response)[0].tolist() == [0, 87, 128, 255, 255]


def test_the_window_of_the_request_goes_before_that_of_the_file() -> None:
    ct = dicom(HALVES, RescaleSlope=1, RescaleIntercept=-1024, WindowCenter=[300, 40],
               WindowWidth=[1500, 80])  # fmt: skip
    by_file = read(ct).window
    by_request = read(ct, window_centre=-600, window_width=1200).window
    assert by_file is not None
    assert by_request is not None
    assert (by_file.chosen_by, by_file.centre.value, by_file.width.value) == ("file", 300, 1500)
    assert (by_request.chosen_by, by_request.centre.value) == ("request", -600)


def test_signed_pixels_keep_their_sign() -> None:
    array = np.array([[-2000, -1, 0, 1, 2000]] * 5, np.int16)
    response = read(dicom(array, Modality="MR"))
    assert values(response).tolist() == array.tolist()
    row = shown(response)[0].tolist()
    assert row == sorted(row)
    assert row[0] < 10
    assert row[-1] > 245


def test_monochrome1_is_shown_inverted_and_its_values_are_kept() -> None:
    array = np.array([[0, 100, 200, 255]] * 4, np.uint8)
    plain = read(dicom(array, Modality="CR"))
    inverted = read(dicom(array, Modality="CR", PhotometricInterpretation="MONOCHROME1"))
    assert shown(plain).tolist() == array.tolist()
    assert shown(inverted).tolist() == (255 - array).tolist()
    assert inverted.photometric == "MONOCHROME1"
    wide = read(dicom(array.astype(np.uint16), PhotometricInterpretation="MONOCHROME1"))
    assert values(wide).tolist() == array.tolist()
    assert shown(wide)[0, 0] == 255


def test_bits_above_the_pixels_do_not_reach_any_output() -> None:
    hidden = np.full((8, 8), 5, np.uint16)
    hidden[2, 3] |= 0x8000  # old devices wrote overlays there
    response = read(dicom(hidden, BitsStored=12, HighBit=11, Modality="MR"))
    assert set(values(response).ravel()) == {5}


@pytest.mark.parametrize("planar", [0, 1])
def test_colour_is_the_same_by_pixel_and_by_plane(planar: int) -> None:
    colour = np.random.default_rng(0).integers(0, 255, (6, 8, 3), np.uint8)
    made = dataset(colour, PlanarConfiguration=planar, Modality="US")
    if planar:
        made.PixelData = np.ascontiguousarray(colour.transpose(2, 0, 1)).tobytes()
    assert shown(read(saved(made))).tolist() == colour.tolist()


def test_palette_colours_are_looked_up() -> None:
    response = read(shipped("examples_palette.dcm"))
    assert shown(response).shape == (350, 800, 3)
    assert (response.photometric, response.modality) == ("PALETTE COLOR", "US")
    picture = shown(response).astype(int)
    assert (picture[..., 0] != picture[..., 2]).any()


def test_frames_become_a_clip_on_one_scale() -> None:
    stack = np.stack([np.full((12, 10), 100 * n, np.uint16) for n in range(5)])
    response = read(dicom(stack, Modality="XA", FrameTime=40))
    assert response.n_frames == 5
    assert response.frame_rate is not None
    assert (response.frame_rate.value, response.frame_rate.unit) == (25, "Hz")
    greys = [int(frame[0, 0]) for frame in frames(response)]
    assert greys == sorted(greys)
    assert len(set(greys)) == 5
    assert [int(frame[0, 0]) for frame in frames(response, "native_video")] == [
        0,
        100,
        200,
        300,
        400,
    ]
    alone = read(dicom(stack, Modality="XA"), frame=3)
    assert (alone.frame, alone.video) == (3, None)
    assert values(alone)[0, 0] == 300


# --- geometry ---


def test_spacing_edges_and_affine_come_from_the_file() -> None:
    ct = dicom(HALVES, PixelSpacing=[0.5, 0.7], SliceThickness=2, ImagePositionPatient=[10, 20, 30],
               ImageOrientationPatient=[1, 0, 0, 0, 1, 0])  # fmt: skip
    geometry = read(ct).geometry
    assert geometry is not None
    assert geometry.row_spacing is not None
    assert geometry.column_spacing is not None
    assert (geometry.row_spacing.value, geometry.row_spacing.unit) == (0.5, "mm")
    assert geometry.column_spacing.value == 0.7
    assert geometry.edges is not None
    assert geometry.edges.model_dump() == {"left": "R", "right": "L", "top": "A", "bottom": "P"}
    assert geometry.affine is not None
    assert np.array(geometry.affine) @ [0, 0, 0, 1] == pytest.approx([-10, -20, 30, 1])
    assert np.array(geometry.affine) @ [1, 0, 0, 1] == pytest.approx([-10.7, -20, 30, 1])
    assert np.array(geometry.affine) @ [0, 1, 0, 1] == pytest.approx([-10, -20.5, 30, 1])


def test_a_sagittal_slice_knows_front_and_back() -> None:
    geometry = read(dicom(HALVES, ImageOrientationPatient=[0, 1, 0, 0, 0, -1])).geometry
    assert geometry is not None
    assert geometry.edges is not None
    assert geometry.edges.model_dump() == {"left": "A", "right": "P", "top": "S", "bottom": "I"}


def test_letters_of_a_plain_film_are_read() -> None:
    film = dicom(
        HALVES, Modality="CR", PatientOrientation=["L", "F"], ImagerPixelSpacing=[0.2, 0.2]
    )
    geometry = read(film).geometry
    assert geometry is not None
    assert geometry.edges is not None
    assert (geometry.edges.left, geometry.edges.top) == ("R", "S")
    assert geometry.measured_at == "detector"


# --- names ---


def test_no_value_that_identifies_somebody_is_in_any_output() -> None:
    stack = np.stack([HALVES] * 3)
    made = dataset(stack, PixelSpacing=[1, 1], RescaleType="Janine", Units="MAUDE")
    made.preamble = b"II*\0Ottilie" + b"\0" * 117
    response = read(saved(made))
    out = response.model_dump_json().encode()
    for artifact in artifacts_in(response).values():
        out += artifact.data or b""
    for secret in (*secrets(), b"Janine", b"MAUDE", b"Ottilie"):
        assert secret not in out
    kinds = {one.kind for one in response.removed}
    assert {"person", "date or time", "identifier", "private", "free text", "device"} <= kinds
    names = {one.keyword for one in response.removed}
    assert {"PatientName", "PatientBirthDate", "PerformingPhysicianName"} <= names
    assert "(0011,1010)" in {one.place for one in response.removed}


def test_an_odd_code_is_not_passed_on() -> None:
    odd = read(
        dicom(HALVES, Modality="JANINE", WindowCenter=40, WindowWidth=80, VOILUTFunction="DOE")
    )
    assert odd.modality == "OT"
    assert odd.window is not None
    assert odd.window.shape == "LINEAR"


def test_a_file_that_says_its_text_is_burned_in_is_held() -> None:
    response = read(dicom(HALVES, BurnedInAnnotation="YES"))
    assert any("burned" in reason for reason in response.uncertain)


# --- what cannot be read ---


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("MR_small_jpeg_ls_lossless.dcm", "'JPEG-LS Lossless Image Compression'.*install"),
        ("SC_rgb_jpeg_gdcm.dcm", "'JPEG Lossless, Non-Hierarchical.*install"),
        ("JPGExtended.dcm", r"'JPEG Extended \(Process 2 and 4\)'"),
        ("rtplan.dcm", r"without pixels \(RT Plan Storage\)"),
        ("MR_truncated.dcm", "truncated or broken"),
    ],
)
def test_what_cannot_be_read_is_said_by_name(name: str, says: str) -> None:
    with pytest.raises(RequestError, match=says) as caught:
        read(shipped(name))
    assert "allowed" in str(caught.value)


def test_a_syntax_without_any_decoder_is_named() -> None:
    made = dataset(HALVES)
    made.file_meta.TransferSyntaxUID = JPEGLSLossless
    with pytest.raises(RequestError, match="JPEG-LS Lossless"):
        read(saved_as_is(made))


def saved_as_is(made: object) -> bytes:
    """Pixels that are not packed as the file says."""
    from dicoms import saved as save
    from pydicom.encaps import encapsulate

    made.PixelData = encapsulate([made.PixelData])  # type: ignore[attr-defined]  # a dataset
    made["PixelData"].is_undefined_length = True  # type: ignore[index]  # as above
    return save(made)  # type: ignore[arg-type]  # as above


@pytest.mark.parametrize(
    "name", ["CT_small.dcm", "MR_small_RLE.dcm", "MR_small_jp2klossless.dcm", "ExplVR_BigEnd.dcm",
             "SC_rgb_jpeg_dcmtk.dcm", "SC_ybr_full_422_uncompressed.dcm", "image_dfl.dcm",
             "rtdose_rle_1frame.dcm", "SC_rgb_rle_16bit_2frame.dcm"],
)  # fmt: skip
def test_files_of_real_devices_are_read(name: str) -> None:
    response = read(shipped(name))
    assert response.format == "dicom"
    assert shown(response).any()


def test_more_pixels_than_allowed_are_refused_before_they_are_read() -> None:
    bomb = dicom(HALVES, Rows=60_000, Columns=60_000)
    with pytest.raises(RequestError, match="got 60000 x 60000 px, allowed"):
        read(bomb)
    many = dicom(HALVES, NumberOfFrames=900_000)
    with pytest.raises(RequestError, match="got 900000 frames, allowed: 512"):
        read(many)
