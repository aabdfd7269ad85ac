"""The house: six links at the root, one installed name, a wheel that holds all of it."""

import re
import shutil
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path
from typing import Any

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parent.parent
ROOMS = ("agent", "evals", "memory", "serving", "tools", "ui")
PACKAGE = Path("src/heuresis")


@pytest.mark.parametrize("room", ROOMS)
def test_a_link_at_the_root_leads_to_the_room(room: str) -> None:
    link = ROOT / room
    if not link.is_symlink():
        pytest.skip(f"{room}: this checkout has no links (git's core.symlinks is off); none needed")
    assert link.readlink() == PACKAGE / room
    assert (link / "__init__.py").is_file()


def test_git_holds_every_link_and_no_file_behind_one(project_files: list[Path]) -> None:
    at_top = {path.parts[0] for path in project_files if len(path.parts) > 1}
    assert not at_top & set(ROOMS)
    assert {Path(room) for room in ROOMS} <= set(project_files)


@pytest.fixture(scope="module")
def wheel(project_files: list[Path], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build from a copy: setuptools leaves a build folder behind, whose stale files would ship."""
    place = tmp_path_factory.mktemp("wheel")
    for path in project_files:
        if path.parts[0] in ("src", "pyproject.toml", "README.md", "LICENSE"):
            (place / path).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / path, place / path)
    junk = place / PACKAGE / "__pycache__/errors.cpython-311.pyc"
    junk.parent.mkdir(exist_ok=True)
    junk.write_bytes(b"left behind by a run")
    _run("-m", "build", "--wheel", "--no-isolation", "--outdir", place / "dist", place)
    (built,) = (place / "dist").glob("*.whl")
    return built


def test_the_wheel_holds_every_file_of_the_package_and_no_other(
    wheel: Path, project_files: list[Path]
) -> None:
    inside = [path for path in project_files if path.is_relative_to(PACKAGE)]
    package = {path.relative_to("src").as_posix() for path in inside}
    held = {name for name in zipfile.ZipFile(wheel).namelist() if ".dist-info/" not in name}
    assert held == package


def test_the_wheel_brings_one_top_level_name(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        tops = {name.split("/")[0] for name in archive.namelist()}
        (info,) = {top for top in tops if top.endswith(".dist-info")}
        assert tops == {"heuresis", info}
        assert archive.read(f"{info}/top_level.txt").decode().split() == ["heuresis"]
        assert b"Apache License" in archive.read(f"{info}/licenses/LICENSE")


def test_the_wheel_works_where_it_is_installed(wheel: Path, tmp_path: Path) -> None:
    _run("-m", "pip", "install", "--quiet", "--no-deps", "--target", tmp_path, wheel)
    code = f"import sys; sys.path.insert(0, {str(tmp_path)!r}); import heuresis, heuresis.contract"
    out = _run("-c", f"{code}; print(heuresis.contract.__file__, heuresis.__version__)")
    place, version = out.split()
    assert Path(place) == tmp_path / "heuresis/contract.py"
    assert version == _pyproject()["project"]["version"]


def test_the_lock_pins_all_that_the_extras_name() -> None:
    pins = _pins()
    project = _pyproject()["project"]
    extras = project["optional-dependencies"].values()
    wanted = [Requirement(text) for texts in (project["dependencies"], *extras) for text in texts]
    named = [wish for wish in wanted if wish.name != "heuresis"]
    unmet = [str(w) for w in named if not _is_met(w, pins.get(canonicalize_name(w.name), []))]
    assert not unmet, f"requirements.lock does not fit, run `make lock`: {unmet}"


def test_the_lock_names_releases_that_everyone_can_get() -> None:
    rows = (ROOT / "requirements.lock").read_text().splitlines()
    form = re.compile(r'[a-z0-9-]+==[0-9a-z.]+(; python_version == "3\.\d+")?')
    odd = [row for row in rows if not row.startswith("#") and not form.fullmatch(row)]
    assert not odd


def _pyproject() -> dict[str, Any]:
    return tomllib.loads((ROOT / "pyproject.toml").read_text())


def _pins() -> dict[str, list[str]]:
    rows = re.findall(r"^([\w-]+)==([^\s;]+)", (ROOT / "requirements.lock").read_text(), re.M)
    pins: dict[str, list[str]] = {}
    for name, version in rows:
        pins.setdefault(name, []).append(version)
    return pins


def _is_met(wish: Requirement, versions: list[str]) -> bool:
    return bool(versions) and all(wish.specifier.contains(version) for version in versions)


def _run(*args: str | Path) -> str:
    done = subprocess.run([sys.executable, *args], capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"{args}: {done.stdout[-2000:]}{done.stderr[-2000:]}"
    return done.stdout
