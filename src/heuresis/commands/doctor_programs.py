"""The doctor on programs: Python, extras, Java, and every backend of every tool."""

import platform
import re
import shutil
import subprocess
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, requires, version

from pydantic import ValidationError

from heuresis.commands.catalogue import entries
from heuresis.commands.finding import Finding
from heuresis.errors import HeuresisError

JAVA_S = 10.0


def look(*, digests: bool) -> Iterator[Finding]:
    """Look at everything that is installed, or should be."""
    yield Finding("ok", "python", f"{platform.python_version()} on {platform.platform()}")
    yield from _extras()
    yield _java()
    yield from _tools(digests=digests)


def _extras() -> Iterator[Finding]:
    """Compare what the extras ask for with what is installed; versions are pip's affair."""
    absent: dict[str, list[str]] = {}
    for wish in requires("heuresis") or ():
        name = re.match(r"[\w.-]+", wish)
        extra = re.search(r"extra\s*==\s*['\"]([\w-]+)['\"]", wish)
        if name and extra and name[0] != "heuresis" and extra[1] not in ("all", "dev"):
            absent.setdefault(extra[1], []).extend(_absent(name[0]))
    for title, names in absent.items():
        if names:
            fix = f"pip install 'heuresis[{title}]'"
            yield Finding("missing", f"extra {title}", f"not installed: {', '.join(names)}", fix)
        else:
            yield Finding("ok", f"extra {title}", "installed")


def _absent(name: str) -> list[str]:
    try:
        version(name)
    except PackageNotFoundError:
        return [name]
    return []


def _java() -> Finding:
    fix = "install a Java runtime, such as Debian's default-jre-headless"
    program = shutil.which("java")
    if program is None:
        return Finding("missing", "java", "names of molecules cannot be read or checked", fix)
    try:
        done = subprocess.run(
            [program, "-version"], capture_output=True, text=True, timeout=JAVA_S, check=False
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        return Finding("missing", "java", f"does not run: {error}", fix)
    first = next(iter((done.stderr or done.stdout).splitlines()), "says nothing of its version")
    return Finding("ok" if done.returncode == 0 else "missing", "java", first, "")


def _tools(*, digests: bool) -> Iterator[Finding]:
    n_ready = 0
    for entry in entries():
        if entry.tool is None:
            yield Finding("warning", entry.name, entry.fault, "reinstall heuresis or that package")
            continue
        for backend in entry.tool.backends:
            part = f"{entry.name}, {backend.name}"
            try:
                missing = backend.missing()
            except ValidationError:  # told in full beside the settings
                missing = "mend the settings first"
            if missing:
                yield Finding("missing", part, "cannot run here", missing)
                continue
            n_ready += 1
            yield _ready(part, backend.kind, backend.digest if digests else None)
    if not n_ready:
        yield Finding("broken", "tools", "no tool can run", "pip install 'heuresis[all]'")


def _ready(part: str, kind: str, digest: object) -> Finding:
    if not callable(digest):
        return Finding("ok", part, f"ready ({kind})")
    try:
        return Finding("ok", part, f"ready ({kind}), {digest()}")
    except (HeuresisError, OSError) as error:
        return Finding("warning", part, f"its weights cannot be read: {error}", "reinstall it")
