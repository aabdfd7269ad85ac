"""Which reader reads a file: its bytes decide, its name only where bytes leave it open."""

from collections.abc import Mapping

from heuresis.agent.documents.cif import is_cif, read_cif
from heuresis.agent.documents.content import Content, suffix_of
from heuresis.agent.documents.molecules import with_molecules
from heuresis.agent.documents.pdf import is_pdf, read_pdf
from heuresis.agent.documents.sdf import is_sdf, read_sdf
from heuresis.agent.documents.table import read_table
from heuresis.agent.documents.text import decoded, read_text
from heuresis.errors import RequestError
from heuresis.memory.documents import Kind

MAX_BYTES = 100_000_000
SUFFIXES: Mapping[str, Kind] = {
    ".pdf": "pdf",
    ".txt": "text", ".text": "text", ".md": "text", ".rst": "text",
    ".csv": "table", ".tsv": "table", ".smi": "table", ".smiles": "table",
    ".sdf": "molecules", ".sd": "molecules", ".mol": "molecules",
    ".cif": "crystals", ".mcif": "crystals",
}  # fmt: skip
ALLOWED = f"PDF, or one of {' '.join(sorted(SUFFIXES))}"
PACKED: Mapping[bytes, str] = {
    b"PK\x03\x04": "a zip archive (such as .xlsx or .docx)",
    b"\xd0\xcf\x11\xe0": "an old Office file",
    b"\x1f\x8b": "a gzip archive",
    b"\x89PNG": "a picture",
    b"\xff\xd8\xff": "a picture",
    b"II*\x00": "a picture",
    b"MM\x00*": "a picture",
    b"\x7fELF": "a program",
    b"MZ": "a program",
}


def is_document(name: str, head: bytes) -> bool:
    """Whether a file is for these readers, by its name or its first bytes."""
    return suffix_of(name) in SUFFIXES or is_pdf(head)


def read(data: bytes, name: str) -> Content:
    """Read a file.

    Args:
        data: Its bytes.
        name: Its name, of which the suffix counts.

    Raises:
        RequestError: It is none of what is read here, or broken; nothing of it is kept then.
        ServiceError: A package that its kind needs is not installed.
    """
    suffix = suffix_of(name)
    named = SUFFIXES.get(suffix)
    if not data:
        raise RequestError("got an empty file, allowed: at least one line")
    if is_pdf(data):
        return _renamed(with_molecules(read_pdf(data)), named, suffix)
    packed = _packed(data)
    if named is None or packed:
        got = packed or f"a file named {suffix or 'without a suffix'}"
        raise RequestError(f"got {got}, allowed: {ALLOWED}")
    if named == "pdf":
        raise RequestError("got a file named .pdf without the mark of one (%PDF-), allowed: a PDF")
    text, _ = decoded(data, named)
    found: Kind = "molecules" if is_sdf(text) else "crystals" if is_cif(text) else named
    if named in ("text", "table") and found == "crystals":
        found = named  # a text may speak of cells
    if found == "molecules":
        return _renamed(read_sdf(data), named, suffix)
    if found == "crystals":
        return _renamed(read_cif(data), named, suffix)
    return read_table(data, suffix) if found == "table" else with_molecules(read_text(data))


def _renamed(content: Content, named: Kind | None, suffix: str) -> Content:
    """Say so where the name tells of another kind than the bytes."""
    if named in (content.kind, None):
        return content
    from dataclasses import replace

    note = f"it is named {suffix} and holds {content.kind}: its bytes decided"
    return replace(content, notes=(note, *content.notes))


def _packed(data: bytes) -> str:
    return next((what for mark, what in PACKED.items() if data.startswith(mark)), "")
