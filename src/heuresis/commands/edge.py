"""The edge of the process: every ending becomes one message and one exit code, no traceback."""

import errno
import json
import os
import sys
from collections.abc import Callable, Sequence
from contextlib import suppress
from io import TextIOWrapper
from pathlib import Path
from typing import Any

import click

from heuresis import secrets
from heuresis.commands import exit_codes
from heuresis.commands.lazy import LazyGroup
from heuresis.errors import HeuresisError

DISK = {
    errno.ENOSPC: "free some space and repeat: what was recorded before is safe",
    errno.EDQUOT: "free some space and repeat: what was recorded before is safe",
    errno.EROFS: "set HEURESIS_HOME to a folder that can be written",
    errno.EACCES: "set HEURESIS_HOME to a folder that can be written",
    errno.EPERM: "set HEURESIS_HOME to a folder that can be written",
}


class EdgeGroup(LazyGroup):
    """The outermost group; nothing raised inside passes it."""

    def main(self, args: Sequence[str] | None = None, *rest: Any, **named: Any) -> Any:
        """Run one command line and raise SystemExit with its code."""
        words = list(sys.argv[1:] if args is None else args)
        _speak_any_text()

        def run() -> Any:
            return super(EdgeGroup, self).main(words, *rest, **{**named, "standalone_mode": False})

        sys.exit(guarded(run, as_json="--json" in words))

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command and write out what it said, so that a failure to write is noticed."""
        try:
            result = super().invoke(ctx)
            sys.stdout.flush()
            return result
        except BrokenPipeError:
            _drop_output()
            raise click.exceptions.Exit(exit_codes.READER_LEFT) from None


def guarded(action: Callable[[], Any], *, as_json: bool) -> int:
    """Run and return the exit code; what went wrong is told in one message."""
    try:
        code = action()
    except (click.ClickException, HeuresisError, OSError, KeyboardInterrupt, click.Abort) as error:
        return _tell_known(error, as_json)
    except Exception as error:  # noqa: BLE001  # process edge: no traceback may reach a person
        return _tell_bug(error, as_json)
    return code if isinstance(code, int) else exit_codes.OK


def _tell_known(error: BaseException, as_json: bool) -> int:
    """Tell of an error whose kind says what the person can do."""
    if isinstance(error, KeyboardInterrupt | click.Abort):
        return _tell("interrupted", "interrupted", exit_codes.INTERRUPTED, as_json)
    if isinstance(error, click.ClickException):
        return _tell_usage(error, as_json)
    if isinstance(error, HeuresisError):
        kind, code = exit_codes.kind_of(error)
        return _tell(kind, str(error), code, as_json)
    if isinstance(error, OSError) and error.errno in DISK:
        where = f" {error.filename!r}" if error.filename else ""
        text = f"cannot read or write{where}: {error.strerror}; {DISK[error.errno]}"
        return _tell("service", text, exit_codes.FAILED, as_json)
    return _tell_bug(error, as_json)


def leave(code: int) -> None:
    """End the process. After an interruption a model that still computes is not waited for."""
    if code == exit_codes.INTERRUPTED:
        for stream in (sys.stdout, sys.stderr):
            with suppress(OSError, ValueError):
                stream.flush()
        os._exit(code)
    sys.exit(code)


def _tell(kind: str, message: str, code: int, as_json: bool) -> int:
    message = secrets.redacted(message)
    try:
        if as_json:
            print(json.dumps({"error": {"kind": kind, "message": message}}), flush=True)
        else:
            click.echo(f"{'' if kind == 'interrupted' else 'error: '}{_visible(message)}", err=True)
    except OSError:  # the place for messages is itself full or closed
        _drop_output()
    return code


def _tell_usage(error: click.ClickException, as_json: bool) -> int:
    if as_json:
        return _tell("request", error.format_message(), error.exit_code, as_json)
    error.show()
    return error.exit_code


def _tell_bug(error: BaseException, as_json: bool) -> int:
    text = f"{type(error).__name__}: {error}\nthis is a bug in heuresis; {_keep_log()}"
    return _tell("bug", text, exit_codes.FAILED, as_json)


def _keep_log() -> str:
    """Write the traceback to a file and say where it is."""
    import platform
    import tempfile
    import traceback
    from datetime import UTC, datetime

    from heuresis import __version__

    at = datetime.now(UTC).strftime("%Y%m%dT%H%M%S.%f")
    about = f"heuresis {__version__}, Python {platform.python_version()}, {platform.platform()}\n"
    log = secrets.redacted(f"{about}arguments: {sys.argv[1:]!r}\n\n{traceback.format_exc()}")
    for folder in (_home() / "logs", Path(tempfile.gettempdir())):
        with suppress(OSError):
            folder.mkdir(parents=True, exist_ok=True)
            place = folder / f"heuresis-bug-{at}.log"
            place.write_text(log, encoding="utf-8", errors="backslashreplace")
            return f"please report it with the log {place}"
    return "its log could not be written"


def _home() -> Path:
    return Path(os.environ.get("HEURESIS_HOME", "~/.heuresis")).expanduser()


def _visible(text: str) -> str:
    """Show what would steer a terminal instead of obeying it."""
    return "".join(c if c.isprintable() or c in "\n\t" else repr(c)[1:-1] for c in text)


def _speak_any_text() -> None:
    """Never fail on a letter that the terminal's encoding lacks."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def _drop_output() -> None:
    """Send what is still buffered nowhere, so that the end of the process is quiet."""
    with suppress(OSError, ValueError):
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, sys.stdout.fileno())
        os.close(nowhere)
