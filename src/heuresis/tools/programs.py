"""Which third-party programs the molecule tools run on, and what to install where one is absent."""

import hashlib
from collections.abc import Iterable
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from pathlib import Path


def absent(*modules: str, extra: str = "molecules") -> str | None:
    """Say which modules are not installed and the command that installs them, or None."""
    gone = [name for name in modules if find_spec(name) is None]
    if not gone:
        return None
    return f'{", ".join(gone)} not installed: pip install "heuresis[{extra}]"'


def program(*distributions: str) -> str:
    """Name the programs and their versions as one digest, without importing them."""
    return "program:" + ",".join(f"{name}=={_version(name)}" for name in distributions)


def package_folder(module: str) -> Path | None:
    """Find the folder of an installed package without importing it."""
    spec = find_spec(module)
    places = list(spec.submodule_search_locations or ()) if spec else []
    return Path(places[0]) if places else None


@cache
def digest_of_files(paths: tuple[Path, ...]) -> str:
    """Hash the bytes of files in the order given; read once per process."""
    total = hashlib.sha256()
    for path in _existing(paths):
        total.update(path.read_bytes())
    return "sha256:" + total.hexdigest()


def _existing(paths: Iterable[Path]) -> list[Path]:
    return [path for path in paths if path.is_file()]


def _version(distribution: str) -> str:
    try:
        return version(distribution)
    except PackageNotFoundError:
        return "absent"
