"""Labs with rules of a person's own, and a way to read what a blocked call says."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from fixtures_lab import MakeLab

from heuresis.contract import Outcome
from heuresis.memory import grants
from heuresis.memory.approval_queue import find_decision, find_request
from heuresis.serving.lab import Lab

RuledLab = Callable[[str], Lab]
ASK_ECHO = """
rules:
  - id: echo
    verdict: ask
    why: numbers are dear today
    origins: [session, remote]
    tool: test.echo
"""


@pytest.fixture
def ruled(make_lab: MakeLab, home: Path) -> RuledLab:
    """Open a lab whose person has written these rules."""

    def make(text: str, **settings: object) -> Lab:
        home.mkdir(exist_ok=True)
        (home / "approval.yaml").write_text(text)
        return make_lab(**settings)

    return make


@pytest.fixture
def asking(ruled: RuledLab) -> Lab:
    """A lab in which test.echo waits for a person."""
    return ruled(ASK_ECHO)


def step(session: str = "S1", message: str = "M1", name: str = "s1") -> str:
    """Name the step of a session."""
    return f"session:{session}:{message}:{name}"


def id_in(outcome: Outcome) -> str:
    """Return the id that a blocked call tells the person to grant."""
    found = re.search(r"heuresis approval grant (\w{26})", outcome.reason)
    assert found is not None, outcome
    return found[1]


def granted(lab: Lab, outcome: Outcome, scope: str = "once") -> str:
    """Grant what a blocked call asks for, as a person would."""
    return grants.grant(lab.ledger, find_request(lab.ledger, id_in(outcome)), scope, "me")


def denied(lab: Lab, outcome: Outcome, why: str = "") -> str:
    return grants.deny(lab.ledger, find_request(lab.ledger, id_in(outcome)), "me", why)


def revoked(lab: Lab, name: str) -> None:
    grants.revoke(lab.ledger, find_decision(lab.ledger, name), "me")
