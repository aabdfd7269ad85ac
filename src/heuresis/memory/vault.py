"""The vault: bytes by digest, on disk or any fsspec store; written whole or not at all."""

from pathlib import Path
from typing import Any

import fsspec
from ulid import ULID

from heuresis.contract import digest_of
from heuresis.errors import RequestError, ServiceError


class Vault:
    """Content-addressed storage.

    Args:
        url: A folder, or an fsspec URL such as 's3://bucket/heuresis'.
    """

    def __init__(self, url: str) -> None:
        self.url = url
        self._fs, self._root = fsspec.core.url_to_fs(url)

    def put(self, data: bytes) -> str:
        """Store bytes and return their digest; storing twice is harmless.

        Raises:
            ServiceError: The store cannot be written, such as a full disk; nothing is kept.
        """
        digest = digest_of(data)
        place = self._place(digest)
        try:
            if not self._holds(place, digest):
                self._write_whole(place, data)
        except OSError as error:
            raise ServiceError(f"vault {self.url!r}: cannot store {digest}: {error}") from error
        return digest

    def get(self, digest: str) -> bytes:
        """Return the bytes, verified.

        Raises:
            RequestError: No such digest.
            ServiceError: The bytes are not what their name says, or cannot be read.
        """
        try:
            data: bytes = self._fs.cat_file(self._place(digest))
        except FileNotFoundError as error:
            raise RequestError(f"artifact {digest!r}: not in the vault {self.url!r}") from error
        except OSError as error:
            raise ServiceError(f"vault {self.url!r}: cannot read {digest}: {error}") from error
        if digest_of(data) != digest:
            raise ServiceError(f"artifact {digest!r}: damaged, its bytes have {digest_of(data)!r}")
        return data

    def has(self, digest: str) -> bool:
        """Whether the bytes are here."""
        return bool(self._fs.exists(self._place(digest)))

    def _place(self, digest: str) -> str:
        kind, _, name = digest.partition(":")
        if kind != "sha256" or len(name) != 64 or not set(name) <= set("0123456789abcdef"):
            raise RequestError(f"artifact {digest!r}: got no digest, allowed: sha256:<64 hex>")
        return f"{self._root}/{name[:2]}/{name[2:]}"

    def _holds(self, place: str, digest: str) -> bool:
        """Whether the bytes are there and sound; damaged ones are written anew."""
        return bool(self._fs.exists(place)) and digest_of(self._fs.cat_file(place)) == digest

    def _write_whole(self, place: str, data: bytes) -> None:
        """Write beside, then rename where the store is a disk; object stores put atomically."""
        if not _is_disk(self._fs):
            self._fs.pipe_file(place, data)
            return
        target = Path(place)
        target.parent.mkdir(parents=True, exist_ok=True)
        beside = target.with_name(f".{target.name}.{ULID()}")
        try:
            beside.write_bytes(data)
            beside.replace(target)
        finally:
            beside.unlink(missing_ok=True)


def _is_disk(fs: Any) -> bool:
    protocol = fs.protocol if isinstance(fs.protocol, tuple) else (fs.protocol,)
    return "file" in protocol
