"""A document enters once, whole or not at all, whoever brings it and whatever dies."""

import os
import subprocess
import sys
import time
from pathlib import Path

import papers
import pytest

from heuresis.agent.documents.entering import enter_file, looks_like_document
from heuresis.errors import RequestError
from heuresis.memory import documents
from heuresis.memory.ledger import Ledger
from heuresis.memory.originals import originals_among
from heuresis.serving.context import Context
from heuresis.serving.lab import Lab
from heuresis.settings import Settings

DRIVER = Path(__file__).with_name("enter_one.py")


@pytest.fixture
def paper(tmp_path: Path) -> Path:
    place = tmp_path / "Janine Doe.pdf"
    place.write_bytes(papers.pdf([papers.ABSTRACT, papers.METHODS]))
    return place


def started(home: Path, file: Path, start: str = "", fault: str = "") -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, str(DRIVER), str(home), str(file), start],
        stdout=subprocess.PIPE, text=True, env={**os.environ, "HEURESIS_FAULT": fault},
    )  # fmt: skip


def test_a_file_is_read_kept_and_marked_as_an_original(lab: Lab, paper: Path) -> None:
    entered = enter_file(lab, paper, Context(origin="test"))
    assert entered.is_new
    found = entered.document
    assert lab.vault.get(found.digest) == paper.read_bytes()
    assert found.digest in originals_among(lab.ledger, [found.digest])
    assert not enter_file(lab, paper, Context()).is_new
    assert lab.ledger.file is not None
    assert b"Janine" not in lab.ledger.file.read_bytes()


def test_what_cannot_be_read_leaves_nothing_behind(lab: Lab, tmp_path: Path) -> None:
    torn = tmp_path / "torn.pdf"
    torn.write_bytes(papers.pdf([papers.ABSTRACT])[:-100])
    with pytest.raises(RequestError, match=r"torn.pdf'.*cut off"):
        enter_file(lab, torn, Context())
    with pytest.raises(RequestError, match="cannot be read: No such file"):
        enter_file(lab, tmp_path / "gone.pdf", Context())
    with pytest.raises(RequestError, match="no regular file"):
        enter_file(lab, tmp_path, Context())
    assert documents.list_documents(lab.ledger) == []
    vault = tmp_path / "home" / "vault"
    assert not vault.exists() or not any(vault.rglob("*"))


def test_two_processes_that_bring_the_same_file_make_one_document(
    tmp_path: Path, paper: Path
) -> None:
    home, start = tmp_path / "home", tmp_path / "start"
    Ledger(Settings(home=home).ledger).close()
    both = [started(home, paper, str(start)) for _ in range(2)]
    until = time.monotonic() + 60
    while len(list(tmp_path.glob("start.*"))) < 2 and time.monotonic() < until:
        time.sleep(0.01)
    start.touch()
    ids = {process.communicate(timeout=60)[0].strip() for process in both}
    assert len(ids) == 1
    ledger = Ledger(Settings(home=home).ledger)
    [view] = documents.list_documents(ledger)
    assert ids == {view.id}
    assert len(documents.passages_of(ledger, [view.id])) == 2
    ledger.close()


@pytest.mark.parametrize("point", ["document.kept", "document.entered"])
def test_a_process_killed_while_it_enters_a_file_leaves_all_of_it_or_nothing(
    tmp_path: Path, paper: Path, point: str
) -> None:
    home = tmp_path / "home"
    killed = started(home, paper, fault=f"{point}:1")
    killed.communicate(timeout=60)
    assert killed.returncode == -9
    ledger = Ledger(Settings(home=home).ledger)
    assert len(documents.list_documents(ledger)) == (point == "document.entered")
    again = started(home, paper)
    again.communicate(timeout=60)
    [view] = documents.list_documents(ledger)
    assert len(documents.passages_of(ledger, [view.id])) == 2
    ledger.close()


def test_pictures_and_folders_are_left_to_their_own_reader(tmp_path: Path, paper: Path) -> None:
    picture = tmp_path / "scan.png"
    picture.write_bytes(b"\x89PNG\r\n\x1a\n")
    renamed = tmp_path / "no suffix"
    renamed.write_bytes(paper.read_bytes())
    assert looks_like_document(paper)
    assert looks_like_document(renamed)
    assert not looks_like_document(picture)
    assert not looks_like_document(tmp_path)
    assert not looks_like_document(tmp_path / "gone.csv")
