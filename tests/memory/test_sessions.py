"""Conversations keep their order, share what they fork from, and record each stage once."""

import pytest

from heuresis.errors import RequestError
from heuresis.memory import sessions
from heuresis.memory.ledger import Ledger

pytestmark = pytest.mark.both_stores


def test_messages_come_back_in_order_with_their_facts(ledger: Ledger) -> None:
    session = sessions.open_session(ledger, "about salt")
    sessions.say(ledger, session, "person", "one", facts={"attachments": []})
    sessions.say(ledger, session, "assistant", "two")
    found = sessions.messages(ledger, session)
    assert [(one.author, one.body) for one in found] == [("person", "one"), ("assistant", "two")]
    assert found[0].facts == {"attachments": []}


def test_the_same_message_twice_is_one(ledger: Ledger) -> None:
    session = sessions.open_session(ledger, "x")
    for _ in range(2):
        sessions.say(ledger, session, "assistant", "once", message_id="01A")
    assert len(sessions.messages(ledger, session)) == 1


def test_a_fork_shares_messages_up_to_its_point_and_no_further(ledger: Ledger) -> None:
    session = sessions.open_session(ledger, "x")
    first = sessions.say(ledger, session, "person", "one")
    sessions.say(ledger, session, "person", "two")
    other = sessions.fork(ledger, session, first, "y")
    sessions.say(ledger, other, "person", "three")
    third = sessions.fork(ledger, other, first, "z")
    assert [one.body for one in sessions.messages(ledger, other)] == ["one", "three"]
    assert [one.body for one in sessions.messages(ledger, session)] == ["one", "two"]
    assert [one.body for one in sessions.messages(ledger, third)] == ["one"]


def test_a_stage_is_written_once(ledger: Ledger) -> None:
    session = sessions.open_session(ledger, "x")
    message = sessions.say(ledger, session, "person", "one")
    sessions.note_stage(ledger, message, "plan", {"steps": 1})
    sessions.note_stage(ledger, message, "plan", {"steps": 2})
    assert sessions.stages(ledger, message) == {"plan": {"steps": 1}}


def test_unknown_ids_are_refused(ledger: Ledger) -> None:
    with pytest.raises(RequestError, match="session 'nobody': got an unknown id"):
        sessions.say(ledger, "nobody", "person", "one")
    with pytest.raises(RequestError, match="message 'nothing': got an unknown id"):
        sessions.get_message(ledger, "nothing")
    session = sessions.open_session(ledger, "x")
    with pytest.raises(RequestError, match="got none of session"):
        sessions.fork(ledger, session, "nothing", "y")
