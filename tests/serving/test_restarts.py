"""PostgreSQL is stopped, killed and started again between calls and during them."""

import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from fixtures_lab import Job, MakeLab, rows
from fixtures_postgres import Server

from heuresis.errors import ServiceError
from heuresis.memory import ledger as ledger_module
from heuresis.memory.ledger import AwayError, Ledger

Executions = Callable[[], list[int]]


@pytest.fixture
def store(empty_ledger: str, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setenv("HEURESIS_LEDGER_URL", empty_ledger)
    return "postgresql"


@pytest.mark.parametrize("mode", ["fast", "immediate"])
def test_a_restart_between_calls_is_not_noticed(
    make_lab: MakeLab, postgres: Server, executions: Executions, mode: str
) -> None:
    lab = make_lab()
    first = lab.run("test.echo", {"number": 1})
    postgres.restart(mode)
    again = lab.run("test.echo", {"number": 1})
    assert (again.run_id, again.cached) == (first.run_id, True)
    assert lab.run("test.echo", {"number": 2}).status == "ok"
    assert executions() == [1, 2]


def test_a_server_that_is_away_for_a_while_is_waited_for(
    make_lab: MakeLab, postgres: Server
) -> None:
    lab = make_lab()
    lab.run("test.echo", {"number": 1})
    postgres.stop()
    back = threading.Timer(1.0, postgres.start)
    back.start()
    started = time.monotonic()
    assert lab.run("test.echo", {"number": 2}).status == "ok"
    assert time.monotonic() - started >= 0.9
    back.join()


def test_crashes_of_the_server_during_calls_lose_and_repeat_nothing_recorded(
    home: Path, postgres: Server, executions: Executions
) -> None:
    """Every number is executed once, and every batch is answered."""
    numbers = list(range(1, 401))
    batches = [[{"number": n} for n in numbers[at : at + 5]] for at in range(0, len(numbers), 5)]
    start = home.parent / "start"
    job = Job(home, batches, start=start)
    while not job.ready or not job.ready.exists():
        assert job.process.poll() is None, job.process.communicate()
        time.sleep(0.01)
    start.touch()
    n_crashes = 0
    while job.process.poll() is None and n_crashes < 4:
        time.sleep(0.1)
        if executions():
            postgres.restart("immediate")
            n_crashes += 1
    outcomes = job.outcomes()
    assert n_crashes >= 2, "it was over before the server could crash"
    assert [status for status, *_ in outcomes] == ["ok"] * len(numbers)
    assert executions() == numbers


def test_a_transaction_that_a_crash_cuts_off_did_not_land_and_may_be_done_again(
    make_lab: MakeLab, postgres: Server
) -> None:
    ledger = make_lab().ledger
    statement = "INSERT INTO source VALUES ('a', 'n', '1', 'd', 'unknown', 'now')"
    with pytest.raises(AwayError, match="see that PostgreSQL runs") as caught:
        with ledger.write() as connection:
            connection.exec_driver_sql(statement)
            postgres.restart("immediate")
            connection.exec_driver_sql("SELECT 1")
    assert caught.value.transient
    assert rows(ledger, "source") == []


def test_a_server_that_stays_away_is_an_error_that_may_pass(
    make_lab: MakeLab, postgres: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ledger_module, "PATIENCE_S", 0.3)
    lab = make_lab()
    postgres.stop()
    try:
        with pytest.raises(ServiceError, match="see that PostgreSQL runs") as caught:
            lab.run("test.echo", {"number": 1})
    finally:
        postgres.start()
    assert caught.value.transient
    assert lab.run("test.echo", {"number": 1}).status == "ok"


def test_a_database_that_sorts_by_a_language_is_refused_with_the_statement_that_helps(
    postgres: Server,
) -> None:
    postgres.say(
        "CREATE DATABASE german TEMPLATE template0 LOCALE_PROVIDER icu ICU_LOCALE 'de-DE' "
        "LOCALE 'C.UTF-8'"
    )
    try:
        with pytest.raises(ServiceError, match="allowed: UTF8 with 'C'.*CREATE DATABASE heuresis"):
            Ledger(postgres.url("german"))
    finally:
        postgres.drop("german")
