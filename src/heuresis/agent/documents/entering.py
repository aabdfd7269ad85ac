"""How a document enters: read first, then its bytes kept, then recorded with all its parts."""

import stat
from dataclasses import dataclass
from pathlib import Path

from heuresis.agent.documents.content import suffix_of
from heuresis.agent.documents.reading import MAX_BYTES, SUFFIXES, is_document, read
from heuresis.agent.documents.splitting import passages
from heuresis.contract import digest_of
from heuresis.errors import RequestError
from heuresis.memory import documents
from heuresis.memory.documents import DocumentView, NewDocument
from heuresis.memory.originals import keep_original
from heuresis.serving.context import Context
from heuresis.serving.faults import reach
from heuresis.serving.lab import Lab

HEAD_BYTES = 1_024
MEDIA_TYPES = {
    "pdf": "application/pdf",
    "text": "text/plain",
    "table": "text/csv",
    "molecules": "chemical/x-mdl-sdfile",
    "crystals": "chemical/x-cif",
}


@dataclass(frozen=True)
class Entered:
    """A document that is in the ledger.

    Attributes:
        document: As it stands there.
        is_new: Whether it was read now; False where it was known.
    """

    document: DocumentView
    is_new: bool


def looks_like_document(place: Path) -> bool:
    """Whether a file is for the readers of documents; False where it cannot be looked at."""
    try:
        if not stat.S_ISREG(place.stat().st_mode):
            return False
        with place.open("rb") as file:
            return is_document(place.name, file.read(HEAD_BYTES))
    except (OSError, ValueError):  # ValueError: a name that no file can have
        return False


def enter_file(lab: Lab, place: Path, context: Context) -> Entered:
    """Read a file in; a second time is harmless.

    Raises:
        RequestError: It cannot be read; nothing of it is stored then.
        ServiceError: It cannot be stored, or a package that its kind needs is not installed.
    """
    try:
        return enter(lab, _bytes_of(place), place.name, context)
    except RequestError as error:
        raise RequestError(f"{str(place)!r}: {error}") from error


def enter(lab: Lab, data: bytes, name: str, context: Context) -> Entered:
    """Read a document's bytes in; see `enter_file`. Of the name, only the suffix is kept."""
    content = read(data, name)
    digest = digest_of(data)
    earlier = documents.known(lab.ledger, digest, content.reader)
    if earlier is not None and lab.vault.has(digest):
        return Entered(documents.get(lab.ledger, earlier), is_new=False)
    suffix = suffix_of(name)
    kept = f"document{suffix}" if suffix in SUFFIXES else "document"
    keep_original(lab.ledger, lab.vault, data, kept, MEDIA_TYPES[content.kind], context.origin)
    reach("document.kept")
    new = NewDocument(
        digest=digest,
        reader=content.reader,
        kind=content.kind,
        unit=content.unit,
        n_places=content.n_places,
        n_bytes=len(data),
        notes=content.notes,
        passages=passages(content),
        items=content.items,
    )
    document_id = documents.enter(lab.ledger, new, context.origin)
    reach("document.entered")
    return Entered(documents.get(lab.ledger, document_id), is_new=earlier is None)


def _bytes_of(place: Path) -> bytes:
    """Read a regular file, never more than is allowed."""
    try:
        if not stat.S_ISREG(place.stat().st_mode):
            raise RequestError("got no regular file, allowed: a file")
        with place.open("rb") as file:
            data = file.read(MAX_BYTES + 1)
    except (OSError, ValueError) as error:  # ValueError: a name that no file can have
        why = getattr(error, "strerror", None) or error
        raise RequestError(f"cannot be read: {why}") from error
    if len(data) > MAX_BYTES:
        raise RequestError(f"got more than {MAX_BYTES} bytes, allowed: up to that")
    return data
