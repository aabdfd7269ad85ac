"""Recall on a Chroma server: the same answers as embedded, and plain words when it is down."""

import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from heuresis.errors import RequestError, ServiceError
from heuresis.memory import claims
from heuresis.memory import recall as index
from heuresis.memory.claims import NewClaim
from heuresis.memory.recall import Recall
from heuresis.serving.lab import Lab

START_S = 60.0
PROGRAM = Path(sys.executable).with_name("chroma")


class ChromaServer:
    """A real `chroma run` that can be killed and started again on the same data, or on none."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self._port = free.getsockname()[1]
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._port}"

    def start(self) -> None:
        self._folder.mkdir(parents=True, exist_ok=True)
        command = [str(PROGRAM), "run", "--path", str(self._folder), "--host", "127.0.0.1"]
        with (self._folder.parent / "chroma.log").open("wb") as log:
            self._process = subprocess.Popen(
                [*command, "--port", str(self._port)], stdout=log, stderr=log
            )
        until_s = time.monotonic() + START_S
        while not self._answers():
            assert self._process.poll() is None, (self._folder.parent / "chroma.log").read_text()
            assert time.monotonic() < until_s
            time.sleep(0.05)

    def kill(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.wait()

    def forget(self) -> None:
        shutil.rmtree(self._folder)

    def _answers(self) -> bool:
        with socket.socket() as knock:
            return knock.connect_ex(("127.0.0.1", self._port)) == 0


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ChromaServer]:
    if not PROGRAM.exists():
        pytest.skip("no chroma: pip install 'heuresis[recall]'")
    server = ChromaServer(tmp_path_factory.mktemp("chroma") / "data")
    server.start()
    yield server
    index._at_server(server.url)._server._session.close()  # Chroma leaves its sockets open
    server.kill()


@pytest.fixture
def recall(lab: Lab, running: ChromaServer) -> Recall:
    """An index on the server, empty at first."""
    found = Recall(lab.ledger, running.url)
    found.reindex()
    return found


def state(lab: Lab, text: str) -> str:
    return claims.state(
        lab.ledger,
        NewClaim(text=text, subject="s", predicate="p", data_kind="text", domain="chemistry",
                 author="test"),
    )  # fmt: skip


def test_what_one_process_indexes_another_finds_by_meaning(
    lab: Lab, recall: Recall, running: ChromaServer
) -> None:
    soluble = state(lab, "Caffeine is readily soluble in water at room temperature.")
    state(lab, "Rutile-type oxides have a high bulk modulus.")
    assert recall.drain() == 2
    other = Recall(lab.ledger, running.url)
    assert other.search("dissolves in water")[0].ref == soluble
    assert other.reindex() == 2
    assert recall.search("dissolves in water")[0].ref == soluble


def test_a_server_that_is_down_is_named_and_the_texts_wait_for_it(
    lab: Lab, recall: Recall, running: ChromaServer
) -> None:
    first = state(lab, "Benzene is aromatic.")
    recall.drain()
    running.kill()
    try:
        assert recall.fault() == "its server does not answer"
        assert lab.run("test.echo", {"number": 1}).status == "ok"  # what is not search goes on
        for ask in (recall.drain, lambda: recall.search("ring")):
            with pytest.raises(ServiceError, match=f"no Chroma server answers at '{running.url}'"):
                ask()
        assert recall.backlog() == 1
    finally:
        running.start()
    assert recall.fault() == ""
    assert recall.drain() == 1
    assert recall.search("ring of carbon")[0].ref == first


def test_a_server_that_lost_its_data_is_not_taken_for_one_that_knows_nothing(
    lab: Lab, recall: Recall, running: ChromaServer
) -> None:
    state(lab, "Benzene is aromatic.")
    recall.drain()
    running.kill()
    running.forget()
    running.start()
    with pytest.raises(ServiceError, match="the index is gone; `heuresis memory reindex`"):
        recall.search("ring")
    assert recall.reindex() == 1
    assert len(recall.search("ring")) == 1


def test_nothing_known_is_found_on_an_empty_server(recall: Recall) -> None:
    assert recall.search("anything") == []


def test_a_password_in_the_address_is_refused_and_not_repeated(lab: Lab) -> None:
    with pytest.raises(RequestError, match="allowed: none") as caught:
        Recall(lab.ledger, "https://me:hush@chroma:8000")
    assert "hush" not in str(caught.value)
