"""Run as a process: a PDF on stdin, one line of JSON per page on stdout, within limits."""

import io
import json
import logging
import sys
from contextlib import suppress
from typing import Any


def main() -> None:
    """Read one PDF; what is wrong with it is told in the last line."""
    limits = json.loads(sys.argv[1])
    _bind(limits)
    data = sys.stdin.buffer.read()
    logging.disable(logging.CRITICAL)  # a broken file has hundreds of faults
    try:
        _tell_pages(data, limits)
    except MemoryError:
        _tell(error="got one that needs more memory than is allowed to read it")
    except RecursionError:
        _tell(error="got one that is nested too deeply")
    except Exception as error:  # noqa: BLE001  # process edge: pypdf raises anything on broken files
        _tell(error=f"got a broken file: {_said(error)}")


def _bind(limits: dict[str, Any]) -> None:
    """Take away what no document needs: memory, time, and writing files."""
    try:
        import resource
    except ImportError:  # not on Windows; the parent's clock holds there
        return
    seconds = int(limits["time_s"]) + 1
    for name, limit in (
        (resource.RLIMIT_AS, int(limits["memory_bytes"])),
        (resource.RLIMIT_CPU, seconds),
        (resource.RLIMIT_FSIZE, 0),
    ):
        with suppress(ValueError, OSError):
            resource.setrlimit(name, (limit, limit))


def _tell_pages(data: bytes, limits: dict[str, Any]) -> None:
    from pypdf import PdfReader
    from pypdf.errors import DependencyError

    reader = PdfReader(io.BytesIO(data))
    if reader.is_encrypted:
        try:
            is_open = bool(reader.decrypt(""))
        except DependencyError:
            is_open = False
        if not is_open:
            _tell(error="got an encrypted file, allowed: one that opens without a password")
            return
    stated = _stated_pages(reader)
    if stated > limits["pages"]:
        _tell(error=f"got {stated} pages, allowed: {limits['pages']}")
        return
    n_pages = len(reader.pages)
    if not 0 < n_pages <= limits["pages"]:
        _tell(error=f"got {n_pages} pages, allowed: 1 to {limits['pages']}")
        return
    left = int(limits["chars"])
    for number, page in enumerate(reader.pages, start=1):
        text, why = _text(page)
        left -= len(text)
        if left < 0:
            _tell(error=f"got more than {limits['chars']} characters, allowed: up to that")
            return
        _tell(page=number, text=text, why=why)
    _tell(end=n_pages)


def _stated_pages(reader: Any) -> int:
    """Return how many pages a file says it has, before any is looked at."""
    try:
        return int(reader.root_object["/Pages"]["/Count"])
    except (KeyError, TypeError, ValueError):
        return 0


def _text(page: Any) -> tuple[str, str]:
    try:
        return str(page.extract_text()), ""
    except MemoryError:
        return "", "it needs more memory than is allowed"
    except Exception as error:  # noqa: BLE001  # one broken page does not spoil the others
        return "", _said(error)


def _said(error: BaseException) -> str:
    return " ".join(f"{type(error).__name__}: {error}".split())[:200]


def _tell(**line: Any) -> None:
    sys.stdout.write(json.dumps(line) + "\n")


if __name__ == "__main__":
    main()
