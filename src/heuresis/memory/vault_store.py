"""What a vault asks of the place where its bytes lie."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Protocol

from heuresis.errors import ServiceError

CHUNK_BYTES = 256 * 1024
PROBE = b"written to see whether the vault can be written"
MAX_REMEMBERED = 10_000  # names whose bytes were verified


@dataclass(frozen=True)
class Kept:
    """Bytes that were verified.

    Attributes:
        n_bytes: How many.
        part: Reads those from the first number up to the second, in pieces; it raises a
            `ServiceError` where they are no longer the bytes that were verified.
    """

    n_bytes: int
    part: Callable[[int, int], Iterator[bytes]]


class Store(Protocol):
    """Bytes under names, each written whole: a name is either not there or complete."""

    def has(self, name: str) -> bool:
        """Whether there is such a name."""
        ...

    def holds(self, name: str, digest: str) -> bool:
        """Whether there is such a name, with bytes of that digest."""
        ...

    def read(self, name: str) -> bytes | None:
        """Return all bytes of a name, not verified; None where it is not there."""
        ...

    def open(self, name: str, digest: str) -> Kept | None:
        """Verify the bytes of a name without holding them; None where it is not there.

        Raises:
            ServiceError: They have another digest.
        """
        ...

    def write(self, name: str, data: bytes) -> None:
        """Write all bytes of a name.

        Raises:
            ServiceError: They cannot be written; the name is as it was.
        """
        ...

    def fault(self) -> str:
        """Say why nothing can be written now; '' where it can."""
        ...


def named(name: str) -> str:
    """Return the digest that a name stands for, as messages say it."""
    return f"sha256:{name.replace('/', '')}"


def damaged(name: str, got: str) -> ServiceError:
    """Return the error of bytes that are not what their name says."""
    return ServiceError(f"artifact {named(name)!r}: damaged, its bytes have {got!r}")
