"""The vault: bytes by digest, in a folder or an object store; whole or not at all, and verified."""

from typing import Self

from heuresis.contract import digest_of
from heuresis.errors import RequestError
from heuresis.memory.vault_folder import Folder
from heuresis.memory.vault_store import Kept, Store, damaged
from heuresis.settings import Settings


class Vault:
    """Content-addressed storage.

    Args:
        url: A folder, 'file://FOLDER' or 's3://BUCKET/PREFIX'.
        endpoint_url: Of an S3-compatible server; empty: Amazon's own.

    Raises:
        RequestError: The URL is of another kind.
    """

    def __init__(self, url: str, endpoint_url: str = "") -> None:
        self.url = url
        self._store = _store_of(url, endpoint_url)

    @classmethod
    def of(cls, settings: Settings) -> Self:
        """Open the vault that the settings name."""
        return cls(settings.vault, settings.vault_endpoint_url)

    def put(self, data: bytes) -> str:
        """Store bytes and return their digest; storing twice is harmless.

        Raises:
            ServiceError: The store cannot be written, such as a full disk; nothing is kept.
        """
        digest = digest_of(data)
        name = _name(digest)
        if not self._store.holds(name, digest):  # damaged ones are written anew
            self._store.write(name, data)
        return digest

    def get(self, digest: str) -> bytes:
        """Return the bytes, verified.

        Raises:
            RequestError: No such digest.
            ServiceError: The bytes are not what their name says, or cannot be read.
        """
        data = self._store.read(_name(digest))
        if data is None:
            raise self._absent(digest)
        if (got := digest_of(data)) != digest:
            raise damaged(_name(digest), got)
        return data

    def open(self, digest: str) -> Kept:
        """Return the bytes to be read in parts; all of them were verified, and are since unchanged.

        Raises:
            RequestError: No such digest.
            ServiceError: The bytes are not what their name says, or cannot be read.
        """
        kept = self._store.open(_name(digest), digest)
        if kept is None:
            raise self._absent(digest)
        return kept

    def has(self, digest: str) -> bool:
        """Whether the bytes are here."""
        return self._store.has(_name(digest))

    def fault(self) -> str:
        """Say why it cannot be written now, without a place or a name; '' where it can."""
        return self._store.fault()

    def _absent(self, digest: str) -> RequestError:
        return RequestError(f"artifact {digest!r}: not in the vault {self.url!r}")


def _store_of(url: str, endpoint_url: str) -> Store:
    scheme, has_scheme, _ = url.partition("://")
    if not has_scheme or scheme == "file":
        return Folder(url)
    if scheme == "s3":
        from heuresis.memory.vault_s3 import S3

        return S3(url, endpoint_url)
    raise RequestError(
        f"settings: HEURESIS_VAULT_URL: got {scheme!r}, allowed: a folder, file://FOLDER, "
        "s3://BUCKET/PREFIX"
    )


def _name(digest: str) -> str:
    kind, _, name = digest.partition(":")
    if kind != "sha256" or len(name) != 64 or not set(name) <= set("0123456789abcdef"):
        raise RequestError(f"artifact {digest!r}: got no digest, allowed: sha256:<64 hex>")
    return f"{name[:2]}/{name[2:]}"
