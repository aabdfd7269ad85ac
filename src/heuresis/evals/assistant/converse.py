"""Hold one conversation of the set in a home of its own, as a caller would, and gather its record.

A planner is anything that answers a recorded message; the assistant is one, the baselines others.
"""

import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from heuresis.evals.assistant.files import written
from heuresis.evals.assistant.told import (
    Filled,
    Told,
    all_campaigns,
    all_claims,
    all_runs,
    runs_of_turn,
)
from heuresis.evals.assistant.wanted import Answer, Asked, TextFile
from heuresis.memory import sessions
from heuresis.serving.context import Context
from heuresis.serving.lab import Lab
from heuresis.settings import Settings

GRANT_S = 120.0


@dataclass(frozen=True)
class Said:
    """What a planner answered.

    Attributes:
        text: The answer.
        ending: answered, stopped or waiting.
        facts: As recorded: runs, fills, shown.
        approvals: Ids of what waits for a person.
    """

    text: str
    ending: str = "answered"
    facts: Mapping[str, Any] = field(default_factory=dict)
    approvals: tuple[str, ...] = ()


class Answering(Protocol):
    """Answers a message that is recorded; told again after an approval was given."""

    def __call__(self, message_id: str, lab: Lab, settings: Settings) -> Said: ...


def assistant(message_id: str, lab: Lab, settings: Settings) -> Said:
    """Let the assistant answer with its embedded planner."""
    from heuresis.agent.assistant.turn import answer

    turn = answer(message_id, lab, settings, planner="embedded")
    return Said(turn.text, turn.ending, turn.facts, tuple(map(str, turn.approvals)))


def converse(asked: Asked, answering: Answering, settings: Settings) -> Told:
    """Hold a conversation in a new home and return its record; a crash is part of it."""
    from heuresis.serving.open_lab import open_lab

    with tempfile.TemporaryDirectory(prefix="heuresis-eval-", ignore_cleanup_errors=True) as place:
        home = Path(place)
        here = settings.model_copy(update={"home": home / "home"})
        lab = open_lab(here)
        try:
            return _Conversation(asked, answering, lab, here, home).held()
        finally:
            lab.ledger.close()


