"""Cut, flipped and random bytes: the answer is a picture or an error that says what is allowed."""

import gzip
import io
from pathlib import Path

import nibabel as nib
import numpy as np
import pictures
import pytest
from dicoms import dicom, secrets
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image
from pydicom.data import get_testdata_file
from read_in import read

from heuresis.errors import HeuresisError, RequestError
from heuresis.tools.image import burned_in_text
from heuresis.tools.image.formats.folder import pack
from heuresis.tools.image.pixels import encode


def _files() -> dict[str, bytes]:
    small = pictures.discs(24, 30)
    made = {"png": encode(small), "dicom": dicom(np.stack([small] * 2).astype(np.int16))}
    for kind in ("JPEG", "TIFF"):
        buffer = io.BytesIO()
        Image.fromarray(small).save(buffer, kind)
        made[kind.lower()] = buffer.getvalue()
    made["frames"] = pack([("1", made["png"]), ("2", made["png"])])
    made["nifti"] = nib.Nifti1Image(np.ones((4, 5, 6), np.int16), np.eye(4)).to_bytes()
    made["nifti.gz"] = gzip.compress(made["nifti"], mtime=0)
    for name in ("SC_rgb_rle_2frame.dcm", "SC_rgb_jpeg_dcmtk.dcm", "image_dfl.dcm"):
        made[name] = Path(str(get_testdata_file(name, download=False))).read_bytes()
    return made


FILES = _files()


@pytest.fixture(autouse=True, scope="module")
def _no_search() -> object:
    """What is searched for text is whole by then; here it would only take time."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(burned_in_text, "missing", lambda: "not in this test")
        yield


def outcome(data: bytes) -> str:
    """Read, and return what the error says, if there is one."""
    try:
        read(data)
    except HeuresisError as error:
        assert isinstance(error, RequestError)
        text = str(error)
        assert "got" in text
        assert "allowed" in text
        assert not any(secret.decode() in text for secret in secrets())
        return text
    return ""


many = settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])


@many
@given(st.sampled_from(sorted(FILES)), st.floats(0, 1, exclude_max=True))
def test_a_cut_file_is_refused_or_read_never_more(name: str, share: float) -> None:
    outcome(FILES[name][: int(len(FILES[name]) * share)])


@many
@given(st.sampled_from(sorted(FILES)), st.data())
def test_flipped_bytes_never_end_in_anything_else(name: str, data: st.DataObject) -> None:
    changed = bytearray(FILES[name])
    for _ in range(data.draw(st.integers(1, 8))):
        changed[data.draw(st.integers(0, len(changed) - 1))] = data.draw(st.integers(0, 255))
    outcome(bytes(changed))


@many
@given(
    st.sampled_from([data[: min(160, len(data) // 2)] for data in FILES.values()]),
    st.binary(max_size=600),
)
def test_a_right_beginning_does_not_help_rubbish(head: bytes, rest: bytes) -> None:
    assert outcome(head + rest)


@given(st.binary(max_size=300))
def test_random_bytes_are_refused(data: bytes) -> None:
    assert outcome(data)


@pytest.mark.parametrize("name", sorted(FILES))
def test_whole_files_are_read(name: str) -> None:
    assert outcome(FILES[name]) == ""


@pytest.mark.parametrize("name", ["png", "jpeg", "dicom", "nifti", "frames", "nifti.gz"])
def test_a_file_without_its_last_tenth_is_refused(name: str) -> None:
    assert "truncated or broken" in outcome(FILES[name][: int(len(FILES[name]) * 0.9)])
