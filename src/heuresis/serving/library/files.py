"""The files of a screened library: written beside, put in place by their name, known by digest."""

import hashlib
import os
import shutil
import socket
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from secrets import token_hex

from heuresis.errors import ServiceError

UNFINISHED = ".part"
HERE = hashlib.sha256(socket.gethostname().encode()).hexdigest()[:8]
FIX = "free some space or choose another folder, and repeat: shards that are done stay done"


@dataclass(frozen=True)
class Folder:
    """Where the files go: one per shard, named by the shard's digest.

    Attributes:
        path: The folder.
    """

    path: Path

    def open(self) -> None:
        """Make the folder, and clear away what processes that ended left unfinished.

        Raises:
            ServiceError: It cannot be written.
        """
        try:
            (self.path / "shards").mkdir(parents=True, exist_ok=True)
            for left in (self.path / "shards").glob(f".*.{HERE}.*{UNFINISHED}"):
                if not _is_running(left):
                    left.unlink(missing_ok=True)
        except OSError as error:
            raise _full(self.path, error) from error

    def file(self, digest: str) -> Path:
        """Return where a shard's file belongs."""
        return self.path / "shards" / f"{digest}.parquet"

    def prepare(self, digest: str, data: bytes) -> Callable[[], None]:
        """Write a shard's file beside its place; return what puts it there.

        Raises:
            ServiceError: It cannot be written; nothing is left.
        """
        unfinished = self._beside(self.file(digest))
        try:
            _write(unfinished, [data])
        except OSError as error:
            unfinished.unlink(missing_ok=True)
            raise _full(unfinished, error) from error
        return lambda: self._place(unfinished, digest)

    def discard(self, digest: str) -> None:
        """Take away what this process prepared and did not put in place."""
        mine = f".{digest}.{HERE}.{os.getpid()}.*{UNFINISHED}"
        for left in (self.path / "shards").glob(mine):
            left.unlink(missing_ok=True)

    def bring(self, digest: str, source: Path) -> None:
        """Have the file of a shard that is done elsewhere.

        Raises:
            ServiceError: It cannot be copied.
        """
        if source == self.file(digest):
            return
        unfinished = self._beside(self.file(digest))
        try:
            shutil.copyfile(source, unfinished)
            unfinished.replace(self.file(digest))
        except OSError as error:
            unfinished.unlink(missing_ok=True)
            raise _full(unfinished, error) from error

    def write(self, name: str, parts: Iterable[bytes]) -> Path:
        """Write a file that is whole or not there.

        Raises:
            ServiceError: It cannot be written.
        """
        place = self.path / name
        unfinished = self._beside(place)
        try:
            _write(unfinished, parts)
            unfinished.replace(place)
        except OSError as error:
            unfinished.unlink(missing_ok=True)
            raise _full(place, error) from error
        return place

    def _place(self, unfinished: Path, digest: str) -> None:
        """Put a file in place; a second call finds it there."""
        if not unfinished.exists() and self.file(digest).exists():
            return
        try:
            unfinished.replace(self.file(digest))
        except OSError as error:
            raise _full(unfinished, error) from error

    def _beside(self, place: Path) -> Path:
        return place.with_name(f".{place.stem}.{HERE}.{os.getpid()}.{token_hex(4)}{UNFINISHED}")


def file_digest(path: Path) -> str | None:
    """Return the sha256 of a file, or None where there is none."""
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError:
        return None


def _write(path: Path, parts: Iterable[bytes]) -> None:
    with path.open("wb") as file:
        file.writelines(parts)
        file.flush()
        os.fsync(file.fileno())


def _full(path: Path, error: OSError) -> ServiceError:
    return ServiceError(f"folder {str(path.parent)!r}: cannot write: {error.strerror}; {FIX}")


def _is_running(left: Path) -> bool:
    """Whether the process that began a file may still be at it."""
    import psutil

    pid = left.name.split(".")[-3]
    return pid.isdigit() and psutil.pid_exists(int(pid))
