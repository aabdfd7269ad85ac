"""Reading systematic names with OPSIN: names in, SMILES out, one Java for the whole process."""

import atexit
import os
import subprocess
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from shutil import which
from threading import Lock, Timer

from heuresis.errors import ServiceError
from heuresis.tools.programs import absent, package_folder

NO_JAVA = "Java not found: install a Java runtime, version 8 or newer, and put `java` on PATH"
_TIMEOUT_S = 120.0
_MAX_REMEMBERED = 50_000

_known: dict[str, str] = {}
_lock = Lock()
_reader: "_Reader | None" = None


def opsin_missing() -> str | None:
    """Say what keeps names from being read, and the fix, or None."""
    gone = absent("py2opsin")
    if gone:
        return gone
    return None if which("java") else NO_JAVA


def smiles_of_names(names: Iterable[str]) -> dict[str, str | None]:
    """Read names, all unknown ones in one call; None where OPSIN does not understand.

    Args:
        names: Single-line ASCII names; remembered for the life of the process.

    Raises:
        ServiceError: Java or OPSIN is absent or broke.
    """
    wanted = list(dict.fromkeys(names))
    with _lock:
        new = [name for name in wanted if name not in _known]
        if new:
            if len(_known) + len(new) > _MAX_REMEMBERED:
                _known.clear()
                new = wanted
            _known.update(zip(new, _call(new), strict=True))
        return {name: _known[name] or None for name in wanted}


def _call(names: list[str]) -> list[str]:
    """Ask the jar that py2opsin ships; its own wrapper starts Java anew for every list of names."""
    global _reader  # noqa: PLW0603  # one per process, made when first needed
    fault = opsin_missing()
    folder = package_folder("py2opsin")
    jars = sorted(folder.glob("opsin-cli-*.jar")) if folder else []
    if fault or not jars:
        raise ServiceError(f"names: {fault or 'py2opsin holds no OPSIN jar: install it again'}")
    if _reader is None or not _reader.is_up():
        _reader = _Reader(jars[-1])
    return _reader.ask(names)


class _Reader:
    """OPSIN in a Java of its own, kept between calls: a name then takes milliseconds.

    It reads a line and answers with one. It ends with this process, which holds its input.
    """

    def __init__(self, jar: Path) -> None:
        self._owner = os.getpid()
        try:
            self._java = subprocess.Popen(
                ["java", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-jar", str(jar), "-osmi"],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                encoding="utf-8",
            )
        except OSError as error:
            raise ServiceError(
                f"OPSIN: got {error!r} when starting Java", transient=True
            ) from error
        atexit.register(self.end)

    def is_up(self) -> bool:
        """Whether it can be asked, by this process and no child of it."""
        return self._owner == os.getpid() and self._java.poll() is None

    def ask(self, names: list[str]) -> list[str]:
        """Return a SMILES, or nothing, for each name.

        Raises:
            ServiceError: It ended, or did not answer in time.
        """
        late = Timer(_TIMEOUT_S, self._java.kill)
        late.daemon = True
        late.start()
        try:
            return [self._ask(name) for name in names]
        except (OSError, ValueError) as error:
            self.end()
            raise ServiceError(
                f"OPSIN: got no answer for {len(names)} names within {_TIMEOUT_S:g} s, or Java "
                f"ended (exit code {self._java.returncode})", transient=True,
            ) from error  # fmt: skip
        finally:
            late.cancel()

    def _ask(self, name: str) -> str:
        """Send one name and wait for its answer: the pipes between hold only so much."""
        assert self._java.stdin is not None
        assert self._java.stdout is not None
        self._java.stdin.write(f"{name}\n")
        self._java.stdin.flush()
        line = self._java.stdout.readline()
        if not line.endswith("\n"):
            raise OSError("end of output")
        return line.strip()

    def end(self) -> None:
        """Let it go, once."""
        if self._owner != os.getpid():
            return
        atexit.unregister(self.end)
        self._java.kill()
        with suppress(OSError, ValueError):  # a name may be on its way still
            self._java.communicate()
