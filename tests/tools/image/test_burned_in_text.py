"""Names and dates written into the pixels: found, painted over, and told without being repeated."""

from pathlib import Path
from typing import Any

import numpy as np
import pictures
import pytest
from dicoms import dicom
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont
from read_in import frames, read, request, shown

from heuresis.contract import Status, artifacts_in
from heuresis.errors import ServiceError
from heuresis.tools.image import burned_in_text
from heuresis.tools.image.burned_in_text import find_in_frames, find_text
from heuresis.tools.image.examples import CT, FUNDUS
from heuresis.tools.image.pixels import decode, encode
from heuresis.tools.image.read import READ, grade

pytestmark = pytest.mark.skipif(
    burned_in_text.missing() is not None, reason="no OCR model for this Python"
)
NAME = "DOE^JANINE 1963-07-14"


def written(
    array: NDArray[Any], text: str = NAME, at: tuple[int, int] = (8, 8), value: int = 255
) -> NDArray[Any]:
    page = Image.new("L", (array.shape[1], array.shape[0]), 0)
    ImageDraw.Draw(page).text(at, text, 255, font=ImageFont.load_default(16))
    ink = np.asarray(page) > 128
    marked = array.copy()
    marked[ink] = value
    return marked


def ink_left(response: Any) -> bool:
    """Whether somebody can still read what was written."""
    return bool(find_text(shown(response)))


def test_a_name_in_a_dicom_picture_is_painted_over_in_greys_and_in_values() -> None:
    body = pictures.ct_slice(256).astype(np.int16) * 8
    response = read(dicom(written(body, value=4000), RescaleSlope=1, RescaleIntercept=-1024))
    assert response.is_text_searched
    assert response.text_found
    assert all(seen.is_blanked for seen in response.text_found)
    assert not ink_left(response)
    native = response.native[0].data or b""
    assert not find_text(decode(native, "native"))
    assert "DOE" not in response.model_dump_json()
    assert response.text_found[0].box.frame == response.images[0].digest
    assert grade(request(b"x"), response).status == Status.OK


def test_text_that_the_window_hides_is_found_in_the_values() -> None:
    body = np.full((200, 300), 3000, np.int16)
    response = read(dicom(written(body, value=3600), RescaleIntercept=-1024, RescaleSlope=1))
    assert shown(response).min() == 0  # painted; all else is white in this window
    assert response.text_found


def test_text_is_kept_when_asked_and_then_held_for_review() -> None:
    data = encode(written(pictures.discs(160, 260)))
    response = read(data, keep_text=True)
    assert not any(seen.is_blanked for seen in response.text_found)
    assert ink_left(response)
    verdict = grade(request(data, keep_text=True), response)
    assert verdict.status == Status.PARTIAL
    assert "held for review: text was kept as asked" in verdict.reason


def test_what_is_written_in_one_frame_is_painted_over_in_all() -> None:
    plain = pictures.ct_slice(200)
    stack = np.stack([written(plain), plain, np.roll(plain, 5, 0)])
    response = read(dicom(stack, Modality="US"))
    (place, *_) = [seen.box for seen in response.text_found]
    for frame in frames(response):
        assert frame[place.y0_px : place.y1_px, place.x0_px : place.x1_px].max() == 0


@pytest.mark.parametrize("array", [pictures.fundus(), pictures.noise(), pictures.flat()])
def test_pictures_without_writing_stay_as_they_are(array: Any) -> None:
    response = read(encode(array))
    assert response.text_found == ()
    assert shown(response).tolist() == array.tolist()


@pytest.mark.parametrize("place", [FUNDUS, CT])
def test_examples_hold_no_writing(place: Path) -> None:
    response = read(place.read_bytes())
    assert response.text_found == ()
    assert grade(request(b"x"), response).status == Status.OK


def test_frames_alike_are_looked_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    looked: list[int] = []
    ask = burned_in_text.find_text

    def counted(frame: Any, *rest: Any) -> Any:
        looked.append(1)
        return ask(frame, *rest)

    monkeypatch.setattr(burned_in_text, "find_text", counted)
    frame = written(pictures.discs(100, 240))
    found = find_in_frames([frame, frame, frame | 1, pictures.discs(100, 240)])
    assert len(looked) == 2
    assert found[0] == found[1] == found[2] != []


def test_without_a_reader_the_answer_is_held_for_review(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(burned_in_text, "missing", lambda: "no reader here")
    response = read(encode(pictures.discs()))
    assert not response.is_text_searched
    verdict = grade(request(b"x"), response)
    assert verdict.status == Status.PARTIAL
    assert "text was not looked for (no reader here)" in verdict.reason


def test_an_answer_that_contradicts_itself_is_refused() -> None:
    data = encode(written(pictures.discs(160, 260)))
    response = read(data)
    for wrong, says in (
        ({"is_text_searched": False}, "places without a search"),
        ({"width_px": 10, "height_px": 10}, "px, allowed"),
        ({"frame": 7}, "frame: got 7"),
    ):
        with pytest.raises(ServiceError, match=says):
            READ.check_result(request(data), response.model_copy(update=wrong))
    with pytest.raises(ServiceError, match="kept, as asked"):
        READ.check_result(request(data, keep_text=True), response)
    assert all(one.data for one in artifacts_in(response).values())
