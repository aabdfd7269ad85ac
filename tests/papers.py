"""Small PDF files made by hand, good and bad, and other documents that tests read."""

import io
import zlib
from collections.abc import Sequence

ABSTRACT = (
    "Paracetamol forms monoclinic crystals from ethanol.",
    "The aqueous solubility of paracetamol was 14.7 mg/mL at 25 C.",
    "Tablets were pressed at 120 MPa without capping.",
)
METHODS = (
    "Dissolution was followed by ultraviolet absorption.",
    "Three students stirred the vessels by hand.",
)


def pdf(pages: Sequence[Sequence[str]], *, stated: int | None = None, packed: bool = True) -> bytes:
    """Return a PDF whose pages hold these lines; `stated` is the number of pages it claims."""
    streams = [_lines(lines) for lines in pages]
    return pdf_of_streams(streams, stated=stated, packed=packed)


def pdf_of_streams(
    streams: Sequence[bytes], *, stated: int | None = None, packed: bool = True
) -> bytes:
    n = len(streams)
    kids = " ".join(f"{4 + 2 * i} 0 R" for i in range(n))
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        f"<< /Type /Pages /Kids [{kids}] /Count {stated or n} >>".encode(),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>",
    ]
    for i, stream in enumerate(streams):
        objects.append(
            f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents {5 + 2 * i} 0 R "
            "/Resources << /Font << /F1 3 0 R >> >> >>".encode()
        )
        data = zlib.compress(stream, 9) if packed else stream
        how = "/Filter /FlateDecode " if packed else ""
        head = f"<< {how}/Length {len(data)} >>\nstream\n".encode()
        objects.append(head + data + b"\nendstream")
    return _file(objects)


def encrypted(data: bytes, password: str) -> bytes:
    from pypdf import PdfReader, PdfWriter

    writer = PdfWriter(clone_from=PdfReader(io.BytesIO(data)))
    writer.encrypt(password, algorithm="RC4-128")
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


def _lines(lines: Sequence[str]) -> bytes:
    parts = ["BT /F1 11 Tf 14 TL 60 780 Td"]
    for line in lines:
        plain = line.replace("\\", "\\\\").replace("(", "\\(").replace(")", "\\)")
        parts.append(f"({plain}) Tj T*")
    return "\n".join([*parts, "ET"]).encode("cp1252")


def _file(objects: Sequence[bytes]) -> bytes:
    out = bytearray(b"%PDF-1.4\n")
    places = []
    for number, body in enumerate(objects, start=1):
        places.append(len(out))
        out += f"{number} 0 obj\n".encode() + body + b"\nendobj\n"
    start = len(out)
    out += f"xref\n0 {len(objects) + 1}\n0000000000 65535 f \n".encode()
    for place in places:
        out += f"{place:010d} 00000 n \n".encode()
    out += f"trailer << /Size {len(objects) + 1} /Root 1 0 R >>\n".encode()
    return bytes(out + f"startxref\n{start}\n%%EOF\n".encode())
