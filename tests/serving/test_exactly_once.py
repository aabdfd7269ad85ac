"""Processes that work on one ledger, die at the worst moment, or lie about the time."""

import gc
import signal
import socket
import threading
import time
import weakref
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from fixtures_lab import Job, MakeLab, recorded, rows
from sqlalchemy import text

from heuresis.memory import runs
from heuresis.memory.ledger import Ledger, new_id
from heuresis.memory.owners import is_alive, this_owner
from heuresis.serving.context import Context
from heuresis.serving.lab import Lab
from heuresis.serving.open_lab import open_lab
from heuresis.settings import Settings

pytestmark = pytest.mark.both_stores

Executions = Callable[[], list[int]]
EVERY_WAY = [{"number": n} for n in (1, 2, 1002, -2, -1, -3, -13, 0, 1)]
FAULTS = [f"lab.{n}:1" for n in range(1, 11)]


# --- at the same time ---


@pytest.mark.parametrize("n_processes", [2, 4])
def test_processes_that_share_a_ledger_run_every_key_once(
    home: Path, executions: Executions, n_processes: int
) -> None:
    numbers = range(1, 61)
    start = home.parent / "start"
    jobs = []
    for i in range(n_processes):
        mine = list(numbers)[i * 10 :] + list(numbers)[: i * 10]  # overlapping, not in step
        batches = [[{"number": n} for n in mine[at : at + 15]] for at in range(0, len(mine), 15)]
        jobs.append(Job(home, batches, origin=f"test:{i}", start=start))
    while not all(job.ready and job.ready.exists() for job in jobs):
        assert all(job.process.poll() is None for job in jobs), jobs[0].process.communicate()
        time.sleep(0.01)
    start.touch()
    answers = [job.outcomes() for job in jobs]
    assert {status for answer in answers for status, *_ in answer} == {"ok"}
    assert all(len(answer) == len(numbers) for answer in answers)
    assert executions() == list(numbers)


# --- killed ---


@pytest.fixture(scope="module")
def expected(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[str]]:
    """Rows after undisturbed runs."""
    found = {}
    for tool, batch in (("test.echo", EVERY_WAY), ("test.sum", [{"numbers": [3, 4]}])):
        home = tmp_path_factory.mktemp("undisturbed") / "home"
        Job(home, [batch], tool=tool, HEURESIS_LEDGER_URL="").outcomes()
        found[tool] = recorded(Ledger(f"sqlite:///{home / 'ledger.sqlite3'}"))
    return found


@pytest.mark.parametrize("fault", FAULTS)
def test_a_process_killed_anywhere_loses_and_repeats_nothing_that_was_recorded(
    home: Path, make_lab: MakeLab, expected: dict[str, list[str]], fault: str
) -> None:
    assert Job(home, [EVERY_WAY], fault=fault).dies() == signal.SIGKILL
    lab = make_lab()
    before = {row["id"] for row in rows(lab.ledger, "run") if row["ended_at"]}
    started = time.perf_counter()
    lab.run_many("test.echo", EVERY_WAY, Context(origin="test:one"))
    assert time.perf_counter() - started < 5, "a dead owner's lease was waited for"
    assert recorded(lab.ledger) == expected["test.echo"]
    assert before <= {row["id"] for row in rows(lab.ledger, "run")}
    assert all(lab.vault.has(row["digest"]) for row in rows(lab.ledger, "artifact"))


@pytest.mark.parametrize("fault", ["lab.6:1", "lab.6:2", "lab.10:1", "lab.7:2"])
def test_a_tool_that_leans_on_another_survives_the_same(
    home: Path, make_lab: MakeLab, expected: dict[str, list[str]], fault: str
) -> None:
    batch = [{"numbers": [3, 4]}]
    assert Job(home, [batch], tool="test.sum", fault=fault).dies() == signal.SIGKILL
    lab = make_lab()
    lab.run_many("test.sum", batch, Context(origin="test:one"))
    assert recorded(lab.ledger) == expected["test.sum"]


def test_a_run_recorded_before_the_kill_is_not_executed_again(
    home: Path, make_lab: MakeLab, executions: Executions
) -> None:
    Job(home, [[{"number": 1}], [{"number": 2}]], fault="lab.10:1").dies()
    assert executions() == [1]
    make_lab().run_many("test.echo", [{"number": 1}, {"number": 2}], Context(origin="test:one"))
    assert executions() == [1, 2]


