"""How files enter: stored as they came, marked as originals, then read in through the lab."""

import stat
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, get_args

from heuresis.contract import (
    FileRef,
    ImageRef,
    MaskRef,
    OriginalRef,
    Outcome,
    Status,
    VideoRef,
)
from heuresis.errors import OutOfDomainError, PolicyError, RequestError, ServiceError
from heuresis.memory.originals import keep_original
from heuresis.serving.context import Context
from heuresis.serving.lab import Lab
from heuresis.tools.image.formats.sniffing import Format, sniff
from heuresis.tools.registry import AnyTool

READ = "image.read"
MARK = "@"  # begins a text that names a file of this computer instead of a digest
MAX_BYTES = 2_000_000_000
MEDIA_TYPES: dict[Format, str] = {
    "png": "image/png",
    "jpeg": "image/jpeg",
    "tiff": "image/tiff",
    "dicom": "application/dicom",
    "nifti": "application/x-nifti",
    "video": "video/*",
    "frames": "application/zip",
}


@dataclass(frozen=True)
class Entered:
    """A file that was read in.

    Attributes:
        original: Digest of the file as it came; of the zip, where it is a folder.
        outcome: What `image.read` said.
    """

    original: OriginalRef
    outcome: Outcome


def keep(lab: Lab, place: Path, context: Context) -> OriginalRef:
    """Store a file, or a folder of frames as one zip, and mark it as an original.

    Raises:
        RequestError: It cannot be read, or is no picture; nothing is stored then.
        ServiceError: It cannot be stored.
    """
    data = _bytes_of(place)
    try:
        media_type = MEDIA_TYPES[sniff(data)]
    except RequestError as error:
        raise RequestError(f"{str(place)!r}: {error}") from None
    return keep_original(lab.ledger, lab.vault, data, place.name, media_type, context.origin)


def enter(
    lab: Lab, place: Path, context: Context, options: Mapping[str, Any] | None = None
) -> Entered:
    """Store a file and read it in.

    Args:
        lab: Where.
        place: A file, or a folder of frames.
        context: Who brings it.
        options: Further fields of the request to `image.read`.

    Raises:
        RequestError: It cannot be read, or is no picture.
    """
    original = keep(lab, place, context)
    request = {"original": str(original), **(options or {})}
    return Entered(original, lab.run(READ, request, context))


def image_of(lab: Lab, place: Path, context: Context) -> str:
    """Read a file in and return the digest of the picture in it.

    Raises:
        RequestError: It cannot be read, or holds more than one picture.
    """
    return _digest(enter(lab, place, context).outcome, ImageRef, place)


def file_fields(tool: AnyTool) -> dict[str, type[FileRef]]:
    """Map the fields of a tool's request that name files to what they name."""
    found = {
        name: _file_type(field.annotation) for name, field in tool.request.model_fields.items()
    }
    return {name: kind for name, kind in found.items() if kind is not None}


def with_files(
    lab: Lab, tool: AnyTool, fields: Mapping[str, Any], context: Context
) -> dict[str, Any]:
    """Return fields in which every '@path' of a file field is a digest, the file read in.

    Raises:
        RequestError: A file cannot be read in, or is not of the kind that the field takes.
    """
    kinds = file_fields(tool)
    return {
        name: _entered(lab, value, kinds[name], context) if name in kinds else value
        for name, value in fields.items()
    }


def keep_example(lab: Lab, tool: AnyTool, context: Context) -> dict[str, Any]:
    """Put the files of a tool's example into the vault and return the example's fields."""
    is_original = OriginalRef in file_fields(tool).values()
    for place in tool.example_files:
        if is_original:
            keep(lab, place, context)
        else:
            lab.vault.put(place.read_bytes())
    fields: dict[str, Any] = tool.example.model_dump(mode="json")
    return fields


def _entered(lab: Lab, value: Any, kind: type[FileRef], context: Context) -> Any:
    if isinstance(value, list | tuple):
        return [_entered(lab, one, kind, context) for one in value]
    if not isinstance(value, str) or not value.startswith(MARK):
        return value
    place = Path(value.removeprefix(MARK)).expanduser()
    if kind is OriginalRef:
        return str(keep(lab, place, context))
    options = {"keep_text": True} if kind is MaskRef else {}
    return str(_digest(enter(lab, place, context, options).outcome, kind, place))


def _digest(outcome: Outcome, kind: type[FileRef], place: Path) -> str:
    """Return the digest of what was read, as the field wants it."""
    answer: Any = usable(outcome, place)
    if kind is VideoRef:
        if answer.video is None:
            raise RequestError(f"{str(place)!r}: got one picture, allowed: a video or many frames")
        return str(answer.video.digest)
    if answer.video is not None:
        raise RequestError(
            f"{str(place)!r}: got {answer.n_frames} frames, allowed: one picture; read one in with "
            "`heuresis image add FILE --frame N` and give its digest"
        )
    return str(answer.images[0].digest)


def usable(outcome: Outcome, place: Path) -> Any:
    """Return the answer, or raise what stopped it.

    Raises:
        HeuresisError: Of the kind that the outcome states.
    """
    if outcome.is_usable:
        return outcome.response
    text = f"{str(place)!r}: {outcome.reason}"
    if outcome.status == Status.BLOCKED:
        raise PolicyError(text)
    if outcome.status == Status.OUT_OF_DOMAIN:
        raise OutOfDomainError(text)
    raise RequestError(text) if outcome.error_kind == "request" else ServiceError(text)


def _file_type(annotation: Any) -> type[FileRef] | None:
    if isinstance(annotation, type) and issubclass(annotation, FileRef):
        return annotation
    parts = (_file_type(part) for part in get_args(annotation))
    return next((part for part in parts if part is not None), None)


def _bytes_of(place: Path) -> bytes:
    """Read a regular file, or the files of a folder, never more than is allowed."""
    try:
        if place.is_dir():
            return _packed(place)
        if not stat.S_ISREG(place.stat().st_mode):
            raise RequestError(f"{str(place)!r}: got no regular file, allowed: a file or a folder")
        with place.open("rb") as file:
            data = file.read(MAX_BYTES + 1)
    except (OSError, ValueError) as error:  # ValueError: a name that no file can have
        why = getattr(error, "strerror", None) or error
        raise RequestError(f"{str(place)!r}: cannot be read: {why}") from error
    if len(data) > MAX_BYTES:
        raise RequestError(f"{str(place)!r}: got more than {MAX_BYTES} bytes, allowed: up to that")
    return data


def _packed(folder: Path) -> bytes:
    from heuresis.tools.image.formats.folder import MAX_ENTRIES, is_no_frame, pack

    places = [one for one in folder.iterdir() if one.is_file() and not is_no_frame(one.name)]
    if not 0 < len(places) <= MAX_ENTRIES:
        raise RequestError(
            f"{str(folder)!r}: got a folder of {len(places)} files, allowed: 1 to {MAX_ENTRIES}"
        )
    if (n_bytes := sum(one.stat().st_size for one in places)) > MAX_BYTES:
        raise RequestError(f"{str(folder)!r}: got {n_bytes} bytes, allowed: {MAX_BYTES}")
    return pack([(one.name, one.read_bytes()) for one in places])
