"""A damaged ledger gives back what can still be read; the damaged file is never touched."""

import random
import sqlite3
from pathlib import Path

import pytest

from heuresis.errors import RequestError, ServiceError
from heuresis.memory.ledger import Ledger, now
from heuresis.memory.recover import recover
from heuresis.memory.runs import QUANTITY, RUN

N_RUNS = 2000


@pytest.fixture
def path(tmp_path: Path) -> Path:
    place = tmp_path / "ledger.sqlite3"
    ledger = Ledger(f"sqlite:///{place}")
    with ledger.write() as connection:
        connection.execute(RUN.insert(), [_run(n) for n in range(N_RUNS)])
        connection.execute(QUANTITY.insert(), [_quantity(n) for n in range(N_RUNS)])
    ledger.close()
    return place


def _run(n: int) -> dict[str, object]:
    texts = ("tool_version", "backend", "weights_digest", "origin", "code_version", "owner")
    return {**dict.fromkeys(texts, "x"), "id": f"{n:026}", "key": f"{n:064}", "attempt": 1,
            "tool": "test.echo", "request": f'{{"number": {n}}}', "seed": 0, "status": "ok",
            "reason": "", "error_kind": "", "lease_until": 0.0, "started_at": now()}  # fmt: skip


def _quantity(n: int) -> dict[str, object]:
    return {"run_id": f"{n:026}", "path": "double", "value": 2.0 * n, "unit": "1"}


def _damage(path: Path, seed: int, n_pages: int) -> bytes:
    """Overwrite some pages, but not those where tables begin: they stand first in the file."""
    data = bytearray(path.read_bytes())
    connection = sqlite3.connect(path)
    [[last_root]] = connection.execute("SELECT max(rootpage) FROM sqlite_master").fetchall()
    connection.close()
    pages = random.Random(seed).sample(range(last_root + 1, len(data) // 4096), n_pages)
    for page in pages:
        data[page * 4096 : (page + 1) * 4096] = bytes([seed + 1]) * 4096
    path.write_bytes(data)
    return bytes(data)


def _count(path: Path, table: str) -> int:
    connection = sqlite3.connect(path)
    try:
        return int(connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0])
    finally:
        connection.close()


@pytest.mark.parametrize("seed", range(4))
def test_rows_outside_the_damage_are_saved_and_the_damaged_file_stays(
    path: Path, seed: int
) -> None:
    damaged = _damage(path, seed, 6)
    found = recover(f"sqlite:///{path}")
    assert found.damaged.read_bytes() == damaged
    assert Ledger(f"sqlite:///{path}").check() is None
    counts = {one.table: one for one in found.tables}
    for table in ("run", "quantity"):
        assert counts[table].saved == _count(path, table) > N_RUNS // 2
    connection = sqlite3.connect(path)
    assert connection.execute("PRAGMA foreign_key_check").fetchall() == []
    values = connection.execute("SELECT run_id, value FROM quantity").fetchall()
    assert all(2 * int(run_id) == value for run_id, value in values)
    connection.close()


def test_a_file_cut_in_half_gives_its_first_half(path: Path) -> None:
    data = path.read_bytes()
    path.write_bytes(data[: len(data) // 2])
    recover(f"sqlite:///{path}")
    assert _count(path, "run") > 0
    assert Ledger(f"sqlite:///{path}").check() is None


def test_rows_that_are_only_in_the_log_are_saved(path: Path, tmp_path: Path) -> None:
    ledger = Ledger(f"sqlite:///{path}")
    with ledger.write() as connection:
        connection.execute(RUN.insert(), [_run(N_RUNS)])
    copy = tmp_path / "copy" / "ledger.sqlite3"
    copy.parent.mkdir()
    for end in ("", "-wal"):
        Path(f"{copy}{end}").write_bytes(Path(f"{path}{end}").read_bytes())
    ledger.close()
    log = Path(f"{copy}-wal").read_bytes()
    found = recover(f"sqlite:///{copy}", even_if_sound=True)
    assert _count(copy, "run") == N_RUNS + 1
    assert Path(f"{found.damaged}-wal").read_bytes() == log


def test_a_file_of_which_nothing_can_be_read_stays_where_it_is(path: Path) -> None:
    path.write_bytes(b"\xff" * 100_000)
    with pytest.raises(ServiceError, match="no row can be read"):
        recover(f"sqlite:///{path}")
    assert path.read_bytes() == b"\xff" * 100_000
    assert {one.name for one in path.parent.iterdir()} <= {path.name, f"{path.name}.migrate"}


def test_a_sound_absent_or_busy_ledger_is_refused(path: Path) -> None:
    with pytest.raises(RequestError, match="it is sound"):
        recover(f"sqlite:///{path}")
    with pytest.raises(RequestError, match="no such file"):
        recover(f"sqlite:///{path.parent / 'none.sqlite3'}")
    with pytest.raises(RequestError, match="allowed: an SQLite file"):
        recover("postgresql://localhost/x")
    connection = sqlite3.connect(path)
    connection.execute("SELECT 1 FROM run").fetchone()
    with pytest.raises(RequestError, match="uses it"):
        recover(f"sqlite:///{path}", even_if_sound=True)
    connection.close()
