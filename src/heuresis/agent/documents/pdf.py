"""PDF: the text of every page, read by pypdf in a process of its own that may die."""

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from importlib.util import find_spec
from typing import Any

from heuresis.agent.documents.content import NAMED, Content, Stretch, clean
from heuresis.errors import RequestError, ServiceError

READER = "pdf-1"
MAX_BYTES = 100_000_000
MAX_PAGES = 2_000
MAX_CHARS = 20_000_000  # of text
TIME_S = 120.0
MEMORY_BYTES = 2_000_000_000  # of address space
HEAD_BYTES = 1_024  # in which a PDF says that it is one
TAIL_BYTES = 65_536  # in which its end mark stands; some servers append to files
CHILD = "heuresis.agent.documents.pdf_pages"
PASSED_ON = ("PATH", "PYTHONPATH", "LD_LIBRARY_PATH", "SYSTEMROOT", "VIRTUAL_ENV")  # no keys


def is_pdf(data: bytes) -> bool:
    """Whether bytes say that they are a PDF."""
    return b"%PDF-" in data[:HEAD_BYTES]


def read_pdf(data: bytes, time_s: float = TIME_S) -> Content:
    """Read the text of a PDF.

    Raises:
        RequestError: Cut off, encrypted, broken, too large, too slow, or without text.
        ServiceError: pypdf is not installed.
    """
    if find_spec("pypdf") is None:
        raise ServiceError("PDF: no pypdf: pip install 'heuresis[documents]'")
    if len(data) > MAX_BYTES:
        raise RequestError(f"PDF: got {len(data)} bytes, allowed: {MAX_BYTES}")
    if b"%%EOF" not in data[-TAIL_BYTES:]:
        raise RequestError("PDF: got no end mark (%%EOF): the file is cut off; get it again")
    pages, unread = _pages(data, time_s)
    texts = [paragraphs(number, text) for number, text in pages]
    if not any(texts):
        raise RequestError(
            f"PDF: got {len(texts)} pages without text, allowed: text; these are pictures of "
            "pages (a scan?), and written letters are not read from pictures of documents here"
        )
    empty = [str(n) for n, found in enumerate(texts, start=1) if not found and n not in unread]
    notes = [f"page {n} could not be read: {why}" for n, why in unread.items()]
    if empty:
        more = f" and {len(empty) - NAMED} more" if len(empty) > NAMED else ""
        notes.append(f"no text on page {', '.join(empty[:NAMED])}{more}: pictures are not read")
    flat = tuple(one for found in texts for one in found)
    return Content(READER, "pdf", "page", len(texts), flat, notes=tuple(notes))


def paragraphs(page: int, text: str) -> list[Stretch]:
    """Join the lines of a page into paragraphs; nothing is taken away but white space."""
    found: list[str] = []
    lines = [" ".join(line.split()) for line in clean(text).split("\n")]
    begins = True
    for line in lines:
        if not line:
            begins = True
        elif begins:
            found.append(line)
            begins = False
        else:  # a word that was hyphenated at the end of a line stays together
            glue = "" if found[-1][-2:-1].isalpha() and found[-1].endswith("-") else " "
            found[-1] = f"{found[-1]}{glue}{line}"
    return [Stretch(page, page, one) for one in found]


def _pages(data: bytes, time_s: float) -> tuple[list[tuple[int, str]], dict[int, str]]:
    """Return the text of every page, and why some could not be read."""
    told = _told(data, time_s)
    last: dict[str, Any] = told[-1] if told else {}
    if "error" in last:
        raise RequestError(f"PDF: {last['error']}")
    if "end" not in last:
        raise RequestError("PDF: its reader died, out of memory or on broken content; a copy that "
                           "was printed to PDF again may be read")  # fmt: skip
    pages = [(int(one["page"]), str(one["text"])) for one in told if "page" in one]
    unread = {int(one["page"]): str(one["why"]) for one in told if one.get("why")}
    if pages and len(unread) == len(pages):
        raise RequestError(f"PDF: no page could be read: {next(iter(unread.values()))}")
    return pages, unread


def _told(data: bytes, time_s: float) -> Sequence[dict[str, Any]]:
    limits = {"pages": MAX_PAGES, "chars": MAX_CHARS, "memory_bytes": MEMORY_BYTES,
              "time_s": time_s}  # fmt: skip
    try:
        done = subprocess.run(
            [sys.executable, "-m", CHILD, json.dumps(limits)],
            input=data,
            capture_output=True,
            timeout=time_s,
            check=False,
            env={name: os.environ[name] for name in PASSED_ON if name in os.environ},
        )
    except subprocess.TimeoutExpired as error:
        raise RequestError(f"PDF: got one that takes more than {time_s:g} s to read") from error
    except OSError as error:
        raise ServiceError(f"PDF: its reader cannot be started: {error}", transient=True) from error
    lines = done.stdout.decode("utf-8", errors="replace").splitlines()
    try:
        return [json.loads(line) for line in lines]
    except json.JSONDecodeError:  # it was killed while it wrote
        return []
