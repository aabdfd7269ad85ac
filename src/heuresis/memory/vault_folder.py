"""A vault's bytes in a folder: written beside, then renamed."""

import hashlib
import os
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from urllib.parse import unquote, urlsplit

from ulid import ULID

from heuresis.contract import digest_of
from heuresis.errors import ServiceError
from heuresis.memory.vault_store import CHUNK_BYTES, MAX_REMEMBERED, PROBE, Kept, damaged, named

Mark = tuple[int, int, int, int]  # changes with a file's bytes


class Folder:
    """A store on a disk.

    Args:
        url: A folder, made with the first write; or 'file://FOLDER'.
    """

    def __init__(self, url: str) -> None:
        self._url = url
        self._root = Path(unquote(urlsplit(url).path) if url.startswith("file://") else url)
        self._verified: dict[str, Mark] = {}

    def has(self, name: str) -> bool:
        """See `Store.has`."""
        return (self._root / name).is_file()

    def holds(self, name: str, digest: str) -> bool:
        """See `Store.holds`."""
        data = self.read(name)
        return data is not None and digest_of(data) == digest

    def read(self, name: str) -> bytes | None:
        """See `Store.read`."""
        try:
            return (self._root / name).read_bytes()
        except (FileNotFoundError, NotADirectoryError):
            return None
        except OSError as error:
            raise self._unreadable(name, error) from error

    def open(self, name: str, digest: str) -> Kept | None:
        """See `Store.open`; a file that has not changed since is not read for it again."""
        place = self._root / name
        try:
            mark = _mark(place.stat())
            if self._verified.get(name) != mark:
                mark = self._verify(place, name, digest)
        except (FileNotFoundError, NotADirectoryError):
            return None
        except OSError as error:
            raise self._unreadable(name, error) from error
        return Kept(mark[1], partial(self._part, name, mark))

    def write(self, name: str, data: bytes) -> None:
        """See `Store.write`."""
        target = self._root / name
        try:
            target.parent.mkdir(parents=True, exist_ok=True)
            beside = target.with_name(f".{target.name}.{ULID()}")
            try:
                beside.write_bytes(data)
                beside.replace(target)
            finally:
                beside.unlink(missing_ok=True)
        except OSError as error:
            raise ServiceError(
                f"vault {self._url!r}: cannot store {named(name)}: {error}; free some space, or "
                "make the folder writable, or set HEURESIS_VAULT_URL"
            ) from error

    def fault(self) -> str:
        """See `Store.fault`."""
        place = self._root / f".probe-{ULID()}"
        try:
            self._root.mkdir(parents=True, exist_ok=True)
            try:
                place.write_bytes(PROBE)
            finally:
                place.unlink(missing_ok=True)
        except OSError:
            return "cannot be written"
        return ""

    def _verify(self, place: Path, name: str, digest: str) -> Mark:
        with place.open("rb") as file:
            mark = _mark(os.fstat(file.fileno()))
            got = f"sha256:{hashlib.file_digest(file, 'sha256').hexdigest()}"
        if got != digest:
            raise damaged(name, got)
        if len(self._verified) >= MAX_REMEMBERED:
            self._verified.clear()
        self._verified[name] = mark
        return mark

    def _part(self, name: str, mark: Mark, begin: int, end: int) -> Iterator[bytes]:
        try:
            with (self._root / name).open("rb") as file:
                if _mark(os.fstat(file.fileno())) != mark:
                    raise ServiceError(
                        f"vault {self._url!r}: {named(name)} changed while it was read"
                    )
                file.seek(begin)
                while begin < end and (piece := file.read(min(CHUNK_BYTES, end - begin))):
                    begin += len(piece)
                    yield piece
        except OSError as error:
            raise self._unreadable(name, error) from error

    def _unreadable(self, name: str, error: OSError) -> ServiceError:
        return ServiceError(f"vault {self._url!r}: cannot read {named(name)}: {error}")


def _mark(found: os.stat_result) -> Mark:
    return found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns
