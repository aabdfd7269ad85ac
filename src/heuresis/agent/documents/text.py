"""Plain text: bytes in any of the usual encodings, cut into paragraphs by line."""

import codecs

from heuresis.agent.documents.content import Content, Stretch, clean
from heuresis.errors import RequestError

READER = "text-1"
MAX_BYTES = 20_000_000
MAX_ODD = 0.01  # share of control characters, above which it is no text
BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32"),  # before UTF-16, whose mark it begins with
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)


def read_text(data: bytes) -> Content:
    """Read a text file.

    Raises:
        RequestError: It is no text.
    """
    text, notes = decoded(data)
    lines = text.split("\n")
    paragraphs: list[Stretch] = []
    held: list[str] = []
    for number, line in enumerate([*lines, ""], start=1):
        if line.strip():
            held.append(" ".join(line.split()))
        elif held:
            paragraphs.append(Stretch(number - len(held), number - 1, " ".join(held)))
            held = []
    if not paragraphs:
        raise RequestError("text: got nothing but white space, allowed: words")
    n_lines = len(lines) - (lines[-1] == "")
    return Content(READER, "text", "line", n_lines, tuple(paragraphs), notes=notes)


def decoded(data: bytes, what: str = "text") -> tuple[str, tuple[str, ...]]:
    """Return the text of bytes, and what was assumed.

    Raises:
        RequestError: Empty, too large, or bytes that are no text.
    """
    if not data:
        raise RequestError(f"{what}: got an empty file, allowed: at least one line")
    if len(data) > MAX_BYTES:
        raise RequestError(f"{what}: got {len(data)} bytes, allowed: {MAX_BYTES}")
    marked = next((name for bom, name in BOMS if data.startswith(bom)), "")
    notes: tuple[str, ...] = ()
    try:
        text = data.decode(marked or "utf-8").removeprefix("\ufeff")
    except UnicodeDecodeError as error:
        if marked:
            raise RequestError(f"{what}: got bytes that are no {marked}: {error.reason} at byte "
                               f"{error.start}") from error  # fmt: skip
        text = data.decode("latin-1")
        notes = (f"read as Latin-1, as byte {error.start} is no UTF-8: letters may be wrong",)
    if "\0" in text:
        raise RequestError(
            f"{what}: got NUL bytes, allowed: text in UTF-8, Latin-1, or UTF-16 with its mark"
        )
    odd = len(text) - len(clean(text)) - text.count("\r\n")
    if odd > MAX_ODD * len(text):
        raise RequestError(f"{what}: got bytes that are no text, allowed: UTF-8, UTF-16, Latin-1")
    return clean(text), notes
