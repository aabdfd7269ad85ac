"""`heuresis screen`: killed, run twice at once, on a full disk; and what a person reads."""

import json
import os
import resource
import subprocess
from pathlib import Path
from random import Random
from typing import Any

import pytest
from sqlalchemy import select

from heuresis.memory.ledger import Ledger
from heuresis.memory.library import SHARD
from heuresis.settings import Settings

MOLECULES = [f"{'C' * n}O m{n}" for n in range(1, 31)]
ASK = ("--tools", "molecule.describe", "--keep", "average_mass < 200 Da", "--alone", "--shard", "5")


@pytest.fixture
def library(tmp_path: Path) -> Path:
    place = tmp_path / "library.smi"
    place.write_text("\n".join(MOLECULES))
    return place


def shard_rows(home: Path) -> list[dict[str, Any]]:
    ledger = Ledger(Settings(home=home).ledger)
    try:
        with ledger.read() as connection:
            return [dict(row) for row in connection.execute(select(SHARD)).mappings()]
    finally:
        ledger.close()


def shards(out: Path) -> dict[str, bytes]:
    return {file.name: file.read_bytes() for file in (out / "shards").iterdir()}


def test_a_person_reads_counts_places_and_the_best_with_their_runs(
    run: Any, library: Path, tmp_path: Path
) -> None:
    more = ("--top", "2", "--by", "log_p", "--columns", "tpsa", "--out", str(tmp_path / "out"))
    told = run("screen", str(library), *ASK, *more)
    assert told.code == 0
    assert "records          30" in told.out
    assert "one process, as asked" in told.err
    assert "molecule.describe.tpsa" in told.out
    found = run("screen", str(library), *ASK, *more, "--json").json()
    assert (found["kept"], found["stored"], found["shards_known"]) == (12, 6, 6)
    assert found == {**json.loads((tmp_path / "out/report.json").read_text())}
    (first, _) = found["best"]
    shown = run("memory", "show", first["runs"]["molecule.describe"], "--json").json()
    quoted = first["numbers"]["molecule.describe.log_p"]
    assert str(quoted) in json.dumps(shown)


def test_nothing_kept_is_empty_and_a_mistake_is_told(
    run: Any, library: Path, tmp_path: Path
) -> None:
    out = ("--out", str(tmp_path / "out"))
    ask = ("--tools", "molecule.describe", "--alone", *out)
    assert run("screen", str(library), *ask, "--keep", "average_mass < 1").code == 4
    wrong = run("screen", str(library), *ask, "--keep", "average_mass < 1 m")
    assert (wrong.code, "allowed: Da" in wrong.err) == (2, True)
    gone = run("screen", str(tmp_path / "gone.smi"), *ask)
    assert (gone.code, "No such file" in gone.err) == (2, True)


def test_a_small_library_needs_no_ray(run: Any, library: Path, tmp_path: Path) -> None:
    ask = ("--tools", "molecule.describe", "--keep", "average_mass < 200", "--out")
    told = run("screen", str(library), *ask, str(tmp_path / "out"))
    assert (told.code, "one process: at most one shard needs work" in told.err) == (0, True)


@pytest.mark.parametrize("point", ["screen.1", "screen.2", "screen.3"])
def test_killed_at_any_point_it_goes_on_without_repeating_what_was_done(
    run: Any, run_alone: Any, library: Path, tmp_path: Path, home: Path, point: str
) -> None:
    out, whole = tmp_path / "out", tmp_path / "whole"
    ask = ("screen", str(library), *ASK, "--out")
    killed = run_alone(*ask, str(out), HEURESIS_FAULT=f"{point}:3")
    assert killed.code == -9
    before = shard_rows(home)
    assert len(before) == (3 if point == "screen.3" else 2)
    found = run(*ask, str(out), "--json").json()
    assert (found["shards"], found["shards_known"], found["shards_left"]) == (6, len(before), 0)
    after = shard_rows(home)
    assert after[: len(before)] == before
    assert {row["attempt"] for row in after} == {1}
    assert run(*ask, str(whole), "--home", str(tmp_path / "other"), "--json").code == 0
    assert shards(out) == shards(whole)


def test_two_processes_on_one_library_commit_every_shard_once(
    begin: Any, library: Path, tmp_path: Path, home: Path
) -> None:
    command = ("screen", str(library), *ASK, "--out", str(tmp_path / "out"), "--json")
    both = [begin(*command) for _ in range(2)]
    ended = [process.communicate(timeout=60) for process in both]
    assert [process.returncode for process in both] == [0, 0], ended
    one, two = (json.loads(out) for out, _ in ended)
    assert [(each["records"], each["kept"]) for each in (one, two)] == [(30, 12)] * 2
    found = shard_rows(home)
    assert (len(found), {row["attempt"] for row in found}) == (6, {1})
    assert len(shards(tmp_path / "out")) == 6


def test_a_full_disk_leaves_no_row_and_the_same_command_goes_on(
    run: Any, program: list[str], tmp_path: Path, home: Path
) -> None:
    random, place = Random(0), tmp_path / "library.smi"
    long = [f"{one} {random.randbytes(500_000).hex()}" for one in MOLECULES[5:10]]
    place.write_text("\n".join([*MOLECULES[:5], *long]))
    command = ["screen", str(place), *ASK, "--out", str(tmp_path / "out")]
    assert run("memory", "check").code == 0  # the ledger is made, and small
    limit = 450_000 + max(file.stat().st_size for file in home.rglob("*") if file.is_file())

    def small() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))

    full = subprocess.run(
        [*program, *command], preexec_fn=small, capture_output=True, text=True, check=False,
        env={**os.environ}, timeout=60,
    )  # fmt: skip
    assert (full.returncode, "cannot write: File too large; free some" in full.stderr) == (1, True)
    assert len(shard_rows(home)) == 1
    assert [*shards(tmp_path / "out")] == [f"{shard_rows(home)[0]['digest']}.parquet"]
    found = run(*command, "--json").json()
    assert (found["shards"], found["shards_known"], found["records"]) == (2, 1, 10)
