"""Open a crate that somebody sent: bounded, no way out of it, every digest verified."""

import hashlib
import json
import stat
import zipfile
import zlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

from heuresis.errors import RequestError

METADATA_FILE = "ro-crate-metadata.json"
MAX_FILES = 200_000
MAX_FILE_BYTES = 500_000_000
MAX_ALL_BYTES = 2_000_000_000
SAFE_BYTES = 10_000_000  # below, a file may be as compressible as it likes
MAX_RATIO = 200  # unpacked to packed; text of numbers reaches 20, a bomb 1,000

Read = Callable[[str], bytes]


@dataclass(frozen=True)
class Crate:
    """An opened crate; only files that its metadata names, with their digests, can be read.

    Attributes:
        name: Of the file or folder.
        digest: sha256 of the metadata, which holds the digests of all else.
        entities: Entities of the metadata by id.
        read: Returns the verified bytes of a file.
    """

    name: str
    digest: str
    entities: Mapping[str, Mapping[str, Any]]
    read: Read

    def files(self, under: str = "") -> list[str]:
        """List the paths of files whose path begins so."""
        return sorted(key for key in self.entities if key.startswith(under) and self._is_file(key))

    def _is_file(self, key: str) -> bool:
        return "sha256" in self.entities[key]

    def lines(self, path: str) -> list[dict[str, Any]]:
        """Return the rows of a JSON Lines file.

        Raises:
            RequestError: It cannot be read, or a line is no object.
        """
        return [_object(line, path) for line in self.read(path).splitlines() if line.strip()]


@contextmanager
def open_crate(path: Path) -> Iterator[Crate]:
    """Open a zip or a folder, and verify every file that its metadata names.

    Raises:
        RequestError: It is no crate, breaks a limit, reaches outside itself, or was altered.
    """
    if path.is_dir():
        yield _verified(path.name, _of_folder(path))
        return
    with _opened_zip(path) as archive:
        yield _verified(path.name, _of_zip(archive))


def _verified(name: str, read: Read) -> Crate:
    text = read(METADATA_FILE)
    entities = _entities(text)
    digests = {key: str(one["sha256"]) for key, one in entities.items() if "sha256" in one}

    def checked(path: str) -> bytes:
        if path not in digests:
            raise RequestError(f"crate: got no file {path!r} with a digest in {METADATA_FILE}")
        data = read(path)
        found = hashlib.sha256(data).hexdigest()
        if found != digests[path]:
            raise RequestError(f"crate: {path!r} was altered: its bytes have sha256 {found}, "
                               f"the metadata names {digests[path]!r}")  # fmt: skip
        return data

    n_bytes = 0
    for path in sorted(digests):
        n_bytes += len(checked(path))
        if n_bytes > MAX_ALL_BYTES:
            raise RequestError(f"crate: got more than {MAX_ALL_BYTES} bytes, allowed: fewer")
    digest = "sha256:" + hashlib.sha256(text).hexdigest()
    return Crate(name, digest, entities, checked)


def _entities(text: bytes) -> dict[str, Mapping[str, Any]]:
    document = _object(text, METADATA_FILE)
    graph = document.get("@graph")
    if not isinstance(graph, list) or not all(isinstance(one, dict) for one in graph):
        raise RequestError(f"crate: {METADATA_FILE} has no @graph of entities")
    return {str(one.get("@id", "")): one for one in graph}


def _object(text: bytes, name: str) -> dict[str, Any]:
    try:
        value = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise RequestError(f"crate: {name!r}: got no valid JSON: {error}") from error
    if not isinstance(value, dict):
        raise RequestError(f"crate: {name!r}: got a {type(value).__name__}, allowed: an object")
    return value


def _check_name(name: str) -> None:
    """Refuse a name that could reach outside, on any system."""
    parts = PurePosixPath(name).parts
    is_safe = name and not name.startswith("/") and not set(parts) & {"..", "/"}
    if not is_safe or "\\" in name or ":" in name or "\0" in name:
        raise RequestError(f"crate: got the file name {name!r}, allowed: names inside the crate")


# --- folders ---


def _of_folder(root: Path) -> Read:
    def read(name: str) -> bytes:
        _check_name(name)
        place = root / name
        if not place.resolve().is_relative_to(root.resolve()):
            raise RequestError(f"crate: {name!r} leads outside the crate")
        if not place.is_file():
            raise RequestError(f"crate: got no file {name!r}")
        if place.stat().st_size > MAX_FILE_BYTES:
            raise RequestError(f"crate: {name!r}: got more than {MAX_FILE_BYTES} bytes")
        return place.read_bytes()

    return read


# --- zips: nothing is written to disk ---


@contextmanager
def _opened_zip(path: Path) -> Iterator[zipfile.ZipFile]:
    try:
        archive = zipfile.ZipFile(path)
    except FileNotFoundError as error:
        raise RequestError(f"crate {str(path)!r}: got no such file or folder") from error
    except (zipfile.BadZipFile, OSError, ValueError) as error:
        raise RequestError(f"crate {str(path)!r}: got no readable zip: {error}") from error
    with archive:
        yield archive


def _of_zip(archive: zipfile.ZipFile) -> Read:
    members = _members(archive)

    def read(name: str) -> bytes:
        if name not in members:
            raise RequestError(f"crate: got no file {name!r}")
        return _unpacked(archive, members[name])

    return read


def _members(archive: zipfile.ZipFile) -> dict[str, zipfile.ZipInfo]:
    infos = [info for info in archive.infolist() if not info.is_dir()]
    if len(infos) > MAX_FILES:
        raise RequestError(f"crate: got {len(infos)} files, allowed: up to {MAX_FILES}")
    if sum(info.file_size for info in infos) > MAX_ALL_BYTES:
        raise RequestError(f"crate: unpacks to more than {MAX_ALL_BYTES} bytes, allowed: fewer")
    found: dict[str, zipfile.ZipInfo] = {}
    for info in infos:
        _check_member(info)
        if info.filename in found:
            raise RequestError(f"crate: got {info.filename!r} twice, allowed: each file once")
        found[info.filename] = info
    return found


def _check_member(info: zipfile.ZipInfo) -> None:
    name = info.orig_filename
    _check_name(name)
    if stat.S_ISLNK(info.external_attr >> 16):
        raise RequestError(f"crate: {name!r} is a link, allowed: files")
    if info.flag_bits & 1:
        raise RequestError(f"crate: {name!r} is encrypted, allowed: plain files")
    if info.file_size > MAX_FILE_BYTES:
        raise RequestError(f"crate: {name!r}: got {info.file_size} bytes, "
                           f"allowed: up to {MAX_FILE_BYTES}")  # fmt: skip
    if info.file_size > max(SAFE_BYTES, MAX_RATIO * info.compress_size):
        raise RequestError(f"crate: {name!r} unpacks to {info.file_size} bytes from "
                           f"{info.compress_size}, allowed: {MAX_RATIO} times as many")  # fmt: skip


def _unpacked(archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> bytes:
    """Read no more than the member declares: what is declared was checked."""
    try:
        with archive.open(info) as member:
            data = member.read(info.file_size + 1)
    except (zipfile.BadZipFile, zlib.error, NotImplementedError, EOFError, OSError) as error:
        raise RequestError(f"crate: {info.filename!r} cannot be unpacked: {error}") from error
    if len(data) != info.file_size:
        raise RequestError(f"crate: {info.filename!r}: got other bytes than it declares")
    return data
