"""Which code is running: the version and a digest of the source, so that a run can name it."""

import hashlib
from functools import cache
from importlib.metadata import version
from pathlib import Path


@cache
def code_version() -> str:
    """Return such as '0.1.0+src.1a2b3c4d5e6f': the same source gives the same text anywhere."""
    here = Path(__file__).parent
    digest = hashlib.sha256()
    for path in sorted(here.rglob("*.py"), key=lambda path: path.relative_to(here).as_posix()):
        digest.update(path.relative_to(here).as_posix().encode())
        digest.update(path.read_bytes())
    return f"{version('heuresis')}+src.{digest.hexdigest()[:12]}"
