"""From frames in memory to the files and facts of an answer."""

import io
import zipfile
from collections.abc import Sequence
from typing import Any

from numpy.typing import NDArray

from heuresis.contract import Box, ImageFile, ImageRef, VideoFile
from heuresis.tools.image.cleaning import Clean, clean
from heuresis.tools.image.facts import TextSeen
from heuresis.tools.image.formats.stack import Stack
from heuresis.tools.image.overlay import Layer, overlay
from heuresis.tools.image.pixels import encode, image_file

MAX_SEEN = 500  # places of text that are listed
_EARLIEST = (1980, 1, 1, 0, 0, 0)


def answer(stack: Stack, *, keep_text: bool) -> dict[str, Any]:
    """Return the fields of a response but the format."""
    found = clean(stack, keep_text=keep_text)
    stack = found.stack
    middle = len(stack.shown) // 2
    image = image_file(stack.shown[middle], "image.png")
    seen = _seen(found, image.ref, keep_text=keep_text)
    height, width = stack.shown[middle].shape[:2]
    is_clip = len(stack.shown) > 1
    return {
        "images": (image,),
        "native": (image_file(stack.native[middle], "native.png"),) if stack.native else (),
        "video": clip(stack.shown, "frames.zip") if is_clip else None,
        "native_video": clip(stack.native, "native.zip") if is_clip and stack.native else None,
        "frame": stack.numbers[middle],
        "n_frames": stack.n_frames,
        "frame_rate": stack.frame_rate,
        "width_px": width,
        "height_px": height,
        "values": stack.values if stack.native else None,
        "window": stack.window,
        "geometry": stack.geometry,
        "photometric": stack.photometric,
        "modality": stack.modality,
        "turned": stack.turned,
        "removed": stack.removed,
        "is_text_searched": found.is_searched,
        "text_found": seen[:MAX_SEEN],
        "overlay": _overlay(stack.shown[middle], seen),
        "uncertain": _uncertain(found, seen, keep_text=keep_text),
    }


def clip(frames: Sequence[NDArray[Any]], name: str) -> VideoFile:
    """Wrap frames of one size as a zip of PNG, in order; equal frames give equal bytes."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as archive:  # PNG is packed already
        for n, frame in enumerate(frames):
            archive.writestr(zipfile.ZipInfo(f"{n:06d}.png", _EARLIEST), encode(frame))
    return VideoFile.of(buffer.getvalue(), name=name, media_type="application/zip")


def _seen(found: Clean, frame: ImageRef, *, keep_text: bool) -> tuple[TextSeen, ...]:
    return tuple(
        TextSeen(
            box=Box(x0_px=one.x0, y0_px=one.y0, x1_px=one.x1, y1_px=one.y1, frame=frame),
            frame=number,
            confidence=min(1.0, round(one.score, 4)),
            is_blanked=one.is_sure and not keep_text,
        )
        for number, each in zip(found.stack.numbers, found.found, strict=True)
        for one in each
    )


def _overlay(shown: NDArray[Any], seen: Sequence[TextSeen]) -> ImageFile:
    layers = [
        Layer("text, painted over", boxes=tuple(s.box for s in seen if s.is_blanked)),
        Layer("text, to be looked at", boxes=tuple(s.box for s in seen if not s.is_blanked)),
    ]
    return overlay(shown, [layer for layer in layers if layer.boxes], "overlay.png")


def _uncertain(found: Clean, seen: Sequence[TextSeen], *, keep_text: bool) -> tuple[str, ...]:
    """Say why a person must look before the picture may be passed on."""
    reasons = list(found.stack.warnings)
    n_left = sum(not one.is_blanked for one in seen)
    if not found.is_searched:
        reasons.append(f"text was not looked for ({found.why_not})")
    elif keep_text and n_left:
        reasons.append(f"text was kept as asked, in {n_left} places")
    elif n_left:
        reasons.append(f"{n_left} places may hold text and were not painted over")
    return tuple(reasons)
