"""Who may write an approval: a person's commands, and no room below them."""

import ast
from pathlib import Path

import pytest

import heuresis
from heuresis.errors import RequestError
from heuresis.memory import approvals, grants
from heuresis.memory.approval_queue import (
    everything,
    find_decision,
    find_request,
    standing,
    waiting,
)
from heuresis.memory.approvals import Asking
from heuresis.memory.ledger import Ledger

pytestmark = pytest.mark.both_stores

HOURS = 24.0
ROOMS = {"commands", "ui"}
GRANTS = "heuresis.memory.grants"


def asking(**changes: str | None) -> Asking:
    known: dict[str, str | None] = {
        "asker": "session:S1:M1:s1",
        "coverage": "sha256:c",
        "arguments": "sha256:a",
        "tool": "test.echo",
        "backend": "echo",
        "rule_id": "dear",
        "text": "test.echo, 1 request(s)",
        "session_id": "S1",
        "message_id": "M1",
    }
    return Asking(**{**known, **changes})  # type: ignore[arg-type]  # the names are its own


def asked(ledger: Ledger, **changes: str | None) -> str:
    return approvals.look(ledger, asking(**changes), HOURS).request_id


def grant(ledger: Ledger, name: str, scope: str = "once") -> str:
    return grants.grant(ledger, find_request(ledger, name), scope, "me")


# --- nobody else ---


def test_no_room_that_a_model_or_a_document_reaches_can_grant() -> None:
    package = Path(heuresis.__file__).parent
    importers = {
        path.relative_to(package).parts[0]
        for path in package.rglob("*.py")
        if GRANTS in _imported(path)
    }
    assert "commands" in importers <= ROOMS


def _imported(path: Path) -> set[str]:
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {name.name for name in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found |= {node.module, *(f"{node.module}.{name.name}" for name in node.names)}
    return found


def test_the_table_of_approvals_is_written_in_one_file_only() -> None:
    package = Path(heuresis.__file__).parent
    writers = {
        path.name
        for path in package.rglob("*.py")
        if "APPROVAL, [" in (text := path.read_text(encoding="utf-8"))
        or "APPROVAL.insert" in text
        or "APPROVAL.update" in text
        or "update(APPROVAL" in text
    }
    assert writers == {"grants.py"}


# --- words ---


@pytest.mark.parametrize("scope", ["", "forever", "denied", "revoked", "Once"])
def test_a_scope_that_does_not_exist_is_refused(ledger: Ledger, scope: str) -> None:
    name = asked(ledger)
    with pytest.raises(RequestError, match="allowed: once, session, always"):
        grant(ledger, name, scope)
    assert [one["id"] for one in waiting(ledger, HOURS)] == [name]


def test_a_call_without_a_session_cannot_be_allowed_for_one(ledger: Ledger) -> None:
    name = asked(ledger, session_id=None, asker="http")
    with pytest.raises(RequestError, match="for a call by http, allowed: once, always"):
        grant(ledger, name, "session")


def test_granting_twice_is_granting_once(ledger: Ledger) -> None:
    name = asked(ledger)
    assert grant(ledger, name) == grant(ledger, name)


def test_a_request_is_named_by_the_beginning_of_its_id_in_any_case(ledger: Ledger) -> None:
    name = asked(ledger)
    assert find_request(ledger, name[:20].lower()).id == name
    asked(ledger, arguments="sha256:b")
    with pytest.raises(RequestError, match="several so named"):
        find_request(ledger, name[:4])
    with pytest.raises(RequestError, match="got 3 letters, allowed: 4 or more"):
        find_request(ledger, name[:3])
    with pytest.raises(RequestError, match="none so named"):
        find_request(ledger, "ZZZZZZ")


# --- what a person sees ---


def test_the_queue_shows_what_waits_and_not_what_a_wider_approval_covers(ledger: Ledger) -> None:
    first, second = asked(ledger), asked(ledger, asker="session:S1:M1:s2")
    other = asked(ledger, asker="session:S2:M2:s1", session_id="S2")
    assert [one["id"] for one in waiting(ledger, HOURS)] == [first, second, other]
    grant(ledger, first, "session")
    assert [one["id"] for one in waiting(ledger, HOURS)] == [other]
    assert [one["id"] for one in waiting(ledger, 1e-9)] == [second, other]
    [held] = standing(ledger)
    assert (held["tool"], held["scope"], held["session_id"]) == ("test.echo", "session", "S1")


def test_the_history_tells_granted_used_denied_and_waiting_apart(ledger: Ledger) -> None:
    names = [asked(ledger, arguments=f"sha256:{i}") for i in range(4)]
    grant(ledger, names[0])
    grant(ledger, names[1])
    taken = approvals.take(ledger, asking(arguments="sha256:1"), HOURS, "session:S1:M1:s1")
    assert taken.state == "granted"
    grants.deny(ledger, find_request(ledger, names[2]), "me", "no")
    states = {one["id"]: one["state"] for one in everything(ledger)}
    assert [states[name] for name in names] == ["granted", "used", "denied", "waiting"]


def test_a_revocation_is_a_row_that_names_the_old_one(ledger: Ledger) -> None:
    name = asked(ledger)
    given = grant(ledger, name, "always")
    grants.revoke(ledger, find_decision(ledger, given), "me")
    assert standing(ledger) == []
    with ledger.read() as connection:
        kept = connection.execute(approvals.APPROVAL.select()).all()
    assert sorted((row.scope, row.revokes_id) for row in kept) == [
        ("always", None),
        ("revoked", given),
    ]
    with pytest.raises(RequestError, match="decision that stands"):
        find_decision(ledger, given)
