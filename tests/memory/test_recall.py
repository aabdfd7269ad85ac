"""Recall: found by meaning, true to the ledger, rebuilt from it, and patient with its disk."""

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from filelock import FileLock
from fixtures_lab import rows

from heuresis.errors import ServiceError
from heuresis.memory import claims, embedder
from heuresis.memory.claims import ClaimTest, NewClaim
from heuresis.memory.recall import Recall
from heuresis.serving.lab import Lab

SENTENCES = {
    "soluble": "Caffeine is readily soluble in water at room temperature.",
    "stiff": "Rutile-type oxides have a high bulk modulus.",
    "toxic": "This compound blocks the hERG potassium channel of the heart.",
}


@pytest.fixture
def recall(lab: Lab, home: Path) -> Recall:
    return Recall(lab.ledger, str(home / "recall"))


@pytest.fixture
def known(lab: Lab, recall: Recall) -> Iterator[dict[str, str]]:
    """Three indexed claims by name."""
    known = {name: state(lab, text) for name, text in SENTENCES.items()}
    recall.drain()
    yield known


def state(lab: Lab, text: str, test: ClaimTest | None = None) -> str:
    return claims.state(
        lab.ledger,
        NewClaim(text=text, subject="s", predicate="p", data_kind="text", domain="chemistry",
                 author="test", test=test),
    )  # fmt: skip


def nearest(recall: Recall, query: str, **how: Any) -> str:
    return recall.search(query, **how)[0].ref


# --- the embedder ---


def test_vectors_have_length_one_and_batches_change_nothing() -> None:
    texts = ["water", "a much longer sentence about the modulus of an oxide", ""]
    together = embedder.embed(texts)
    assert [len(vector) for vector in together] == [embedder.DIMENSIONS] * 3
    for text, vector in zip(texts, together, strict=True):
        assert sum(x * x for x in vector) == pytest.approx(1, abs=1e-5)
        assert embedder.embed([text])[0] == pytest.approx(vector, abs=1e-5)


def test_nothing_has_no_vectors() -> None:
    assert embedder.embed([]) == []


# --- indexing ---


def test_runs_wait_in_the_outbox_and_are_found_by_meaning(lab: Lab, recall: Recall) -> None:
    outcome = lab.run("test.echo", {"number": 21})
    lab.run("test.odd", {"number": 1, "words": "an elephant"})
    state(lab, SENTENCES["stiff"])
    assert (recall.backlog(), len(rows(lab.ledger, "outbox"))) == (3, 3)
    assert recall.drain() == 3
    assert (recall.backlog(), recall.drain()) == (0, 0)
    (hit, *_) = recall.search("doubling of a number by echo", kind="run")
    assert (hit.ref, hit.kind, hit.facts) == (
        outcome.run_id, "run", {"tool": "test.echo", "status": "ok"},
    )  # fmt: skip


def test_what_failed_is_found_too_and_says_so(lab: Lab, recall: Recall) -> None:
    lab.run("test.echo", {"number": -13})
    recall.drain()
    (hit,) = recall.search("bad luck")
    assert hit.facts["status"] == "failed"
    assert "bad luck" in hit.text


@pytest.mark.parametrize(
    ("query", "name"),
    [
        ("dissolves in water", "soluble"),
        ("hard to compress", "stiff"),
        ("cardiac side effects", "toxic"),
    ],
)
def test_claims_are_found_by_meaning(
    recall: Recall, known: dict[str, str], query: str, name: str
) -> None:
    assert nearest(recall, query) == known[name]


def test_hits_come_nearest_first_and_as_many_as_asked(
    recall: Recall, known: dict[str, str]
) -> None:
    hits = recall.search("dissolves in water", n=2)
    assert len(hits) == 2
    assert hits[0].distance < hits[1].distance
    assert len(recall.search("dissolves in water", n=50)) == len(known)
    assert recall.search("dissolves in water", kind="run") == []


def test_a_refuted_claim_is_shown_as_refuted_without_a_new_index(lab: Lab, recall: Recall) -> None:
    test = ClaimTest(tool="test.echo", request_holds='"number":50', path="double", sign="<",
                     threshold=10, unit="1")  # fmt: skip
    claim_id = state(lab, "Doubles stay below ten.", test)
    recall.drain()
    assert recall.search("small doubles", kind="claim")[0].facts["status"] == "proposed"
    lab.run("test.echo", {"number": 50})
    (hit,) = recall.search("small doubles", kind="claim")
    assert (hit.ref, hit.facts["status"]) == (claim_id, "refuted")


def test_what_the_ledger_does_not_know_is_not_told(
    lab: Lab, recall: Recall, known: dict[str, str]
) -> None:
    """As when an older copy of the ledger was put back."""
    from sqlalchemy import text

    with lab.ledger.write() as connection:
        connection.execute(text("DELETE FROM outbox WHERE ref = :ref"), {"ref": known["stiff"]})
    assert {hit.ref for hit in recall.search("hard")} == {known["soluble"], known["toxic"]}


def test_a_search_before_anything_is_known_finds_nothing(recall: Recall) -> None:
    assert recall.search("anything") == []
    assert recall.drain() == 0
    assert recall.search("anything") == []


def test_more_than_a_batch_is_indexed_and_progress_is_told(
    lab: Lab, recall: Recall, monkeypatch: pytest.MonkeyPatch
) -> None:
    from heuresis.memory import recall as module

    monkeypatch.setattr(module, "BATCH", 4)
    lab.run_many("test.echo", [{"number": n} for n in range(1, 11)])
    told: list[int] = []
    assert recall.drain(told.append) == 10
    assert told == [4, 4, 2]


