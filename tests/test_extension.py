"""A package of somebody else is installed for real, and its tool is there by name."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

SOURCE = Path(__file__).parent / "extension"
ASK = """
import json
from heuresis.tools import registry
tool = registry.load("arithmetic.add")
(answer,) = tool.backends[0].run([tool.example])
tool.check_result(tool.example, answer)
print(json.dumps([registry.places()["arithmetic.add"], tool.card.summary, answer.total.value]))
"""


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Install from a copy into a folder of its own, without a network."""
    place = tmp_path_factory.mktemp("extension")
    shutil.copytree(SOURCE, place / "source", ignore=shutil.ignore_patterns("__pycache__"))
    how = ["--quiet", "--no-deps", "--no-build-isolation", "--target", str(place / "site")]
    pip = [sys.executable, "-m", "pip", "install", *how, str(place / "source")]
    done = subprocess.run(pip, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return place / "site"


def test_a_tool_of_an_installed_package_is_listed_loaded_and_run(installed: Path) -> None:
    done = _ask(ASK, installed)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == ["heuresis_addition:ADD", "Adds two numbers.", 3.0]


def test_an_outside_tool_may_not_take_the_name_of_a_built_in_one(
    installed: Path, tmp_path: Path
) -> None:
    shutil.copytree(installed, tmp_path / "site")
    (entries,) = (tmp_path / "site").glob("*.dist-info/entry_points.txt")
    entries.write_text(entries.read_text().replace("arithmetic.add", "molecule.parse"))
    done = _ask(ASK, tmp_path / "site")
    assert done.returncode != 0
    assert "['molecule.parse']: got built-in names, allowed: new names" in done.stderr


def _ask(code: str, site: Path) -> subprocess.CompletedProcess[str]:
    env = {**os.environ, "PYTHONPATH": str(site)}
    return subprocess.run(
        [sys.executable, "-c", code], env=env, capture_output=True, text=True, check=False
    )
