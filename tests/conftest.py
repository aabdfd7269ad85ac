"""For every test: no network, a home of its own, settings read afresh, patient Hypothesis."""

import os
import socket
import subprocess
from collections.abc import Iterator
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings as hypothesis_settings

from heuresis.settings import get_settings

# First calls load libraries, so a deadline would blame the wrong code.
hypothesis_settings.register_profile("here", deadline=None)
hypothesis_settings.register_profile("ci", deadline=None, derandomize=True, print_blob=True)
hypothesis_settings.load_profile("ci" if os.environ.get("CI") else "here")

ROOT = Path(__file__).resolve().parent.parent


class NetworkBlockedError(RuntimeError):
    """A test tried to leave the computer; not an OSError, so that no client retries it."""


def _is_local(address: Any) -> bool:
    if not isinstance(address, tuple):  # a path: unix domain
        return True
    host = address[0]
    if host in (None, "", "localhost"):
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


@pytest.fixture(scope="session", autouse=True)
def _no_network(request: pytest.FixtureRequest) -> Iterator[None]:
    if request.config.getoption("markexpr") == "live":  # `pytest -m live`, run by hand
        yield
        return

    def guarded(name: str) -> Any:
        call = getattr(socket.socket, name)

        def guard(sock: socket.socket, *args: Any) -> Any:
            if not _is_local(args[-1]):
                raise NetworkBlockedError(f"{name}: got {args[-1]!r}, allowed: this computer")
            return call(sock, *args)

        return guard

    resolve = socket.getaddrinfo

    def resolve_local(host: Any, *args: Any, **kwargs: Any) -> Any:
        if not _is_local((host.decode() if isinstance(host, bytes) else host,)):
            raise NetworkBlockedError(f"getaddrinfo: got {host!r}, allowed: this computer")
        return resolve(host, *args, **kwargs)

    with pytest.MonkeyPatch.context() as patch:
        for name in ("connect", "connect_ex", "sendto"):
            patch.setattr(socket.socket, name, guarded(name))
        patch.setattr(socket, "getaddrinfo", resolve_local)
        yield


@pytest.fixture(scope="session", autouse=True)
def _home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Keep every test, and every process it starts, away from the user's own results."""
    with pytest.MonkeyPatch.context() as patch:
        for name in [name for name in os.environ if name.startswith("HEURESIS_")]:
            patch.delenv(name)
        home = tmp_path_factory.mktemp("home")
        patch.setenv("HEURESIS_HOME", str(home))
        get_settings.cache_clear()
        yield home


@pytest.fixture(autouse=True)
def _fresh_settings() -> Iterator[None]:
    get_settings.cache_clear()
    yield
    get_settings.cache_clear()


@pytest.fixture(scope="session")
def project_files() -> list[Path]:
    """Every file of the project relative to its root, committed or about to be."""
    if not (ROOT / ".git").exists():
        pytest.skip("not a git checkout: which files belong to the project is not known here")
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    found = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    paths = sorted({Path(name) for name in found.split("\0") if name})
    return [path for path in paths if (ROOT / path).is_symlink() or (ROOT / path).is_file()]
