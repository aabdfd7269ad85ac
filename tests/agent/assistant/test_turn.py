"""A message gets one answer, whose numbers are runs', however often the process dies."""

import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from scripted_model import Reply, Says, ScriptedModel
from sqlalchemy import func, select

from heuresis.agent.assistant.turn import answer, say
from heuresis.memory import sessions
from heuresis.memory.ledger import Ledger
from heuresis.memory.runs import CALL, RUN
from heuresis.memory.sessions import MessageView
from heuresis.serving.lab import Lab
from heuresis.settings import Settings

DRIVER = Path(__file__).with_name("answer_one.py")
NODES = ("understand", "plan", "approve", "act", "check", "answer")
POINTS_OF_A_MODEL = (("reply:1", "act:1"), ("plan:1", "reply:1"), ("check:1", "answer:1"))
KILLED = -9
QUESTIONS = 3  # to the scripted model: two tools, a lie, the truth


def asked(lab: Lab, settings: Settings, *texts: str) -> list[MessageView]:
    session = sessions.open_session(lab.ledger, "test")
    turns = [answer(say(lab, session, text), lab, settings) for text in texts]
    assert {one.ending for one in turns} == {"answered"}
    return [one.message for one in turns if one.message is not None]


def test_numbers_of_an_answer_are_those_of_its_runs(lab: Lab, settings: Settings) -> None:
    [found] = asked(lab, settings, "What is the QED of CCO?")
    assert re.search(r"\{\{run:\w{26}\.qed\}\}", found.body)
    assert "0.4068" in found.facts["text"]
    assert found.facts["n_flags"] == 0
    [fill] = found.facts["fills"]
    assert fill["run_id"] in found.facts["runs"]
    assert found.facts["text"][fill["start"] :].startswith("0.4068")


def test_a_list_is_filtered_sorted_and_what_was_left_out_is_said(
    lab: Lab, settings: Settings
) -> None:
    [found] = asked(
        lab, settings, "QED of CCO, CCN and c1ccccc1O, keep those with QED over 0.42, best first"
    )
    rows = [line for line in found.facts["text"].splitlines() if line.startswith("| ")]
    assert [row.split("|")[1].strip() for row in rows[2:]] == ["c1ccccc1O"] or len(rows) == 0
    assert "Left out, qed does not fit: CCO, CCN." in found.facts["text"]


def test_what_the_rules_refuse_is_not_remembered_even_where_no_tool_was_asked(
    lab: Lab, settings: Settings
) -> None:
    [found] = asked(lab, settings, "Write me a poem about carfentanil and CCO")
    assert not found.facts["runs"]
    assert [one["label"] for one in found.facts["shown"]["shown"]] == ["CCO"]


def test_a_later_message_can_point_at_what_was_shown(lab: Lab, settings: Settings) -> None:
    _, second = asked(lab, settings, "QED of CCO and CCN", "And the TPSA of the second one?")
    assert "**CCN**" in second.facts["text"]
    assert "26.02" in second.facts["text"]


def test_a_hazard_is_refused_with_the_rule_and_nothing_more(lab: Lab, settings: Settings) -> None:
    [found] = asked(lab, settings, "QED of Cc1c(cc(cc1[N+](=O)[O-])[N+](=O)[O-])[N+](=O)[O-]")
    assert "blocked: hazard.energetic: refused" in found.facts["text"]
    assert found.facts["fills"] == []


def test_what_no_tool_can_do_is_said(lab: Lab, settings: Settings) -> None:
    [found] = asked(lab, settings, "Write me a poem about the sea")
    assert "Nothing was asked of a tool" in found.facts["text"]
    assert found.facts["runs"] == []


def test_an_answered_message_is_not_answered_twice(lab: Lab, settings: Settings) -> None:
    [found] = asked(lab, settings, "QED of CCO")
    assert found.answers_id is not None
    again = answer(found.answers_id, lab, settings)
    assert again.message == found
    assert len(sessions.messages(lab.ledger, found.session_id)) == 2


def _run(home: Path, fault: str = "", address: str = "") -> int:
    env = {**os.environ, "HEURESIS_FAULT": fault}
    command = [sys.executable, str(DRIVER), str(home), *([address] if address else [])]
    return subprocess.run(command, env=env, check=False).returncode


def _said(home: Path) -> tuple[str, int, int]:
    ledger = Ledger(Settings(home=home).ledger)
    try:
        [session] = sessions.list_sessions(ledger)
        *_, found = sessions.messages(ledger, session.id)
        with ledger.read() as connection:
            n_runs = connection.scalar(select(func.count()).select_from(RUN))
            n_calls = connection.scalar(select(func.count()).select_from(CALL))
        return str(found.facts["text"]), int(n_runs or 0), int(n_calls or 0)
    finally:
        ledger.close()


@pytest.mark.slow
def test_a_turn_killed_at_every_node_ends_as_if_never_killed(tmp_path: Path) -> None:
    undisturbed, killed = tmp_path / "one", tmp_path / "other"
    assert _run(undisturbed) == 0
    for point in NODES:
        assert _run(killed, f"{point}:1") == KILLED, point
    assert _run(killed) == 0
    assert _said(killed) == _said(undisturbed)


def _scripted(asked: Any) -> Reply:
    """Ask for two tools, tell a lie, and then the truth, whatever was said before."""
    last = str(asked["messages"][-1]["content"])
    if "without a source" in last:
        return Says("The first has {{run:s1_1.qed}}, the second {{run:s1_2.qed}}.")
    if last.startswith("<data"):
        return Says("The first has 0.41.")
    wanted = [("molecule-describe", {"smiles": smiles}) for smiles in ("CCO", "CCN")]
    return Says("", tool_calls=[*wanted, ("molecule-buyable", {"smiles": "CCO"})])


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> tuple[str, int, int]:
    """What a turn with the scripted model comes to when nothing kills it."""
    home = tmp_path_factory.mktemp("undisturbed")
    with ScriptedModel(otherwise=_scripted) as server:
        assert _run(home, address=server.url) == 0
        assert server.n_asked == QUESTIONS
    return _said(home)


@pytest.mark.slow
@pytest.mark.parametrize("points", POINTS_OF_A_MODEL, ids=" then ".join)
def test_a_killed_turn_asks_its_model_nothing_twice_and_ends_as_if_never_killed(
    tmp_path: Path, undisturbed: tuple[str, int, int], points: tuple[str, ...]
) -> None:
    with ScriptedModel(otherwise=_scripted) as server:
        for point in points:
            assert _run(tmp_path, point, server.url) == KILLED, point
        assert _run(tmp_path, address=server.url) == 0
        assert server.n_asked == QUESTIONS
    assert _said(tmp_path) == undisturbed
