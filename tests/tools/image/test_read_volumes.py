"""NIfTI volumes hung as radiologists do, and videos frame by frame."""

import gzip
import io
from typing import Any

import av
import nibabel as nib
import numpy as np
import pytest
from numpy.typing import NDArray
from read_in import frames, read, shown, values

from heuresis.contract import artifacts_in
from heuresis.errors import RequestError

SECRET = "Janine Doe"


def nifti(array: NDArray[Any], affine: Any = None, **header: Any) -> bytes:
    image = nib.Nifti1Image(array, np.eye(4) if affine is None else affine)
    image.header.set_xyzt_units("mm")
    for name, value in header.items():
        image.header[name] = value
    return bytes(image.to_bytes())


def marked(shape: tuple[int, int, int] = (6, 8, 10)) -> NDArray[np.int16]:
    """A volume in RAS, bright at the right, back, bottom corner."""
    array = np.zeros(shape, np.int16)
    array[-1, 0, 0] = 1000  # most right, most posterior, most inferior
    array[0, -1, -1] = 500  # most left, most anterior, most superior
    return array


@pytest.mark.parametrize(
    ("axis", "n_slices", "size", "at_first", "edges"),
    [
        ("axial", 10, (8, 6), (-1, 0), ("R", "L", "A", "P")),
        ("coronal", 8, (10, 6), (-1, 0), ("R", "L", "S", "I")),
        ("sagittal", 6, (10, 8), None, ("A", "P", "S", "I")),
    ],
)
def test_slices_are_hung_with_the_patients_right_at_the_left(
    axis: str, n_slices: int, size: tuple[int, int], at_first: Any, edges: tuple[str, ...]
) -> None:
    data = nifti(marked())
    response = read(data, slice_axis=axis, frame=0)
    assert response.n_frames == n_slices
    assert shown(response).shape == size
    assert response.geometry is not None
    assert response.geometry.edges is not None
    assert tuple(response.geometry.edges.model_dump().values()) == edges
    if at_first is not None:  # right at the left edge, back or bottom at the lower one
        assert values(response)[at_first] == 1000
    else:  # the first sagittal slice is the leftmost: front at the left, top above
        assert values(response)[0, 0] == 500


@pytest.mark.parametrize("axis", ["axial", "coronal", "sagittal"])
def test_the_affine_leads_from_the_screen_to_the_patient(axis: str) -> None:
    affine = np.diag([2.0, 3.0, 4.0, 1.0])
    affine[:3, 3] = (-5, 7, 11)
    data = nifti(marked(), affine)
    whole = read(data, slice_axis=axis)
    assert whole.geometry is not None
    native = np.stack(frames(whole, "native_video")).astype(int)
    frame, row, column = np.argwhere(native == native.max())[0]
    place = np.array(whole.geometry.affine) @ [column, row, frame, 1]
    assert place == pytest.approx(affine @ [5, 0, 0, 1])
    one = read(data, slice_axis=axis, frame=int(frame))
    assert one.geometry is not None
    assert np.array(one.geometry.affine) @ [column, row, 0, 1] == pytest.approx(place)


def test_how_a_volume_is_stored_does_not_change_what_is_shown() -> None:
    array, flipped = marked(), marked()[::-1]
    affine = np.diag([-1.0, 1.0, 1.0, 1.0])
    affine[0, 3] = 5
    one, other = read(nifti(array)), read(nifti(np.ascontiguousarray(flipped), affine))
    assert [f.tolist() for f in frames(one)] == [f.tolist() for f in frames(other)]
    assert one.geometry == other.geometry


def test_spacing_is_in_millimetres_whatever_the_file_counts_in() -> None:
    image = nib.Nifti1Image(marked(), np.diag([500.0, 600.0, 700.0, 1.0]))
    image.header.set_xyzt_units("micron")
    geometry = read(image.to_bytes()).geometry
    assert geometry is not None
    spacings = (geometry.column_spacing, geometry.row_spacing, geometry.slice_spacing)
    assert [one and (one.value, one.unit) for one in spacings] == [
        (0.5, "mm"), (0.6, "mm"), (0.7, "mm")
    ]  # fmt: skip


def test_a_volume_that_does_not_know_its_sides_claims_none() -> None:
    image = nib.Nifti1Image(marked(), None)
    image.header["sform_code"] = image.header["qform_code"] = 0
    response = read(image.to_bytes())
    assert response.geometry is not None
    assert (response.geometry.edges, response.geometry.affine) == (None, None)
    assert any("side" in reason for reason in response.uncertain)


@pytest.mark.parametrize("kind", [np.uint8, np.int16, np.float32, np.float64])
def test_numbers_of_every_kind_are_kept(kind: Any) -> None:
    array = (np.arange(60).reshape(3, 4, 5) * 4).astype(kind)
    response = read(nifti(array), frame=2)
    step = 0 if response.values is None or response.values.is_exact else 0.01
    assert values(response) == pytest.approx(array[::-1, ::-1, 2].T.astype(float), abs=step)


