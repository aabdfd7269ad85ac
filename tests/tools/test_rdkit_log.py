"""RDKit's log is one for the whole process, and silence in it ends."""

import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from rdkit import rdBase

from heuresis.tools.rdkit_log import silent_rdkit

SOURCE = Path(__file__).parents[2] / "src"


def test_nothing_is_said_inside_and_everything_after() -> None:
    code = (
        "from rdkit import Chem\n"
        "from heuresis.tools.rdkit_log import silent_rdkit\n"
        "with silent_rdkit(): Chem.MolFromSmiles('C1CC')\n"
        "Chem.MolFromSmiles('C=1CC')"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert "C=1CC" in done.stderr
    assert "'C1CC'" not in done.stderr


def test_a_fault_inside_ends_the_silence() -> None:
    before = rdBase.LogStatus()
    with pytest.raises(ZeroDivisionError), silent_rdkit():
        _ = 1 / 0
    assert rdBase.LogStatus() == before


@contextmanager
def silence_with_one_who_left() -> Iterator[None]:
    """Silence that another thread began, and left while this one stayed."""
    is_in, may_go = threading.Event(), threading.Event()

    def stay() -> None:
        with silent_rdkit():
            is_in.set()
            may_go.wait(10)

    other = threading.Thread(target=stay)
    other.start()
    is_in.wait(10)
    with silent_rdkit():
        may_go.set()
        other.join()
        yield


def test_one_thread_that_leaves_does_not_give_another_its_voice_back() -> None:
    before = rdBase.LogStatus()
    with silence_with_one_who_left():
        assert rdBase.LogStatus() != before
    assert rdBase.LogStatus() == before


def test_a_library_cannot_keep_the_log_off_by_what_it_does_inside() -> None:
    before = rdBase.LogStatus()
    with silence_with_one_who_left():
        rdBase.DisableLog("rdApp.*")  # as openclatura does when it is imported
    assert rdBase.LogStatus() == before


def test_the_log_is_on_after_the_namer_came_in_while_another_thread_was_silent() -> None:
    code = """
import threading
from rdkit import rdBase
from heuresis.tools.molecule import name
from heuresis.tools.rdkit_log import silent_rdkit
before = rdBase.LogStatus()
is_in = threading.Event()
def stay():
    with silent_rdkit():
        is_in.set()
        threading.Event().wait(0.02)  # and leaves while the import below runs
other = threading.Thread(target=stay)
other.start()
is_in.wait()
name._namer()
other.join()
assert rdBase.LogStatus() == before, rdBase.LogStatus()
"""
    subprocess.run([sys.executable, "-c", code], check=True)


def test_no_other_way_to_silence_rdkit_is_in_the_product() -> None:
    own = SOURCE / "heuresis" / "tools" / "rdkit_log.py"
    others = [path for path in SOURCE.rglob("*.py") if path != own]
    assert [p.name for p in others if "BlockLogs" in p.read_text()] == []
