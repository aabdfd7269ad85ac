"""What the assistant's graph carries between nodes, and what every node has at hand."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal, TypedDict

from heuresis.agent.planning.plan import Plan
from heuresis.memory import sessions
from heuresis.memory.ledger import Ledger
from heuresis.memory.sessions import MessageView
from heuresis.serving.context import Context
from heuresis.serving.lab import Lab

EventName = Literal["understood", "planned", "asked", "stepped", "checked", "answered", "stopped"]


class TurnState(TypedDict, total=False):
    """Checkpointed after every node; everything else is in the ledger.

    Attributes:
        message_id: The message that is answered.
        at: Place of the next step of the plan.
        stop: Why it ends early; empty while it goes on.
    """

    message_id: str
    at: int
    stop: str


@dataclass(frozen=True)
class Event:
    """Something that happened while a message is answered, for whoever watches."""

    name: EventName
    text: str
    facts: dict[str, Any]


@dataclass(frozen=True)
class Limits:
    """Where a turn ends at the latest.

    Attributes:
        calls: Requests to tools.
        seconds: Time of all steps.
    """

    calls: int = 1_000
    seconds: float = 1_800.0


@dataclass(frozen=True)
class Bench:
    """What every node has at hand; nothing here changes during a turn."""

    lab: Lab
    message: MessageView
    limits: Limits
    on_event: Callable[[Event], None]

    @property
    def ledger(self) -> Ledger:
        """The lab's ledger."""
        return self.lab.ledger

    def context(self, step: str) -> Context:
        """Name a step so that its repetition after a crash is recognised."""
        return Context(
            origin=f"session:{self.message.session_id}:{self.message.id}:{step}",
            session_id=self.message.session_id,
        )

    def plan(self) -> Plan:
        """Return the plan of this turn, as recorded."""
        return Plan.model_validate(sessions.stages(self.ledger, self.message.id)["plan"])

    def note(self, name: str, body: Any) -> None:
        """Record what a stage came to."""
        sessions.note_stage(self.ledger, self.message.id, name, body)

    def tell(self, name: EventName, text: str, **facts: Any) -> None:
        """Tell whoever watches."""
        self.on_event(Event(name, text, facts))