# --- alive, dead, elsewhere ---


def test_a_living_owner_is_waited_for_and_its_answer_is_taken(
    home: Path, make_lab: MakeLab, executions: Executions
) -> None:
    job = Job(home, [[{"number": 1}]], tool="test.slow", SLOW_S="1.5")
    _wait_until(lambda: executions() == [1])
    lab = make_lab()
    outcome = lab.run("test.slow", {"number": 1})
    assert (outcome.status, outcome.cached) == ("ok", True)
    assert outcome.run_id == job.outcomes()[0][3]
    assert executions() == [1]


def test_a_living_owner_is_waited_for_even_when_its_lease_looks_old(
    home: Path, make_lab: MakeLab, executions: Executions
) -> None:
    """As after a jump of the clock."""
    job = Job(home, [[{"number": 1}]], tool="test.slow", SLOW_S="1.5")
    _wait_until(lambda: executions() == [1])
    lab = make_lab()
    _execute(lab.ledger, "UPDATE run SET lease_until = 1")
    assert lab.run("test.slow", {"number": 1}).cached
    assert job.outcomes()[0][0] == "ok"
    assert executions() == [1]


def test_a_process_that_was_killed_is_dead_at_once(
    home: Path, make_lab: MakeLab, executions: Executions
) -> None:
    job = Job(home, [[{"number": 1}]], tool="test.slow", SLOW_S="30")
    _wait_until(lambda: executions() == [1])
    job.process.kill()
    job.process.communicate()
    lab = make_lab()
    (left,) = rows(lab.ledger, "run")
    assert (left["status"], left["lease_until"] > time.time()) == ("running", True)
    outcome = lab.run("test.slow", {"number": 1})
    assert (outcome.run_id, outcome.cached) == (left["id"], False)


@pytest.mark.parametrize("jump_s", [-1e9, 0.0, 1e9])
def test_a_false_clock_neither_kills_nor_raises_anybody_on_this_host(jump_s: float) -> None:
    clock = time.time() + jump_s
    assert is_alive(this_owner(), time.time(), clock)
    host, pid, _ = this_owner().split("|")
    assert not is_alive(f"{host}|{pid}|1", time.time() + 1e12, clock)


def test_an_owner_on_another_host_is_judged_by_its_lease() -> None:
    assert is_alive("elsewhere|1|1", 101, 100)
    assert not is_alive("elsewhere|1|1", 99, 100)


@pytest.mark.parametrize("owner", ["", "|", "here", f"{socket.gethostname()}|x|1"])
def test_an_owner_without_a_name_is_dead_when_its_lease_is(owner: str) -> None:
    assert not is_alive(owner, 99, 100)


def test_a_run_leased_on_another_host_is_taken_over_after_its_lease(lab: Lab) -> None:
    row = _lease_for(lab, "elsewhere|1|1", time.time() + 0.6)
    outcome = lab.run("test.echo", {"number": 1})
    assert time.time() > row["lease_until"]
    assert (outcome.run_id, outcome.status) == (row["id"], "ok")


def test_a_lost_lease_writes_nothing(lab: Lab) -> None:
    outcome = lab.run("test.echo", {"number": 1})
    leased = runs.lease(lab.ledger, [_row(lab, "k" * 64)], 30)
    (run_id,) = leased.mine.values()
    _execute(lab.ledger, f"UPDATE run SET owner = 'elsewhere|1|1' WHERE id = '{run_id}'")
    before = recorded(lab.ledger)
    ended = {"id": run_id, "status": "ok", "error_kind": "", "reason": "", "response": "{}",
             "ended_at": "now", "seconds": 1.0}  # fmt: skip
    told: list[list[str]] = []
    lost = runs.finish(
        lab.ledger,
        runs.Ending(
            runs=[ended],
            quantities=[{"run_id": run_id, "path": "p", "value": 1.0, "unit": "1"}],
            artifacts=[{"run_id": run_id, "path": "p", "name": "n", "media_type": "m",
                        "digest": "d", "n_bytes": 1}],
            calls=[{"origin": "o", "run_id": run_id, "cached": False, "at": "now"}],
            outbox=[{"kind": "run", "ref": run_id, "text": "t", "facts": "{}", "indexed": False}],
        ),
        lambda connection, ids: told.append(list(ids)),
    )  # fmt: skip
    assert (lost, told) == ({run_id}, [[]])
    assert recorded(lab.ledger) == before
    assert runs.get(lab.ledger, outcome.run_id) is not None


