"""What ran it: Python, platform and packages; never the name of a machine or a person."""

import platform
import re
from importlib import metadata

from heuresis.version import code_version

NOT_SCIENCE = ("dev",)  # extras that no run depends on


def environment() -> dict[str, object]:
    """Return the versions of all that could change an answer."""
    return {
        "code_version": code_version(),
        "python": platform.python_version(),
        "implementation": platform.python_implementation(),
        "system": platform.system(),
        "machine": platform.machine(),
        "packages": packages(),
    }


def packages() -> dict[str, str]:
    """Return version by name of the packages that heuresis asks for and that are installed."""
    found = {}
    for line in metadata.requires("heuresis") or ():
        name, extra = _parsed(line)
        if extra in NOT_SCIENCE or name == "heuresis":
            continue
        try:
            found[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            continue
    return dict(sorted(found.items()))


def _parsed(line: str) -> tuple[str, str]:
    """Split such as 'rdkit>=2026.3; extra == "molecules"' into name and extra."""
    name = re.match(r"[A-Za-z0-9._-]+", line)
    extra = re.search(r"extra\s*==\s*['\"]([\w-]+)['\"]", line)
    return (name[0].lower() if name else "", extra[1] if extra else "")
