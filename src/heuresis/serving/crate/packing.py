"""Write a crate as a zip or a folder, whole or not at all, the same bytes for the same items."""

import shutil
import zipfile
from collections.abc import Iterable
from pathlib import Path

from ulid import ULID

from heuresis.errors import RequestError

EPOCH = (1980, 1, 1, 0, 0, 0)  # the first moment that a zip can name
MODE = 0o100644 << 16
UNIX = 3

Files = Iterable[tuple[str, bytes]]


def pack(files: Files, out: Path) -> None:
    """Write files to a zip, or to a folder where the name does not end so.

    Args:
        files: Paths and bytes, in the order in which they are written.
        out: A new file or folder.

    Raises:
        RequestError: It exists.
    """
    if out.exists():
        raise RequestError(f"{str(out)!r}: exists already, allowed: a new file or folder")
    out.parent.mkdir(parents=True, exist_ok=True)
    beside = out.with_name(f".{out.name}.{ULID()}")
    write = _write_zip if out.suffix.lower() == ".zip" else _write_folder
    try:
        write(files, beside)
        beside.rename(out)
    finally:
        if beside.is_dir():
            shutil.rmtree(beside)
        else:
            beside.unlink(missing_ok=True)


def _write_zip(files: Files, place: Path) -> None:
    with zipfile.ZipFile(place, "x", zipfile.ZIP_DEFLATED, compresslevel=6) as archive:
        for name, data in files:
            info = zipfile.ZipInfo(name, EPOCH)
            info.compress_type, info.external_attr = zipfile.ZIP_DEFLATED, MODE
            info.create_system = UNIX
            archive.writestr(info, data)


def _write_folder(files: Files, place: Path) -> None:
    for name, data in files:
        target = place / name
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(data)
