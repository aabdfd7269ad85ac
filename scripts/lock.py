"""Renew requirements.lock: resolve the extras with every Python at hand, pin what comes out.

`python3 scripts/lock.py` keeps the pins there are and adds or drops what pyproject.toml changed;
names after it are moved to their newest release, and `all` moves everything. Only metadata is
fetched. It needs all of python3.11, 3.12 and 3.13; LOCK_PYTHONS says where they are.
"""

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
LOCK = ROOT / "requirements.lock"
PYTHONS = ("python3.11", "python3.12", "python3.13")
ALSO = "pip"  # not asked for by any package, yet set-up installs it
HEAD = """\
# Every package the extras need, with what those need in turn. Used as constraints:
#   pip install --constraint requirements.lock --editable ".[all,dev]"
# Written by `make lock`; do not edit. Reasons for pins stand in pyproject.toml.
# Resolved with Python {versions}. The nvidia, cuda and triton lines hold only where
# pip takes the CUDA build of torch (Linux, unless another place of wheels is configured).
"""


def pins_in(text: str) -> dict[str, str]:
    """Return version by name; lines with a marker are left out, to be resolved anew."""
    rows = re.findall(r"^([a-z0-9-]+)==([^\s;]+)$", text, flags=re.MULTILINE)
    return dict(rows)


def resolve(python: str, pins: dict[str, str]) -> tuple[str, dict[str, str]]:
    """Return the Python's version, and version by name of all that would be installed with it."""
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        source = place / "source"
        source.mkdir()
        for name in ("pyproject.toml", "README.md", "LICENSE"):
            shutil.copy(ROOT / name, source)
        (source / "src/heuresis").mkdir(parents=True)
        limits = str(place / "limits.txt")
        Path(limits).write_text("".join(f"{name}=={version}\n" for name, version in pins.items()))
        subprocess.run([python, "-m", "venv", place / "venv"], check=True)
        pip = [str(place / "venv/bin/python"), "-m", "pip", "--disable-pip-version-check"]
        subprocess.run([*pip, "install", "--quiet", "--upgrade", "pip", "-c", limits], check=True)
        report = str(place / "report.json")
        wanted = [f"{source}[all,dev]", ALSO]
        how = ["--dry-run", "--ignore-installed", "--quiet", "--report", report, "-c", limits]
        subprocess.run([*pip, "install", *how, *wanted], check=True)
        found = json.loads(Path(report).read_text())
    packages = [row["metadata"] for row in found["install"]]
    # '2.13.0+cpu' is what one machine's wheels are called, '2.13.0' is what everyone has.
    exact = {_plain(row["name"]): row["version"].partition("+")[0] for row in packages}
    del exact["heuresis"]
    return found["environment"]["python_version"], exact


def write(resolved: dict[str, dict[str, str]]) -> str:
    """Join the results of all Pythons; a marker stands only where they differ."""
    lines = []
    for name in sorted(set().union(*resolved.values())):
        by_python = {python: pins[name] for python, pins in resolved.items() if name in pins}
        if len(set(by_python.values())) == 1:
            lines.append(f"{name}=={next(iter(by_python.values()))}")
        else:
            lines += [f'{name}=={v}; python_version == "{p}"' for p, v in by_python.items()]
    return HEAD.format(versions=", ".join(resolved)) + "\n".join(lines) + "\n"


def _plain(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def _runs(python: str) -> bool:
    if not shutil.which(python):
        return False
    done = subprocess.run([python, "--version"], check=False, capture_output=True)
    return done.returncode == 0


def main(upgrade: list[str]) -> None:
    """Resolve, compare, write."""
    old = LOCK.read_text() if LOCK.is_file() else ""
    moved = {_plain(name) for name in upgrade}
    kept = {} if "all" in moved else {k: v for k, v in pins_in(old).items() if k not in moved}
    pythons = os.environ.get("LOCK_PYTHONS", " ".join(PYTHONS)).split()
    absent = [python for python in pythons if not _runs(python)]
    if absent:  # fewer would silently drop the pins that only those Pythons need
        sys.exit(f"lock: {', '.join(absent)} does not run; say in LOCK_PYTHONS where all three are")
    resolved = {}
    for python in pythons:
        print(f"lock: resolving with {python}", file=sys.stderr)
        version, pins = resolve(python, kept)
        resolved[version] = pins
    LOCK.write_text(write(resolved))
    before, after = pins_in(old), pins_in(LOCK.read_text())
    for name in sorted(before.keys() | after.keys()):
        if before.get(name) != after.get(name):
            print(
                f"lock: {name} {before.get(name, '-')} -> {after.get(name, '-')}", file=sys.stderr
            )


if __name__ == "__main__":
    main(sys.argv[1:])