def test_a_series_is_read_volume_after_volume() -> None:
    series = np.zeros((4, 4, 3, 2), np.int16)
    series[..., 1] = 7
    response = read(nifti(series))
    assert response.n_frames == 6
    assert [int(f.max()) for f in frames(response, "native_video")] == [0, 0, 0, 7, 7, 7]


def test_gzip_is_undone_and_texts_of_the_header_are_dropped() -> None:
    image = nib.Nifti1Image(marked(), np.eye(4))
    image.header["descrip"] = SECRET
    image.header.extensions.append(nib.nifti1.Nifti1Extension(2, SECRET.encode()))
    response = read(gzip.compress(image.to_bytes()))
    assert {("free text", "descrip"), ("private", "")} <= {
        (one.kind, one.keyword) for one in response.removed
    }
    out = b"".join(one.data or b"" for one in artifacts_in(response).values())
    assert SECRET.encode() not in out + response.model_dump_json().encode()


@pytest.mark.parametrize("how_much", [0.3, 0.8, 0.99])
@pytest.mark.parametrize("is_packed", [False, True])
def test_a_cut_volume_is_refused(how_much: float, is_packed: bool) -> None:
    array = np.random.default_rng(0).integers(0, 999, (20, 20, 20), np.int16)
    data = gzip.compress(nifti(array)) if is_packed else nifti(array)
    with pytest.raises(RequestError, match="truncated or broken"):
        read(data[: int(len(data) * how_much)])


def test_a_volume_that_claims_too_much_is_refused() -> None:
    data = bytearray(nifti(marked()))
    data[42:48] = np.array([30_000] * 3, "<i2").tobytes()
    for bomb in (bytes(data), gzip.compress(bytes(data))):
        with pytest.raises(RequestError, match="voxels and .* bytes, allowed"):
            read(bomb)
    with pytest.raises(RequestError, match="no NIfTI, allowed"):
        read(gzip.compress(b"\0" * 50_000_000))


# --- videos ---


def video(n: int = 8, kind: str = "mp4", size: tuple[int, int] = (64, 48)) -> bytes:
    """A bright bar that moves to the right, at 20 frames per second, with a title and a sound."""
    buffer = io.BytesIO()
    with av.open(buffer, "w", format=kind) as container:
        container.metadata["title"] = SECRET
        stream = container.add_stream("mpeg4", rate=20)
        stream.width, stream.height, stream.pix_fmt = *size, "yuv420p"
        sound = container.add_stream("aac" if kind == "mp4" else "pcm_s16le", rate=8000)
        for k in range(n):
            array = np.zeros((size[1], size[0], 3), np.uint8)
            array[:, 6 * k : 6 * k + 6] = 255
            container.mux(stream.encode(av.VideoFrame.from_ndarray(array, format="rgb24")))
        container.mux(stream.encode(None))
        quiet = av.AudioFrame.from_ndarray(np.zeros((1, 1024), np.float32), "fltp", "mono")
        quiet.sample_rate = 8000
        for packet in sound.encode(quiet) if kind == "mp4" else ():
            container.mux(packet)
        container.mux(sound.encode(None))
    return buffer.getvalue()


@pytest.mark.parametrize("kind", ["mp4", "matroska", "avi"])
def test_frames_of_a_video_come_in_order_without_title_and_sound(kind: str) -> None:
    response = read(video(kind=kind))
    assert response.format == "video"
    assert response.n_frames == 8
    assert response.frame_rate is not None
    assert (response.frame_rate.value, response.frame_rate.unit) == (pytest.approx(20), "Hz")
    middles = [
        float(np.average(np.arange(64), weights=f.mean((0, 2)) + 1e-9)) for f in frames(response)
    ]
    assert middles == pytest.approx([6 * k + 2.5 for k in range(8)], abs=2.5)
    assert "sound" in {one.kind for one in response.removed}
    out = b"".join(one.data or b"" for one in artifacts_in(response).values())
    assert SECRET.encode() not in out + response.model_dump_json().encode()


def test_one_frame_of_a_video_can_be_asked_for() -> None:
    response = read(video(), frame=5)
    assert (response.frame, response.video) == (5, None)
    with pytest.raises(RequestError, match="frame: got 50, allowed: 0 to 7"):
        read(video(), frame=50)


def test_a_video_with_too_many_frames_is_refused() -> None:
    with pytest.raises(RequestError, match="got 8 frames, allowed: 4"):
        read(video(), max_frames=4)


def test_a_cut_video_is_refused() -> None:
    data = video(n=10)
    with pytest.raises(RequestError, match="video: got"):
        read(data[: len(data) // 2])


def test_a_file_with_sound_only_is_refused() -> None:
    buffer = io.BytesIO()
    with av.open(buffer, "w", format="mp4") as container:
        sound = container.add_stream("aac", rate=8000)
        quiet = av.AudioFrame.from_ndarray(np.zeros((1, 1024), np.float32), "fltp", "mono")
        quiet.sample_rate = 8000
        container.mux(sound.encode(quiet))
        container.mux(sound.encode(None))
    with pytest.raises(RequestError, match="without pictures"):
        read(buffer.getvalue())
