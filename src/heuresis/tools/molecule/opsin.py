"""Reading systematic names with OPSIN: many names in, SMILES out, one Java start for all."""

import subprocess
from collections.abc import Iterable
from shutil import which
from threading import Lock

from heuresis.errors import ServiceError
from heuresis.tools.programs import absent, package_folder

NO_JAVA = "Java not found: install a Java runtime, version 8 or newer, and put `java` on PATH"
_TIMEOUT_S = 120.0
_MAX_REMEMBERED = 50_000

_known: dict[str, str] = {}
_lock = Lock()


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
    """Run the jar that py2opsin ships; its own wrapper writes files into the working folder."""
    fault = opsin_missing()
    folder = package_folder("py2opsin")
    jars = sorted(folder.glob("opsin-cli-*.jar")) if folder else []
    if fault or not jars:
        raise ServiceError(f"names: {fault or 'py2opsin holds no OPSIN jar: install it again'}")
    try:
        done = subprocess.run(
            ["java", "-jar", str(jars[-1]), "-osmi"],
            input="".join(f"{name}\n" for name in names),
            capture_output=True,
            encoding="utf-8",
            timeout=_TIMEOUT_S,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise ServiceError(
            f"OPSIN: got {error!r} for {len(names)} names", transient=True
        ) from error
    lines = done.stdout.splitlines()
    if done.returncode != 0 or len(lines) != len(names):
        said = done.stderr.strip()[-200:]
        raise ServiceError(f"OPSIN: got {len(lines)} lines for {len(names)} names: {said!r}")
    return [line.strip() for line in lines]