def test_leases_are_renewed_while_the_work_goes_on(
    make_lab: MakeLab, executions: Executions, home: Path
) -> None:
    job = Job(home, [[{"number": 1}]], tool="test.slow", SLOW_S="1.5", HEURESIS_LEASE_S="0.6")
    _wait_until(lambda: executions() == [1])
    lab = make_lab()
    first = rows(lab.ledger, "run")[0]["lease_until"]
    _wait_until(lambda: rows(lab.ledger, "run")[0]["lease_until"] > first)
    job.outcomes()


def test_a_lab_that_is_let_go_leaves_no_thread_and_no_open_ledger(home: Path) -> None:
    def use() -> weakref.ref[Ledger]:
        lab = open_lab(Settings(home=home))
        lab.ledger.close()
        return weakref.ref(lab.ledger)

    before = set(threading.enumerate())
    ledger = use()
    (beating,) = (
        one for one in set(threading.enumerate()) - before if one.name == "heuresis-leases"
    )
    gc.collect()
    beating.join(10)
    assert (ledger(), beating.is_alive()) == (None, False)


def test_a_lease_given_up_can_be_taken_at_once(lab: Lab) -> None:
    first = runs.lease(lab.ledger, [_row(lab, "k" * 64)], 30)
    again = runs.lease(lab.ledger, [_row(lab, "k" * 64)], 30)
    assert again.elsewhere == {"k" * 64}
    runs.release(lab.ledger, list(first.mine.values()))
    assert runs.lease(lab.ledger, [_row(lab, "k" * 64)], 30).mine


@pytest.mark.sqlite_only
def test_a_lease_that_could_not_be_given_up_is_given_up_later(lab: Lab) -> None:
    """The disk is full when the work fails, and free again a moment later."""
    got = runs.lease(lab.ledger, [_row(lab, "k" * 64)], 30)
    full = "BEGIN SELECT RAISE(FAIL, 'database or disk is full'); END"
    _execute(lab.ledger, f"CREATE TRIGGER full BEFORE DELETE ON run {full}")
    with pytest.raises(Exception, match="is full"):
        runs.release(lab.ledger, list(got.mine.values()))
    _execute(lab.ledger, "DROP TRIGGER full")
    runs.renew(lab.ledger, 30)
    assert rows(lab.ledger, "run") == []


# --- helpers ---


def _wait_until(happened: Callable[[], bool], limit_s: float = 30) -> None:
    until = time.monotonic() + limit_s
    while not happened():
        assert time.monotonic() < until, "it did not happen"
        time.sleep(0.02)


def _execute(ledger: Ledger, statement: str) -> None:
    with ledger.write() as connection:
        connection.execute(text(statement))


def _row(lab: Lab, key: str) -> dict[str, Any]:
    return {
        "id": new_id(), "key": key, "tool": "test.echo", "tool_version": "1.0.0",
        "backend": "echo", "weights_digest": "d", "request": "{}", "seed": 0, "origin": "test",
        "code_version": "0", "reason": "", "error_kind": "",
    }  # fmt: skip


def _lease_for(lab: Lab, owner: str, lease_until: float) -> dict[str, Any]:
    """Leave the row of number 1 as another process would have left it."""
    outcome = lab.run("test.echo", {"number": 1})
    _execute(lab.ledger, f"DELETE FROM quantity WHERE run_id = '{outcome.run_id}'")
    _execute(lab.ledger, f"DELETE FROM call WHERE run_id = '{outcome.run_id}'")
    _execute(
        lab.ledger,
        f"UPDATE run SET status = 'running', response = NULL, owner = '{owner}', "
        f"lease_until = {lease_until}, ended_at = NULL",
    )
    (row,) = rows(lab.ledger, "run")
    return row
