"""Written text inside pictures, such as names and dates, found by OCR models a package ships.

What is written is read to be sure that it is writing, and forgotten at once: only boxes leave.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from heuresis.settings import get_settings
from heuresis.tools.image.pixels import Pixels, as_rgb

SURE = 0.5  # score of the reader from which a reading counts as text
UNSURE = 0.3  # below, it is no text; between, a person must look
MIN_LETTERS = 2  # a single R or L is a side marker and names nobody
TALL = 0.25  # of a picture's shorter side: what is higher is rarely writing
SURE_OF_TALL, WORD = 0.9, 4  # score, and letters, from which it is; lungs are read as "08"
SCALE, SCALE_IN_STACK = 3.0, 2.0  # by which small pictures are enlarged at most
ENOUGH_PX = 736  # shorter side from which nothing is enlarged; what the detector was trained at
LONGEST_PX = 2_000
MARGIN_PX = 2  # painted over around a box
SAME_PLACE = 0.5  # of a place inside another one, to be the same
SAME_GREYS = 6  # frames that differ less everywhere show the same text


@dataclass(frozen=True)
class Found:
    """A place with writing.

    Attributes:
        x0, y0, x1, y1: Half-open rectangle in pixels.
        score: Of the reader, 0 to 1.
        is_sure: Whether it is taken for text without a person's look.
    """

    x0: int
    y0: int
    x1: int
    y1: int
    score: float
    is_sure: bool


def missing() -> str | None:
    """Say what stops the search for text and the fix, or None."""
    from importlib.util import find_spec

    if find_spec("rapidocr_onnxruntime") is None:
        return "rapidocr-onnxruntime is not installed: use Python 3.11 or 3.12 and heuresis[images]"
    return None


def find_text(
    picture: NDArray[Any], known: Sequence[Found] = (), largest_scale: float = SCALE
) -> list[Found]:
    """Return places with writing of at least two letters or digits.

    Args:
        picture: H x W or H x W x 3; numbers of more than 8 bits are stretched to all greys first.
        known: Places of sure text in other frames; what is found there is not read again.
        largest_scale: By how much a small picture is enlarged; more finds more, and takes longer.
    """
    plain = as_rgb(stretched(picture))
    ready, scale = _scaled(plain, largest_scale)
    detected, _ = _reader().text_det(ready)
    if detected is None or not len(detected):
        return []
    found, unread = [], []
    for corners in detected:
        place = _place(corners, scale, plain.shape[:2])
        same = next((one for one in known if share(place, one) > SAME_PLACE), None)
        if same is not None:
            found.append(replace(place, score=same.score, is_sure=True))
        elif place.x0 < place.x1 and place.y0 < place.y1:
            unread.append((corners, place))
    return found + _read(ready, unread, TALL * min(plain.shape[:2]))


def _read(ready: Pixels, unread: Sequence[tuple[Any, Found]], tall_px: float) -> list[Found]:
    """Keep the places whose reading is text, or may be."""
    if not unread:
        return []
    crops = _reader().get_crop_img_list(ready, [corners for corners, _ in unread])
    readings, _ = _reader().text_rec(crops, False)
    kept = []
    for (_, place), (text, score, *_) in zip(unread, readings, strict=True):
        n_letters = sum(letter.isalnum() for letter in text)
        is_tall = place.y1 - place.y0 > tall_px
        sure = SURE_OF_TALL if is_tall else SURE
        least = WORD if is_tall and float(score) < sure else MIN_LETTERS
        if n_letters >= least and float(score) >= UNSURE:
            kept.append(replace(place, score=float(score), is_sure=float(score) >= sure))
    return kept


def _place(corners: Any, scale: float, shape: tuple[int, ...]) -> Found:
    low = np.floor(np.min(corners, axis=0) / scale).astype(int) - MARGIN_PX
    high = np.ceil(np.max(corners, axis=0) / scale).astype(int) + MARGIN_PX
    x0, y0 = int(max(low[0], 0)), int(max(low[1], 0))
    return Found(x0, y0, int(min(high[0], shape[1])), int(min(high[1], shape[0])), 0.0, False)


def find_in_frames(frames: Sequence[NDArray[Any]]) -> list[list[Found]]:
    """Return the places in each frame; a frame like the one before is not looked at again."""
    found: list[list[Found]] = []
    known: list[Found] = []
    scale = SCALE if len(frames) == 1 else SCALE_IN_STACK
    last: NDArray[Any] | None = None
    for frame in frames:
        if last is None or not _is_like(frame, last):
            found.append(find_text(frame, known, scale))
            new = [one for one in found[-1] if one.is_sure]
            known += [one for one in new if not any(share(one, k) > SAME_PLACE for k in known)]
            last = frame
        else:
            found.append(found[-1])
    return found


def share(one: Found, other: Found) -> float:
    """Return which share of one place lies in another."""
    width = min(one.x1, other.x1) - max(one.x0, other.x0)
    height = min(one.y1, other.y1) - max(one.y0, other.y0)
    if width <= 0 or height <= 0:
        return 0.0
    return width * height / ((one.x1 - one.x0) * (one.y1 - one.y0))


def stretched(picture: NDArray[Any]) -> NDArray[Any]:
    """Return numbers of more than 8 bits as greys from the smallest to the largest."""
    if picture.dtype == np.uint8:
        return picture
    low, high = int(picture.min()), int(picture.max())
    share = (picture.astype(np.float32) - low) / max(high - low, 1)
    return np.asarray(np.round(share * 255).astype(np.uint8))


def _is_like(frame: NDArray[Any], last: NDArray[Any]) -> bool:
    if frame.dtype != np.uint8 or frame.shape != last.shape:
        return False
    return bool((np.maximum(frame, last) - np.minimum(frame, last)).max() <= SAME_GREYS)


def _scaled(plain: Pixels, largest: float) -> tuple[Pixels, float]:
    from PIL import Image

    height, width = plain.shape[:2]
    scale = min(largest, max(1.0, ENOUGH_PX / min(height, width)))
    scale = min(scale, LONGEST_PX / max(height, width))
    if scale == 1:
        return np.ascontiguousarray(plain), 1.0
    size = max(1, round(width * scale)), max(1, round(height * scale))
    image = Image.fromarray(np.ascontiguousarray(plain))
    return np.asarray(image.resize(size, Image.Resampling.BICUBIC)), scale


@cache
def _reader() -> Any:
    """Load the detector and the reader once."""
    from rapidocr_onnxruntime import RapidOCR

    n_threads = get_settings().n_threads
    return RapidOCR(
        intra_op_num_threads=n_threads,
        inter_op_num_threads=1,
        det_limit_side_len=32,  # pictures come in the size in which they are to be looked at
        use_cls=False,
    )
