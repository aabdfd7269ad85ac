"""The command line as a process: quick, light, quiet on closed pipes, full disks told."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
HEAVY = ("pydantic", "pydantic_settings", "sqlmodel", "sqlalchemy", "langgraph", "torch", "rdkit",
         "rich", "yaml", "numpy")  # fmt: skip


def heuresis(*args: str, **rest: object) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "heuresis", *args]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=60, **rest)


def test_the_command_line_imports_nothing_that_help_does_not_need() -> None:
    code = f"""
import sys
from heuresis.cli import cli
try:
    cli(["--help"])
except SystemExit:
    print(sorted(set(sys.modules) & set({HEAVY!r})), file=sys.stderr)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stderr.strip() == "[]"


def test_help_names_the_nouns_and_the_exit_codes() -> None:
    done = heuresis("--help")
    assert done.returncode == 0
    for word in ("tool", "campaign", "memory", "claim", "doctor", "130  interrupted"):
        assert word in done.stdout


def test_the_version_is_that_of_the_package() -> None:
    import heuresis as package

    assert heuresis("--version").stdout == f"heuresis {package.__version__}\n"


def test_an_unknown_noun_is_a_mistake() -> None:
    assert heuresis("tols").returncode == 2


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no full device")
def test_output_that_cannot_be_written_is_told() -> None:
    with Path("/dev/full").open("w") as full:
        command = [sys.executable, "-m", "heuresis", "tool", "list"]
        done = subprocess.run(command, stdout=full, stderr=subprocess.PIPE, text=True, check=False)
    assert done.returncode == 1
    assert "free some space" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_reader_that_leaves_is_no_error_to_speak_of() -> None:
    reading, writing = os.pipe()
    os.close(reading)
    command = [sys.executable, "-m", "heuresis", "tool", "list", "--json"]
    done = subprocess.run(command, stdout=writing, stderr=subprocess.PIPE, text=True, check=False)
    os.close(writing)
    assert (done.returncode, done.stderr) == (141, "")


def test_letters_that_the_terminal_lacks_are_escaped() -> None:
    env = {**os.environ, "PYTHONIOENCODING": "latin-1"}
    done = heuresis("tool", "show", "crystal.relax", env=env, encoding="latin-1")
    assert done.returncode == 0
    assert "\\u2026" in done.stdout


@pytest.mark.skipif(sys.platform == "win32", reason="no signals between processes")
def test_ctrl_c_works_after_rdkit_took_the_signal_away() -> None:
    code = """
import time
from heuresis.commands.interrupts import guard_interrupts
guard_interrupts()
from rdkit import Chem
Chem.MolFromSmiles("CCO").HasSubstructMatch(Chem.MolFromSmarts("CO"))
try:
    print("ready", flush=True)
    time.sleep(30)
except KeyboardInterrupt:
    try:
        print("interrupted", flush=True)
        time.sleep(30)
    except KeyboardInterrupt:
        print("again", flush=True)
        time.sleep(30)
"""
    process = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    for said in ("ready\n", "interrupted\n", "again\n"):
        assert process.stdout.readline() == said
        process.send_signal(signal.SIGINT)
    assert process.wait(timeout=10) == 130
    process.stdout.close()


def test_the_page_on_the_command_line_is_up_to_date() -> None:
    from heuresis.commands.reference import page

    written = (ROOT / "docs/cli.md").read_text(encoding="utf-8")
    assert written == page(), "run `python -m heuresis.commands.reference`"