# --- rebuilding ---


def damage_nothing(folder: Path) -> None:
    pass


def delete(folder: Path) -> None:
    shutil.rmtree(folder)


def delete_pointer(folder: Path) -> None:
    (folder / "current").unlink()


def overwrite(folder: Path) -> None:
    for file in folder.rglob("chroma.sqlite3*"):
        file.write_bytes(b"no database" * 999)


def truncate(folder: Path) -> None:
    for file in folder.rglob("chroma.sqlite3"):
        os.truncate(file, file.stat().st_size // 3)


def spoil_vectors(folder: Path) -> None:
    for file in folder.rglob("*.bin"):
        file.write_bytes(b"z" * 10)


def replace_by_file(folder: Path) -> None:
    shutil.rmtree(folder)
    folder.write_text("not a folder")


DAMAGES = [
    damage_nothing, delete, delete_pointer, overwrite, truncate, spoil_vectors, replace_by_file,
]  # fmt: skip


@pytest.mark.parametrize("damage", DAMAGES)
def test_whatever_happened_to_the_folder_reindex_repairs_it(
    lab: Lab, recall: Recall, known: dict[str, str], home: Path, damage: Callable[[Path], None]
) -> None:
    """In the process that holds the index open, too."""
    damage(home / "recall")
    other = Recall(lab.ledger, str(home / "recall"))
    assert other.reindex() == len(known)
    for one in (other, recall):
        assert nearest(one, "dissolves in water") == known["soluble"]
    state(lab, "Benzene is aromatic.")
    assert recall.drain() == 1
    assert len(other.search("chemistry")) == 4


SEARCH = """
import sys
from heuresis.errors import ServiceError
from heuresis.memory.ledger import Ledger
from heuresis.memory.recall import Recall
recall = Recall(Ledger(sys.argv[1]), sys.argv[2])
try:
    print([hit.ref for hit in recall.search("dissolves in water")])
except ServiceError as error:
    print("ServiceError", error)
"""


@pytest.mark.parametrize("damage", [delete, overwrite, truncate, replace_by_file])
def test_a_new_process_says_what_is_wrong_with_the_folder_and_the_fix(
    lab: Lab, known: dict[str, str], home: Path, damage: Callable[[Path], None]
) -> None:
    damage(home / "recall")
    done = subprocess.run(
        [sys.executable, "-c", SEARCH, lab.ledger.url, str(home / "recall")],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert "ServiceError recall" in done.stdout, done
    assert "`heuresis memory reindex` rebuilds it" in done.stdout


def test_a_lost_index_heals_with_the_next_drain(
    lab: Lab, recall: Recall, known: dict[str, str], home: Path
) -> None:
    delete(home / "recall")
    with pytest.raises(ServiceError, match="the index is gone; `heuresis memory reindex`"):
        recall.search("anything")
    assert recall.drain() == len(known)
    assert nearest(recall, "dissolves in water") == known["soluble"]


def test_only_one_folder_is_kept(recall: Recall, known: dict[str, str], home: Path) -> None:
    for _ in range(3):
        recall.reindex()
    folders = [path for path in (home / "recall").iterdir() if path.is_dir()]
    assert len(folders) == 1


def test_a_place_that_cannot_be_written_is_named_with_the_fix(lab: Lab, tmp_path: Path) -> None:
    (tmp_path / "wall").write_text("")
    lab.run("test.echo", {"number": 1})
    recall = Recall(lab.ledger, str(tmp_path / "wall/recall"))
    with pytest.raises(ServiceError, match="recall .*set HEURESIS_RECALL_URL"):
        recall.drain()
    assert recall.backlog() == 1


def test_an_index_that_fails_does_not_touch_the_run(lab: Lab, recall: Recall, home: Path) -> None:
    home.mkdir(exist_ok=True)
    home.joinpath("recall").write_text("not a folder")
    assert lab.run("test.echo", {"number": 1}).status == "ok"


# --- several processes ---

DRAIN = """
import sys, time
from pathlib import Path
from heuresis.memory.ledger import Ledger
from heuresis.memory.recall import Recall
recall = Recall(Ledger(sys.argv[1]), sys.argv[2])
def hold(n):
    Path(sys.argv[3]).touch()
    while not Path(sys.argv[4]).exists():
        time.sleep(0.01)
print(recall.drain(hold))
"""


def test_of_two_processes_that_drain_one_gives_way_and_readers_see_both(
    lab: Lab, recall: Recall, known: dict[str, str], home: Path, tmp_path: Path
) -> None:
    state(lab, "Benzene is aromatic.")
    busy, done = tmp_path / "busy", tmp_path / "done"
    other = subprocess.Popen(
        [sys.executable, "-c", DRAIN, lab.ledger.url, str(home / "recall"), str(busy), str(done)],
        stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    while not busy.exists():
        assert other.poll() is None
        time.sleep(0.02)
    new = state(lab, "Salt is made of sodium and chlorine.")
    assert recall.drain() == 0
    done.touch()
    out, _ = other.communicate(timeout=60)
    assert int(out) == 2
    assert recall.backlog() == 0
    assert nearest(recall, "what table salt consists of") == new
    assert len(recall.search("chemistry")) == 5


def test_who_cannot_take_the_lock_does_nothing(lab: Lab, recall: Recall, home: Path) -> None:
    lab.run("test.echo", {"number": 1})
    with FileLock(home / "recall.lock"):
        assert recall.drain() == 0
    assert recall.backlog() == 1
