"""A shard is committed once, together with its file, whoever else is at it."""

from pathlib import Path

import pytest

from heuresis.memory.ledger import Ledger
from heuresis.memory.library import commit_shard, note_plan, shards_of

ROW = {
    "digest": "s" * 64, "plan_digest": "p" * 64, "n_records": 3, "n_kept": 1, "n_stored": 1,
    "failures": "{}", "file_digest": "f" * 64, "folder": "out", "seconds": 0.1, "code_version": "1",
}  # fmt: skip


@pytest.fixture
def shard_ledger(tmp_path: Path) -> Ledger:
    ledger = Ledger(f"sqlite:///{tmp_path / 'ledger.sqlite3'}")
    note_plan(ledger, "p" * 64, "{}")
    note_plan(ledger, "p" * 64, "{}")
    return ledger


def test_only_the_first_puts_its_file_in_place(shard_ledger: Ledger) -> None:
    placed: list[str] = []
    assert commit_shard(shard_ledger, ROW, [], lambda: placed.append("first"))
    assert not commit_shard(shard_ledger, ROW, [], lambda: placed.append("second"))
    assert placed == ["first"]
    assert list(shards_of(shard_ledger, "p" * 64)) == ["s" * 64]


def test_a_file_that_cannot_be_placed_leaves_no_row(shard_ledger: Ledger) -> None:
    def full() -> None:
        raise OSError(28, "No space left on device")

    with pytest.raises(OSError, match="No space"):
        commit_shard(shard_ledger, ROW, [], full)
    assert shards_of(shard_ledger, "p" * 64) == {}


def test_a_lost_file_is_replaced_once_and_counted(shard_ledger: Ledger) -> None:
    commit_shard(shard_ledger, ROW, [], lambda: None)
    again = {**ROW, "file_digest": "g" * 64}
    assert commit_shard(shard_ledger, again, [], lambda: None, lost="f" * 64)
    assert not commit_shard(shard_ledger, again, [], lambda: None, lost="f" * 64)
    row = shards_of(shard_ledger, "p" * 64)["s" * 64]
    assert (row.attempt, row.file_digest) == (2, "g" * 64)
