"""A folder of frames: packed into one zip on entry, so that it has one digest, and read from it."""

import io
import re
import zipfile
import zlib
from collections.abc import Sequence
from pathlib import PurePosixPath

from heuresis.errors import HeuresisError, RequestError
from heuresis.tools.image.deidentify import gathered
from heuresis.tools.image.formats.raster import read_raster
from heuresis.tools.image.formats.sniffing import sniff
from heuresis.tools.image.formats.stack import Stack, Wish, broken, check_size, chosen_frames

MAX_UNPACKED_BYTES = 2_000_000_000
MAX_ENTRIES = 10_000
MAX_RATIO = 200  # unpacked to packed; pictures hardly shrink
STILLS = ("png", "jpeg", "tiff")
_NO_FRAMES = re.compile(r"(^|/)(\.|__MACOSX/|Thumbs\.db$|desktop\.ini$)", re.IGNORECASE)
_EARLIEST = (1980, 1, 1, 0, 0, 0)


def pack(files: Sequence[tuple[str, bytes]]) -> bytes:
    """Return frames as one zip: in the order of their names, the names themselves left out.

    Equal frames in equal order give equal bytes.
    """
    buffer = io.BytesIO()
    kept = sorted((one for one in files if not is_no_frame(one[0])), key=lambda one: order(one[0]))
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as archive:
        for n, (_, data) in enumerate(kept):
            archive.writestr(zipfile.ZipInfo(f"{n:06d}", _EARLIEST), data)
    return buffer.getvalue()


def is_no_frame(name: str) -> bool:
    """Whether a file is one that systems leave in folders of pictures."""
    return bool(_NO_FRAMES.search(name))


def order(name: str) -> tuple[tuple[int, int | str], ...]:
    """Return a key by which 'frame2' comes before 'frame10'."""
    parts = re.split(r"(\d+)", str(PurePosixPath(name)).lower())
    return tuple((0, int(part)) if part.isdigit() else (1, part) for part in parts if part)


def read_frames(data: bytes, wish: Wish) -> Stack:
    """Read a zip of pictures of one size as the frames of a clip.

    Raises:
        RequestError: Broken, encrypted, bomb-sized, or holding something else than pictures.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            return _read(archive, wish)
    except HeuresisError:
        raise
    except (
        zipfile.BadZipFile, zlib.error, OSError, EOFError, ValueError, NotImplementedError,
        RuntimeError, KeyError, MemoryError, OverflowError,
    ) as error:  # fmt: skip
        raise broken("zip", error) from None


def _read(archive: zipfile.ZipFile, wish: Wish) -> Stack:
    entries = _entries(archive)
    numbers = list(chosen_frames(len(entries), wish))
    stacks = []
    for n in numbers:
        stacks.append(_still(archive.read(entries[n]), n, wish))
        height, width = stacks[0].shown[0].shape[:2]
        check_size(width, height, len(stacks))
    shapes = sorted({stack.shown[0].shape for stack in stacks}, key=str)
    if len(shapes) > 1:
        got = " and ".join(" x ".join(map(str, shape)) for shape in shapes[:3])
        raise RequestError(f"frames: got several sizes ({got}), allowed: one size and one colour")
    found = [
        (one.kind, one.place, one.keyword, one.action) for stack in stacks for one in stack.removed
    ]
    return Stack(
        shown=[stack.shown[0] for stack in stacks],
        numbers=numbers,
        n_frames=len(entries),
        turned=next((stack.turned for stack in stacks if stack.turned), ""),
        removed=gathered(found),
    )


def _entries(archive: zipfile.ZipFile) -> list[zipfile.ZipInfo]:
    """Return the frames in order, after checking what they promise."""
    kept = [one for one in archive.infolist() if not one.is_dir() and not is_no_frame(one.filename)]
    if len(kept) > MAX_ENTRIES:
        raise RequestError(f"zip: got {len(kept)} files, allowed: {MAX_ENTRIES}")
    if any(one.flag_bits & 0x1 for one in kept):
        raise RequestError("zip: got an encrypted archive, allowed: one without a password")
    unpacked = sum(one.file_size for one in kept)
    packed = sum(one.compress_size for one in kept)
    if unpacked > MAX_UNPACKED_BYTES or unpacked > MAX_RATIO * max(packed, 1):
        raise RequestError(
            f"zip: got {unpacked} bytes packed into {packed}, allowed: {MAX_UNPACKED_BYTES} bytes, "
            f"{MAX_RATIO} to 1"
        )
    return sorted(kept, key=lambda one: order(one.filename))


def _still(data: bytes, n: int, wish: Wish) -> Stack:
    kind = sniff(data)
    if kind not in STILLS:
        raise RequestError(
            f"zip: got a file that is no picture as frame {n} ({kind}), allowed: PNG, JPEG, TIFF; "
            "add files of other formats one by one"
        )
    one = Wish(frame=0, centre=wish.centre, width=wish.width)
    return read_raster(data, kind, one)
