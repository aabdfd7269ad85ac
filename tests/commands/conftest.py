"""A command line in this process, or in one of its own, with two small tools in the registry."""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from heuresis.cli import cli
from heuresis.settings import get_settings
from heuresis.tools import registry

HERE = Path(__file__).parent
if str(HERE.parent) not in sys.path:  # whose modules tests of commands borrow
    sys.path.append(str(HERE.parent))
TOOLS = {"test.echo": "noop:ECHO", "test.slow": "slow:SLOW"}
PROGRAM = f"""
import sys
sys.path[:0] = [{str(HERE.parent)!r}, {str(HERE)!r}]
from heuresis.tools import registry
registry.BUILT_IN.update({TOOLS!r})
sys.argv[0] = "heuresis"
from heuresis.cli import main
main()
"""


@dataclass(frozen=True)
class Ended:
    """How a command line ended."""

    code: int
    out: str
    err: str

    def json(self) -> Any:
        """The one document on stdout."""
        return json.loads(self.out)


Run = Callable[..., Ended]


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A home of its own for every test, and the test tools."""
    monkeypatch.setenv("HEURESIS_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("SLOW_COUNT", str(tmp_path / "count"))
    monkeypatch.setattr(registry, "BUILT_IN", {**registry.BUILT_IN, **TOOLS})
    monkeypatch.syspath_prepend(str(HERE.parent))
    monkeypatch.syspath_prepend(str(HERE))
    for cached in (get_settings, registry.places, registry.load):
        cached.cache_clear()
    yield tmp_path / "home"
    for cached in (registry.places, registry.load):
        cached.cache_clear()


@pytest.fixture
def run() -> Run:
    """Run a command line in this process."""

    def run(*args: str, given: str | None = None) -> Ended:
        result = CliRunner().invoke(cli, args, input=given)
        assert result.exception is None or isinstance(result.exception, SystemExit)
        return Ended(result.exit_code, result.stdout, result.stderr)

    return run


def start(*args: str, **rest: Any) -> subprocess.Popen[str]:
    """Start a command line in a process of its own."""
    command = [sys.executable, "-c", PROGRAM, *args]
    pipe = subprocess.PIPE
    return subprocess.Popen(command, **{"stdout": pipe, "stderr": pipe, "text": True, **rest})


@pytest.fixture
def run_alone() -> Run:
    """Run a command line in a process of its own."""

    def run_alone(*args: str, **env: str) -> Ended:
        process = start(*args, env={**os.environ, **env})
        out, err = process.communicate(timeout=60)
        return Ended(process.returncode, out, err)

    return run_alone


@pytest.fixture
def program() -> list[str]:
    """The command line, for whoever starts it by itself."""
    return [sys.executable, "-c", PROGRAM]


@pytest.fixture
def begin() -> Callable[..., subprocess.Popen[str]]:
    """Start a command line and leave it running."""
    return start
