"""Files as they came from outside: bytes in the vault, a row that marks them, no name anywhere."""

from collections.abc import Iterable
from pathlib import PurePath

from sqlalchemy import Table, select

from heuresis.contract import OriginalRef, digest_of
from heuresis.memory import tables
from heuresis.memory.ledger import Ledger, now
from heuresis.memory.runs import CHUNK
from heuresis.memory.vault import Vault

ORIGINAL: Table = tables.Original.__table__  # type: ignore[attr-defined]  # set by SQLModel
SUFFIXES = frozenset(
    [".png", ".jpg", ".jpeg", ".tif", ".tiff", ".dcm", ".dicom", ".nii", ".nii.gz", ".zip", ".mp4",
     ".mov", ".avi", ".mkv", ".webm", ".mpg", ".mpeg", ".m4v",
     ".pdf", ".txt", ".text", ".md", ".rst", ".csv", ".tsv", ".smi", ".smiles", ".sdf", ".sd",
     ".mol", ".cif", ".mcif"]
)  # fmt: skip  # any other may be a part of a name


def keep_original(  # noqa: PLR0913, PLR0917  # both stores, and what the row says
    ledger: Ledger, vault: Vault, data: bytes, name: str, media_type: str, origin: str
) -> OriginalRef:
    """Store a file and mark it as an original; a second time is harmless.

    Args:
        ledger: Where it is marked, before its bytes are anywhere.
        vault: Where the bytes go.
        data: The file.
        name: Its name, of which a digest and the suffix are kept.
        media_type: What it is, by its bytes.
        origin: Who brought it.

    Raises:
        ServiceError: It cannot be stored.
    """
    digest = digest_of(data)
    row = {
        "digest": digest,
        "name_digest": digest_of(f"{digest}\n{name}".encode(errors="surrogateescape")),
        "suffix": known_suffix(name),
        "media_type": media_type,
        "n_bytes": len(data),
        "origin": origin,
        "at": now(),
    }
    with ledger.write() as connection:
        ledger.insert_new(connection, ORIGINAL, [row])
    return OriginalRef(vault.put(data))


def known_suffix(name: str) -> str:
    """Return a name's suffix where it is that of a known format, otherwise nothing."""
    suffixes = [suffix.lower() for suffix in PurePath(name).suffixes[-2:]]
    ends = ("".join(suffixes), suffixes[-1] if suffixes else "")
    return next((end for end in ends if end in SUFFIXES), "")


def originals_among(ledger: Ledger, digests: Iterable[str]) -> frozenset[str]:
    """Return those of the digests that are marked as originals."""
    wanted = sorted(set(digests))
    found: set[str] = set()
    with ledger.read() as connection:
        for start in range(0, len(wanted), CHUNK):
            part = wanted[start : start + CHUNK]
            query = select(ORIGINAL.c.digest).where(ORIGINAL.c.digest.in_(part))
            found |= {str(one) for one in connection.scalars(query)}
    return frozenset(found)
