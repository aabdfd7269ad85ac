"""A turn whose planner is a scripted language model, through the real client and a real ledger."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import pytest
from scripted_model import Reply, ScriptedModel

from heuresis.agent.assistant.state import Event, Limits
from heuresis.agent.assistant.turn import Turn, answer, say
from heuresis.memory import sessions
from heuresis.serving.lab import Lab
from heuresis.settings import Settings


@dataclass
class Talk:
    """One session with a scripted model.

    Attributes:
        server: The model.
        lab: The real lab.
        settings: They name the model.
        session_id: The session.
        events: What was told while answering.
    """

    server: ScriptedModel
    lab: Lab
    settings: Settings
    session_id: str
    events: list[Event] = field(default_factory=list)

    def says(self, text: str, files: Sequence[dict[str, Any]] = (), **limits: Any) -> Turn:
        """Say something and wait for the end of the turn."""
        asked = say(self.lab, self.session_id, text, files)
        self.events.clear()
        return answer(asked, self.lab, self.settings, self.events.append, limits=Limits(**limits))

    def stages(self, turn: Turn) -> dict[str, Any]:
        """Return what was recorded of a turn."""
        assert turn.message is not None and turn.message.answers_id is not None
        return sessions.stages(self.lab.ledger, turn.message.answers_id)

    @property
    def told(self) -> list[str]:
        """Names of the events, in order."""
        return [one.name for one in self.events]


@pytest.fixture
def talk(lab: Lab, settings: Settings) -> Callable[..., Talk]:
    """Begin a session with a server that is running."""

    def begin(server: ScriptedModel, **changes: Any) -> Talk:
        named = {"chat_model": "toy", "chat_base_url": server.url, "chat_timeout_s": 5.0}
        chosen = Settings(**{**settings.model_dump(), **named, **changes})
        return Talk(server, lab, chosen, sessions.open_session(lab.ledger, "test"))

    return begin


def by_last_message(*replies: tuple[str, Reply]) -> Callable[[Any], Reply]:
    """Answer by what the last message holds; the last pair answers everything else."""

    def otherwise(asked: Any) -> Reply:
        last = str(asked["messages"][-1].get("content"))
        return next((reply for words, reply in replies if words in last), replies[-1][1])

    return otherwise