@dataclass(frozen=True)
class _Conversation:
    asked: Asked
    answering: Answering
    lab: Lab
    settings: Settings
    folder: Path

    def held(self) -> Told:
        asked = self.asked
        if asked.earlier:
            before = sessions.open_session(self.lab.ledger, "before")
            for text in asked.earlier:
                said, _, _, _ = self._turn(before, text, [])
                if said is None:
                    return self._told(None, "", "", frozenset(), {}, 0, "an earlier message")
        session_id = sessions.open_session(self.lab.ledger, asked.id)
        files = self._files()
        attached, n_granted = files, 0
        for text in asked.says:
            known = frozenset(run.id for run in all_runs(self.lab.ledger))
            began = time.perf_counter()
            said, message_id, n, crash = self._turn(session_id, text, attached)
            seconds, attached, n_granted = time.perf_counter() - began, [], n_granted + n
            told = self._told(said, session_id, message_id, known, _places(files), n_granted, crash)
            if crash:
                break
        return told.model_copy(update={"seconds": seconds})

    def _turn(
        self, session_id: str, text: str, attached: Sequence[dict[str, Any]]
    ) -> tuple[Said | None, str, int, str]:
        from heuresis.agent.assistant.turn import say

        message_id, n_granted = "", 0
        try:
            message_id = say(self.lab, session_id, text, attached)
            said = self.answering(message_id, self.lab, self.settings)
            if said.approvals and self._may_be_granted():
                n_granted = sum(grant_once(self.settings.home, one) for one in said.approvals)
                said = self.answering(message_id, self.lab, self.settings) if n_granted else said
        except Exception as error:  # noqa: BLE001  # whatever is raised is the finding
            return None, message_id, n_granted, f"{type(error).__name__}: {error}"[:500]
        return said, message_id, n_granted, ""

    def _may_be_granted(self) -> bool:
        return isinstance(self.asked.expect, Answer) and self.asked.expect.approval

    def _files(self) -> list[dict[str, Any]]:
        """Write the files and bring them in."""
        places = [written(one, self.folder, self.lab) for one in self.asked.files]
        return [attach(self.lab, place, i) for i, place in enumerate(places, start=1)]

    def _told(  # noqa: PLR0913, PLR0917  # what a record is made of
        self,
        said: Said | None,
        session_id: str,
        message_id: str,
        known: frozenset[str],
        files: dict[str, str],
        n_granted: int,
        crash: str,
    ) -> Told:
        ledger, facts = self.lab.ledger, said.facts if said else {}
        shown = facts.get("shown", {})
        used = runs_of_turn(ledger, session_id, message_id) if message_id else frozenset()
        texts = [one.text for one in self.asked.files if isinstance(one, TextFile)]
        return Told(
            words="\n".join([*self.asked.earlier, *self.asked.says, *texts]),
            text=said.text if said else "",
            ending=said.ending if said else "",
            fills=tuple(_filled(one) for one in facts.get("fills", ())),
            used=used | frozenset(facts.get("runs", ())),
            earlier=known,
            runs=all_runs(ledger),
            shown=tuple(one["canonical"] for one in shown.get("shown", ())),
            named={one["canonical"]: one["label"] for one in shown.get("shown", ())},
            is_ranked=bool(shown.get("is_ranked")),
            files=files,
            claims=all_claims(ledger),
            campaigns=all_campaigns(ledger),
            recorded=_recorded(ledger),
            n_granted=n_granted,
            n_flagged=int(facts.get("n_flags", 0)),
            crash=crash,
        )


def attach(lab: Lab, place: Path, number: int) -> dict[str, Any]:
    """Bring a file in and name it by its place in the message, as `heuresis ask` does."""
    from heuresis.agent.documents.entering import enter_file, looks_like_document
    from heuresis.memory.originals import known_suffix
    from heuresis.serving.ingest import keep

    context = Context(origin="eval:assistant")
    name = f"file-{number}{known_suffix(place.name)}"
    if looks_like_document(place):
        document = enter_file(lab, place, context).document
        return {"name": name, "digest": document.digest, "document": document.id}
    return {"name": name, "digest": str(keep(lab, place, context))}


def grant_once(home: Path, request_id: str) -> bool:
    """Grant one approval as a person would: by the command, in a process of its own.

    No room below the commands may write an approval; so this one does not, either.
    """
    command = [sys.executable, "-m", "heuresis", "approval", "grant", request_id]
    options = ["--scope", "once", "--home", str(home)]
    done = subprocess.run(
        [*command, *options], capture_output=True, timeout=GRANT_S, check=False, text=True
    )
    return done.returncode == 0


def _places(files: Sequence[dict[str, Any]]) -> dict[str, str]:
    return {f"file-{i}": str(one["digest"]) for i, one in enumerate(files, start=1)}


def _filled(fill: Mapping[str, Any]) -> Filled:
    return Filled(**{name: fill[name] for name in Filled.model_fields if name in fill})


def _recorded(ledger: Any) -> tuple[str, ...]:
    """Return sentences of the ledger about documents, claims and approvals."""
    from sqlalchemy import select

    from heuresis.memory import tables

    columns = [
        tables.Document.notes,
        tables.DocumentItem.wrong,
        tables.DocumentItem.label,
        tables.Claim.text,
        tables.ClaimEvent.reason,
        tables.ApprovalRequest.text,
    ]
    with ledger.read() as connection:
        return tuple(
            str(text)
            for column in columns
            for text in connection.scalars(select(column))  # type: ignore[call-overload]  # SQLModel types columns as values
        )
