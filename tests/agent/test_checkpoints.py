"""Checkpoints on PostgreSQL: any computer goes on with what another began, and one at a time."""

import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fixtures_postgres import Server

from heuresis.agent import checkpoints
from heuresis.agent.assistant import turn
from heuresis.agent.checkpoints import ElsewhereError, saver_for
from heuresis.errors import ServiceError
from heuresis.memory import sessions
from heuresis.memory.ledger import AwayError, Ledger
from heuresis.serving.open_lab import open_lab
from heuresis.settings import Settings


@pytest.fixture
def ledger(empty_ledger: str) -> Iterator[Ledger]:
    opened = Ledger(empty_ledger)
    yield opened
    opened.close()


def tables(ledger: Ledger) -> set[str]:
    from sqlalchemy import inspect

    return {name for name in inspect(ledger.engine).get_table_names() if "checkpoint" in name}


def test_tables_are_made_once_whoever_comes_first(ledger: Ledger, settings: Settings) -> None:
    begin, failed = threading.Barrier(4), []

    def make() -> None:
        begin.wait()
        try:
            with saver_for(ledger, settings):
                pass
        except ServiceError as error:
            failed.append(error)

    threads = [threading.Thread(target=make) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failed == []
    assert tables(ledger) == {
        "checkpoints", "checkpoint_blobs", "checkpoint_writes", "checkpoint_migrations",
    }  # fmt: skip
    assert not settings.checkpoints.exists()


def test_a_graph_is_driven_by_one_at_a_time(
    ledger: Ledger, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(checkpoints, "BUSY_S", 0.2)
    with saver_for(ledger, settings, alone="first"):
        with pytest.raises(ElsewhereError, match="'first': another process drives it"):
            with saver_for(ledger, settings, alone="first"):
                pass
        with saver_for(ledger, settings, alone="second"):
            pass
    with saver_for(ledger, settings, alone="first"):
        pass


def test_a_server_that_restarts_in_the_middle_is_told_as_away(
    postgres: Server, ledger: Ledger, settings: Settings
) -> None:
    config: Any = {"configurable": {"thread_id": "x"}}
    with pytest.raises(AwayError, match="what was recorded before is safe"):
        with saver_for(ledger, settings) as saver:
            postgres.restart("immediate")
            saver.get_tuple(config)
    with saver_for(ledger, settings) as saver:
        assert saver.get_tuple(config) is None


def test_an_answer_is_found_by_a_computer_that_did_not_give_it(
    empty_ledger: str, tmp_path: Path
) -> None:
    said: list[turn.Turn] = []
    message_id = ""
    for name in ("one", "other"):
        there = Settings(home=tmp_path / name, ledger_url=empty_ledger)
        lab = open_lab(there)
        try:
            if not message_id:
                message_id = turn.say(
                    lab, sessions.open_session(lab.ledger, "test"), "good morning"
                )
            said.append(turn.answer(message_id, lab, there))
        finally:
            lab.ledger.close()
        assert not there.checkpoints.exists()
    assert said[0].text == said[1].text != ""
