"""Read what a person gives: bounded in size, UTF-8, JSON that is neither too deep nor broken."""

import json
import sys
from pathlib import Path
from typing import Any, NoReturn

from heuresis.errors import RequestError

MAX_BYTES = 50_000_000


def read_text(path: Path) -> str:
    """Return a file's text; '-' is standard input.

    Raises:
        RequestError: It cannot be read, is empty, too large, or no UTF-8 text.
    """
    name = "standard input" if str(path) == "-" else repr(str(path))
    data = _read_bytes(path, name)
    if len(data) > MAX_BYTES:
        raise RequestError(f"{name}: got more than 50 MB, allowed: up to 50 MB; split the file")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise RequestError(
            f"{name}: got bytes that are no UTF-8 text at position {error.start}, allowed: UTF-8"
        ) from error
    if not text.strip():
        raise RequestError(f"{name}: got an empty file, allowed: at least one request")
    return text


def _read_bytes(path: Path, name: str) -> bytes:
    """Read one byte more than is allowed: sizes of pipes and devices are not known before."""
    try:
        if str(path) == "-":
            return sys.stdin.buffer.read(MAX_BYTES + 1)
        with path.open("rb") as file:
            return file.read(MAX_BYTES + 1)
    except (OSError, ValueError) as error:  # ValueError: a name that no file can have
        why = getattr(error, "strerror", None) or error
        raise RequestError(f"{name}: cannot be read: {why}") from error


def parse_json(text: str, name: str) -> Any:
    """Return the value of a JSON text.

    Raises:
        RequestError: It is not JSON, nested too deeply, or holds NaN or half a letter.
    """
    try:
        value = json.loads(text, parse_constant=_refuse)
        json.dumps(value, ensure_ascii=False).encode()
    except RecursionError as error:
        raise RequestError(f"{name}: got JSON nested too deeply") from error
    except UnicodeEncodeError as error:
        raise RequestError(f"{name}: got half of a surrogate pair, allowed: whole ones") from error
    except ValueError as error:
        raise RequestError(f"{name}: got no valid JSON: {error}") from error
    return value


def _refuse(word: str) -> NoReturn:
    raise ValueError(f"{word} is no JSON number")
