"""Run as a process by tests that kill it: ask one question in a home, or go on with it.

A second argument is the address of a language model, which then plans.
"""

import os
import sys
from pathlib import Path

from heuresis.agent.assistant.turn import answer, say
from heuresis.memory import sessions
from heuresis.serving.open_lab import open_lab
from heuresis.settings import Settings

TEXT = os.environ.get(
    "ASK", "QED and TPSA of CCO, CCN and c1ccccc1O, keep those with QED over 0.42, sort by TPSA"
)


def main(home: Path, address: str = "") -> None:
    named = {"chat_model": "toy", "chat_base_url": address} if address else {}
    settings = Settings(home=home, **named)
    lab = open_lab(settings)
    known = sessions.list_sessions(lab.ledger)
    if not known:
        say(lab, sessions.open_session(lab.ledger, "test"), TEXT)
        known = sessions.list_sessions(lab.ledger)
    [asked, *_] = sessions.messages(lab.ledger, known[0].id)
    answer(asked.id, lab, settings)


if __name__ == "__main__":
    main(Path(sys.argv[1]), *sys.argv[2:])
