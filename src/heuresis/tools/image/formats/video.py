"""Video files: frames as they are shown, upright; sound, subtitles and titles are left out."""

import io
from typing import Any

import numpy as np
from numpy.typing import NDArray

from heuresis.contract import Quantity
from heuresis.errors import HeuresisError, RequestError
from heuresis.tools.image.deidentify import gathered
from heuresis.tools.image.facts import Removed, stated
from heuresis.tools.image.formats.stack import Stack, Wish, broken, check_size, chosen_frames

_KNOWN_WORDS = frozenset(
    ["title", "artist", "author", "album", "comment", "description", "copyright", "date",
     "creation_time", "location", "encoder", "handler_name", "language", "make", "model",
     "software", "com.apple.quicktime.location.iso6709", "com.apple.quicktime.make",
     "com.apple.quicktime.model", "com.apple.quicktime.creationdate"]
)  # fmt: skip
_TECHNICAL = frozenset(
    ["major_brand", "minor_version", "compatible_brands", "vendor_id", "encoder"]
)
_ENOUGH_FRAMES = 1_000_000  # counted by decoding where the file does not say


def read_video(data: bytes, wish: Wish) -> Stack:
    """Read all frames of the first picture stream, or one of them.

    Raises:
        RequestError: Broken, too long, too large, or without pictures.
    """
    try:
        return _read(data, wish)
    except HeuresisError:
        raise
    except Exception as error:  # noqa: BLE001  # a demuxer fed with rubbish raises nearly anything
        raise broken("video", error) from None


def _read(data: bytes, wish: Wish) -> Stack:
    import av

    with av.open(io.BytesIO(data), metadata_errors="ignore") as container:
        if not container.streams.video:
            raise RequestError("video: got a file without pictures, allowed: a picture stream")
        stream = container.streams.video[0]
        check_size(stream.codec_context.width, stream.codec_context.height)
        if stream.frames:  # declared; a cut file may hold fewer
            chosen_frames(stream.frames, wish)
        stream.thread_type = "AUTO"
        shown, numbers, n_seen, turn = _decoded(container, stream, wish)
        if not shown:
            chosen_frames(n_seen, wish)  # says which frames there are
            raise broken("video")
        if wish.frame is None and stream.frames > n_seen:
            raise broken("video")
        rate = stream.average_rate
        removed = _removed(container)
        return Stack(
            shown=shown,
            numbers=numbers,
            n_frames=max(n_seen, stream.frames),
            frame_rate=_rate(float(rate)) if rate else None,
            turned=f"turned by {turn} degrees counter-clockwise" if turn else "",
            removed=removed,
        )


def _rate(hz: float) -> Quantity | None:
    return stated(hz, "Hz", "mean over the file, as it states it") if hz > 0 else None


def _decoded(
    container: Any, stream: Any, wish: Wish
) -> tuple[list[NDArray[Any]], list[int], int, int]:
    """Return frames, their numbers, how many were seen, and by how much they were turned."""
    shown: list[NDArray[Any]] = []
    numbers: list[int] = []
    n_seen = turn = 0
    for n, frame in enumerate(container.decode(stream)):
        n_seen = n + 1
        if wish.frame is not None and n < wish.frame:
            if n >= _ENOUGH_FRAMES:
                break
            continue
        if wish.frame is None:
            chosen_frames(n_seen, wish)
        check_size(frame.width, frame.height, len(shown) + 1)
        turn = int(frame.rotation) % 360
        array = frame.to_ndarray(format="gray" if _is_grey(frame) else "rgb24")
        shown.append(np.ascontiguousarray(np.rot90(array, round(turn / 90))) if turn else array)
        numbers.append(n)
        if wish.frame is not None:
            break
    if len({one.shape for one in shown}) > 1:
        raise RequestError("video: got frames of several sizes, allowed: one size")
    return shown, numbers, n_seen, turn


def _is_grey(frame: Any) -> bool:
    return str(frame.format.name).startswith("gray")


def _removed(container: Any) -> tuple[Removed, ...]:
    found: list[Any] = []
    holders = [("container", container), *(("stream", one) for one in container.streams)]
    for place, holder in holders:
        for word in holder.metadata or {}:
            name = str(word).lower()
            if name not in _TECHNICAL:
                kind = "position on earth" if "location" in name else "free text"
                found.append((kind, place, name if name in _KNOWN_WORDS else "", "X"))
    for stream in container.streams:
        if stream.type != "video":
            kind = "sound" if stream.type == "audio" else "free text"
            found.append((kind, f"{stream.type} stream", "", "X"))
    return gathered(found)
