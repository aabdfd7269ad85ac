"""What the assistant's graph carries between nodes, and what every node has at hand."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal, TypedDict

from heuresis.agent.planning.plan import Plan
from heuresis.agent.planning.protocol import Planner, latest_plan
from heuresis.agent.planning.without_model import WithoutModel
from heuresis.memory import sessions
from heuresis.memory.ledger import Ledger
from heuresis.memory.sessions import MessageView
from heuresis.serving.context import Context
from heuresis.serving.lab import Lab

EventName = Literal[
    "understood",
    "planned",
    "asked",
    "wrote",
    "waiting",
    "stepped",
    "checked",
    "answered",
    "stopped",
]
Next = Literal["plan", "approve", "act", "check", "answer"]
PlannerKind = Literal["embedded", "model"]
FALLBACK = "fallback"  # the stage that says why the model's planner gave up


class TurnState(TypedDict, total=False):
    """Checkpointed after every node; everything else is in the ledger.

    Attributes:
        message_id: The message that is answered.
        planner: Who plans it: 'embedded' or 'model'.
        number: How many decisions its planner has taken.
        at: Place of the next step of the plan.
        stop: Why it ends early; empty while it goes on.
        next: The node that comes next, where there is a choice.
    """

    message_id: str
    planner: PlannerKind
    number: int
    at: int
    stop: str
    next: Next


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
        steps: Steps of plans.
        calls: Requests to tools.
        seconds: Time of all steps and of all questions to a language model.
        tokens: Read and written by a language model.
        money_usd: What a language model cost, where its prices are known.
        repeats: Times that the same call may come to the same result.
        questions: Questions to a language model.
    """

    steps: int = 60
    calls: int = 1_000
    seconds: float = 1_800.0
    tokens: int = 200_000
    money_usd: float = 1.0
    repeats: int = 3
    questions: int = 25


@dataclass(frozen=True)
class Bench:
    """What every node has at hand; nothing here changes during a turn."""

    lab: Lab
    message: MessageView
    limits: Limits
    on_event: Callable[[Event], None]
    model: Planner | None = None

    @property
    def ledger(self) -> Ledger:
        """The lab's ledger."""
        return self.lab.ledger

    def context(self, step: str, asked: str = "") -> Context:
        """Name a step so that its repetition after a crash is recognised.

        Args:
            step: Its name.
            asked: Digest of what it asks of a tool, as it was planned: what a person approves.
        """
        return Context(
            origin=f"session:{self.message.session_id}:{self.message.id}:{step}",
            session_id=self.message.session_id,
            asked=asked,
        )

    def stages(self) -> dict[str, Any]:
        """Return what the stages of this turn came to, by name, in order."""
        return sessions.stages(self.ledger, self.message.id)

    def plan(self) -> Plan:
        """Return the plan of this turn as it was recorded last; one without steps if none was."""
        return plan_in(self.stages(), self.message)

    def planner(self, state: TurnState, stages: Mapping[str, Any]) -> Planner:
        """Return who plans now: the one the turn began with, until a model's gave up."""
        if self.model is None or state["planner"] == "embedded" or FALLBACK in stages:
            return WithoutModel()
        return self.model

    def note(self, name: str, body: Any) -> None:
        """Record what a stage came to."""
        sessions.note_stage(self.ledger, self.message.id, name, body)

    def tell(self, name: EventName, text: str, **facts: Any) -> None:
        """Tell whoever watches."""
        self.on_event(Event(name, text, facts))


def plan_in(stages: Mapping[str, Any], message: MessageView) -> Plan:
    """Return the last plan among the stages; one without steps where there is none."""
    return latest_plan(stages) or Plan(
        planner="none", goal=message.body[:4_000], subjects=(), steps=()
    )
