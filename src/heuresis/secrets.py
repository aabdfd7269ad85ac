"""Secrets: from the environment or from one private file, and never in what is kept or shown.

A setting holds the name of a secret. Its value is read when it is needed, handed to whoever needs
it, and taken out of every text on its way to the ledger, a log or a person.
"""

import json
import logging
import os
import re
import shlex
import stat
from base64 import b64encode
from collections.abc import Iterator, Mapping
from pathlib import Path
from urllib.parse import quote

from heuresis.errors import RequestError

GONE = "…"
RUN = 12  # letters of a secret in a row that are taken out where the whole does not stand
LEAST_NAMED, LEAST_GUESSED = 4, 8  # letters; shorter ones would take out ordinary words
MOST_BYTES = 1_000_000
NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,63}")
SAYS_SECRET = re.compile(
    r"(?:(?:^|_)(?:KEY|SECRET|TOKEN|PASSPHRASE|CREDENTIAL)S?|PASSW(?:OR)?DS?)$"
)
PLACE_OF_FILE = "HEURESIS_SECRETS"  # named like a secret, holds a path
LOGIN = re.compile(r"(://[^/\s:@'\"]*:)[^/\s@'\"]+@")  # the password in an address

_read: dict[Path, Mapping[str, str]] = {}
_asked_for: set[str] = set()  # variables that were read as secrets, whatever they are called


def find(name: str, file: Path | None = None) -> str:
    """Return a secret: of the environment, else of the file; empty where neither has it.

    Raises:
        RequestError: The file is not private, or cannot be read.
    """
    _asked_for.add(name)
    return os.environ.get(name) or ("" if file is None else read(file).get(name, ""))


def read(file: Path) -> Mapping[str, str]:
    """Return what a file of secrets holds; nothing where there is none.

    Raises:
        RequestError: Others may read or write it, or it is no list of names and texts. The message
            holds nothing of what stands in it.
    """
    try:
        number = os.open(file, os.O_RDONLY | os.O_NONBLOCK)  # what is judged is what is read
    except FileNotFoundError:
        return {}
    except OSError as error:
        raise RequestError(f"secrets file {str(file)!r}: {error.strerror}") from error
    try:
        _check_private(file, os.fstat(number))
        data = os.read(number, MOST_BYTES + 1)
    finally:
        os.close(number)
    _read[file] = _parsed(file, data)
    return _read[file]


def _check_private(file: Path, info: os.stat_result) -> None:
    place, me = f"secrets file {str(file)!r}", os.geteuid()
    if not stat.S_ISREG(info.st_mode):
        raise RequestError(f"{place}: got something that is no file, allowed: a file")
    if info.st_uid != me:
        raise RequestError(
            f"{place}: got an owner with the id {info.st_uid}, allowed: {me}, who runs this; "
            f"`chown {me} {shlex.quote(str(file))}`"
        )
    if info.st_mode & 0o177:
        raise RequestError(
            f"{place}: got the mode {stat.S_IMODE(info.st_mode):04o}, allowed: 0600, as others of "
            f"this computer could read it; `chmod 600 {shlex.quote(str(file))}`, and change what "
            "stands in it if somebody may have"
        )


def _parsed(file: Path, data: bytes) -> Mapping[str, str]:
    import yaml

    allowed = "allowed: one `NAME: 'text'` per line"
    if len(data) > MOST_BYTES:
        raise RequestError(f"secrets file {str(file)!r}: got more than {MOST_BYTES} bytes")
    try:
        found = yaml.safe_load(data.decode())
    except (UnicodeDecodeError, yaml.YAMLError) as error:
        mark = getattr(error, "problem_mark", None)
        where = f", line {mark.line + 1}" if mark else ""
        # Nothing of the error itself: it quotes the file.
        raise RequestError(f"secrets file {str(file)!r}{where}: no YAML, {allowed}") from None
    if found is None:
        return {}
    if not isinstance(found, dict):
        raise RequestError(f"secrets file {str(file)!r}: got no names, {allowed}")
    for n, (name, value) in enumerate(found.items(), 1):
        if not isinstance(name, str) or not NAME.fullmatch(name):
            raise RequestError(f"secrets file {str(file)!r}: the name of entry {n}: {allowed}")
        if not isinstance(value, str):
            raise RequestError(
                f"secrets file {str(file)!r}: {name}: got a {type(value).__name__}, allowed: a "
                "text in quotes"
            )
    return found


