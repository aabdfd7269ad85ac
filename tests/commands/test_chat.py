"""A conversation in the terminal: piped, typed by a person, refused, interrupted, gone on with."""

import os
import pty
import re
import select
import signal
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

ASK_FIRST = """rules:
  - {id: ask_describe, verdict: ask, why: a test says so, tool: molecule.describe,
     origins: [session]}
"""
QED = "what is the QED of CCO?\n"
WAIT_S = 60


class Terminal:
    """A chat at a terminal of its own; keeps all that was shown."""

    def __init__(self, begin: Callable[..., Any]) -> None:
        self.ours, theirs = pty.openpty()
        streams = dict.fromkeys(("stdin", "stdout", "stderr"), theirs)
        self.process = begin("chat", **streams, start_new_session=True, preexec_fn=_heeds_ctrl_c)
        os.close(theirs)
        self.shown, self.at = "", 0

    def wait_for(self, words: str) -> str:
        """Read until words stand after those waited for last; return what came up to them."""
        until = time.monotonic() + WAIT_S
        while (found := self.shown.find(words, self.at)) < 0:
            left = until - time.monotonic()
            has_ended = self.process.poll() is not None
            assert left > 0 and not has_ended, f"no {words!r} in {self.shown!r}"
            if select.select([self.ours], [], [], 0.2)[0]:
                with suppress(OSError):  # what Linux says at the end of a terminal
                    self.shown += os.read(self.ours, 65_536).decode("utf-8", "replace")
        began, self.at = self.at, found + len(words)
        return self.shown[began : self.at]

    def type(self, text: str) -> None:
        os.write(self.ours, text.encode())

    def end(self) -> int:
        self.type("/quit\n")
        self.wait_for("/quit")
        code = self.process.wait(WAIT_S)
        os.close(self.ours)
        return code


def _heeds_ctrl_c() -> None:
    """Undo what a shell does to jobs in its background: they and their children ignore SIGINT."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


@pytest.fixture
def terminal(begin) -> Callable[[], Terminal]:
    return lambda: Terminal(begin)


def session_of(text: str) -> str:
    found = re.search(r"heuresis chat --session (\w+)", text)
    assert found
    return found[1]


def test_piped_lines_are_answered_in_order_and_the_session_goes_on(run) -> None:
    first = run("chat", given=f"{QED}what about its molar mass?\n")
    assert (first.code, first.out.count("Sources:")) == (0, 2)
    assert first.out.index("0.4068") < first.out.index("46.07")
    again = run("chat", "--session", session_of(first.err), given="")
    assert "person: what about its molar mass?" in again.err


def test_a_wrong_command_is_told_and_the_conversation_goes_on(run) -> None:
    ended = run("chat", given=f"/fly\n/file no such\n{QED}")
    assert "error: /fly: got no command of that name, allowed: /file" in ended.err
    assert "error: file: got 'no such', allowed: a file" in ended.err
    assert "QED" in ended.out


def test_a_file_goes_with_the_next_question(run, tmp_path: Path) -> None:
    (tmp_path / "own names.csv").write_text("smiles\nCCO\nCCCC\n")
    ended = run("chat", given=f"/file {tmp_path / 'own names.csv'}\nQED of these\n")
    assert "goes with the next question: own names.csv" in ended.err
    assert ended.out.count("no uncertainty") == 2


def test_a_conversation_that_does_not_exist_is_refused(run) -> None:
    assert run("chat", "--session", "01ZZZZ").code == 2


def test_what_comes_through_a_pipe_grants_nothing(run, home: Path) -> None:
    home.mkdir(parents=True)
    (home / "approval.yaml").write_text(ASK_FIRST)
    ended = run("chat", given=f"{QED}always\nonce\n")
    assert "heuresis approval grant" in ended.err
    (asked,) = run("approval", "list", "--json").json()
    assert asked["state"] == "waiting"
    assert "QED:" not in ended.out


def test_a_person_allows_at_the_keyboard_and_gets_the_answer(terminal, home: Path) -> None:
    home.mkdir(parents=True)
    (home / "approval.yaml").write_text(ASK_FIRST)
    chat = terminal()
    chat.wait_for("> ")
    chat.type(QED)
    chat.wait_for("leave it waiting: ")
    chat.type("maybe\n")
    chat.wait_for("got 'maybe', allowed: once, session, always, deny, or nothing")
    chat.wait_for("leave it waiting: ")
    chat.type("o\n")
    assert "QED: 0.4" in chat.wait_for("Sources:")
    assert chat.end() == 0


def test_a_person_denies_and_the_answer_says_so(terminal, home: Path) -> None:
    home.mkdir(parents=True)
    (home / "approval.yaml").write_text(ASK_FIRST)
    chat = terminal()
    chat.wait_for("> ")
    chat.type(QED)
    chat.wait_for("leave it waiting: ")
    chat.type("deny\n")
    shown = chat.wait_for("ask_describe")
    assert "QED:" not in shown
    assert chat.end() == 0


def test_an_interrupted_question_stays_open_and_is_gone_on_with(terminal, home: Path) -> None:
    home.mkdir(parents=True)
    (home / "approval.yaml").write_text(ASK_FIRST)
    chat = terminal()
    chat.wait_for("> ")
    chat.type(QED)
    chat.wait_for("leave it waiting: ")
    os.kill(chat.process.pid, signal.SIGINT)
    chat.wait_for("the question is open: /resume goes on with it")
    chat.type("/resume\n")
    chat.wait_for("leave it waiting: ")
    chat.type("session\n")
    assert "QED: 0.4" in chat.wait_for("Sources:")
    assert chat.end() == 0
