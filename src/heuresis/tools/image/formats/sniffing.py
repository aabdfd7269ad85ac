"""What a file is, from its bytes alone: names and suffixes lie."""

from collections.abc import Callable
from typing import Literal

from heuresis.errors import RequestError

Format = Literal["png", "jpeg", "tiff", "dicom", "nifti", "video", "frames"]
ALLOWED = "PNG, JPEG, TIFF, DICOM, NIfTI (.nii, .nii.gz), video, or a folder of frames"
NIFTI_SIZES = {348: (344, (b"n+1\0", b"ni1\0")), 540: (4, (b"n+2\0", b"ni2\0"))}

_MAGIC: tuple[tuple[int, bytes, Format], ...] = (
    (128, b"DICM", "dicom"),  # first: the 128 bytes before may look like a TIFF
    (0, b"\x89PNG\r\n\x1a\n", "png"),
    (0, b"\xff\xd8\xff", "jpeg"),
    (0, b"II*\0", "tiff"),
    (0, b"MM\0*", "tiff"),
    (0, b"II+\0", "tiff"),  # BigTIFF
    (0, b"MM\0+", "tiff"),
    (0, b"PK\x03\x04", "frames"),
    (0, b"\x1f\x8b", "nifti"),  # gzip: nothing else that is allowed is packed so
    (4, b"ftyp", "video"),  # MP4, MOV, 3GP
    (4, b"moov", "video"),
    (4, b"mdat", "video"),
    (0, b"\x1a\x45\xdf\xa3", "video"),  # Matroska, WebM
    (8, b"AVI ", "video"),
    (0, b"\0\0\x01\xba", "video"),  # MPEG program stream
    (0, b"\0\0\x01\xb3", "video"),
    (0, b"OggS", "video"),
    (0, b"FLV\x01", "video"),
)
_STILLS = (b"avif", b"avis", b"heic", b"heix", b"mif1", b"msf1", b"crx ")  # in MP4's clothes
_OTHERS: tuple[tuple[int, bytes, str], ...] = (
    (0, b"GIF8", "a GIF"),
    (0, b"BM", "a BMP"),
    (8, b"WEBP", "a WebP"),
    (0, b"%PDF", "a PDF"),
    (0, b"7z\xbc\xaf", "a 7z archive"),
    (0, b"Rar!", "a RAR archive"),
    (0, b"PK\x05\x06", "an empty zip archive"),
    (0, b"Salted__", "a file encrypted by OpenSSL"),
    (0, b"-----BEGIN PGP", "a file encrypted by PGP"),
    (0, b"age-encryption.org", "a file encrypted by age"),
    (0, b"-----BEGIN", "a PEM file, encrypted or signed"),
    (0, b"\x7fELF", "a program"),
    (0, b"MZ", "a program"),
    (0, b"\0\0\0\x0cjP  ", "a bare JPEG 2000"),
    (0, b"{", "text"),
    (0, b"<", "text"),
)


def sniff(data: bytes) -> Format:
    """Name the format of a file.

    Raises:
        RequestError: Empty, or none that is read; the message says what it looks like.
    """
    if not data:
        raise RequestError(f"file: got 0 bytes, allowed: {ALLOWED}")
    if data[4:8] == b"ftyp" and data[8:12] in _STILLS:
        raise RequestError(f"file: got a HEIF or AVIF picture, allowed: {ALLOWED}")
    for at, magic, kind in _MAGIC:
        if data[at : at + len(magic)] == magic:
            return kind
    for kind, test in _LESS_SURE:
        if test(data):
            return kind
    raise RequestError(f"file: got {_look(data)}, allowed: {ALLOWED}")


def _is_nifti(data: bytes) -> bool:
    for order in ("little", "big"):
        size = int.from_bytes(data[:4], order)
        at, magics = NIFTI_SIZES.get(size, (0, ()))
        if magics and data[at : at + 4] in magics:
            return True
    return False


def _is_bare_dicom(data: bytes) -> bool:
    """Whether it begins with an element of group 2 or 8, as files without a preamble do."""
    if len(data) < 16:
        return False
    is_explicit = data[4:6].isalpha() and data[4:6].isupper()
    if data[:2] == b"\0\x08":  # big-endian
        return is_explicit
    if data[:2] not in (b"\x02\0", b"\x08\0"):
        return False
    return is_explicit or int.from_bytes(data[4:8], "little") < 1024


def _is_transport_stream(data: bytes) -> bool:
    return len(data) > 564 and all(data[i] == 0x47 for i in (0, 188, 376, 564))


_LESS_SURE: tuple[tuple[Format, Callable[[bytes], bool]], ...] = (
    ("nifti", _is_nifti),
    ("video", _is_transport_stream),
    ("dicom", _is_bare_dicom),
)


def _look(data: bytes) -> str:
    for at, magic, words in _OTHERS:
        if data[at : at + len(magic)] == magic:
            return words
    head = data[:512]
    if not any(head):
        return "zeros"
    is_text = all(byte in b"\t\n\r" or 32 <= byte < 127 for byte in head)
    return "text" if is_text else "bytes of no known format, or encrypted ones"