def redacted(text: str) -> str:
    """Return a text without any secret this process knows of, also where only a part is quoted."""
    return LOGIN.sub(rf"\1{GONE}@", _hidden(text, _known())) if text else text


def settled(text: str, *, is_whole: bool = False) -> str:
    """Return what of a text that still grows can be shown: no secret, and no beginning of one.

    What was returned for a text is the beginning of what is returned for a longer one.
    """
    known = _known()
    shown = _hidden(text, known)
    if is_whole:
        return shown
    longest = min(len(text), max(map(len, known), default=0))
    n = next((n for n in range(longest, 0, -1) if _is_within(text[-n:], known)), 0)
    while n and not shown.endswith(text[-n:]):
        n -= 1  # its beginning is hidden already
    return shown[: len(shown) - n]


def withheld(environment: Mapping[str, str]) -> dict[str, str]:
    """Return an environment for a process that needs no secret."""
    return {
        name: value
        for name, value in environment.items()
        if not _is_secret(name) and redacted(value) == value
    }


def guard_logs(*names: str) -> None:
    """Keep secrets out of what this process logs where nobody set a handler, and by loggers named.

    Args:
        names: Loggers of libraries that bring handlers of their own.
    """
    loggers = [logging.getLogger(name) for name in names]
    outlets = [one for logger in loggers for one in logger.handlers]
    for outlet in (logging.lastResort, *outlets):
        if outlet is not None and not isinstance(outlet.formatter, _Private):
            outlet.setFormatter(_Private(outlet.formatter))


class _Private(logging.Formatter):
    """Writes what another formatter would, without secrets, tracebacks included."""

    def __init__(self, other: logging.Formatter | None) -> None:
        super().__init__()
        self._other = other or logging.Formatter()

    def format(self, record: logging.LogRecord) -> str:
        return redacted(self._other.format(record))


def _known() -> frozenset[str]:
    """Return every secret in every form in which it may be quoted."""
    from_files = (value for found in list(_read.values()) for value in found.values())
    named = (os.environ.get(name, "") for name in list(_asked_for))
    guessed = (value for name, value in os.environ.items() if _is_secret(name))
    values = [one for one in (*from_files, *named) if len(one) >= LEAST_NAMED]
    values += [one for one in guessed if len(one) >= LEAST_GUESSED]
    return frozenset(form for value in values for form in _forms(value))


def _is_secret(name: str) -> bool:
    said = SAYS_SECRET.search(name.upper()) is not None and name != PLACE_OF_FILE
    return said or name in _asked_for


def _forms(value: str) -> Iterator[str]:
    """Write a secret the ways it may be quoted."""
    yield value
    yield quote(value, safe="")
    yield json.dumps(value)[1:-1]
    yield repr(value)[1:-1]
    yield b64encode(value.encode()).decode()


def _is_within(text: str, known: frozenset[str]) -> bool:
    return any(text in one for one in known)


def _hidden(text: str, known: frozenset[str]) -> str:
    """Take out secrets, and parts of them: a server may cut the key that it quotes."""
    for one in sorted(known, key=len, reverse=True):
        text = text.replace(one, GONE)
    runs = {one[i : i + RUN] for one in known for i in range(len(one) - RUN + 1)}
    starts = [i for i in range(len(text) - RUN + 1) if text[i : i + RUN] in runs] if runs else []
    kept: list[str] = []
    end = 0
    for i in starts:
        if i > end or not kept:
            kept += [text[end:i], GONE]
        end = i + RUN
    return "".join(kept) + text[end:]
