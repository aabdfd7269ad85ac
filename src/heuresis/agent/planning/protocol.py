"""What a planner is: asked what to do next, it answers with steps, words, or that it gives up."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal, Protocol

from heuresis.agent.planning.plan import Plan
from heuresis.agent.understanding.entities import Understanding
from heuresis.memory import sessions
from heuresis.memory.ledger import Ledger
from heuresis.memory.sessions import MessageView


@dataclass(frozen=True)
class CarryOut:
    """Do the steps of this plan that were not done yet.

    Attributes:
        plan: Everything that was planned in this turn so far, old steps first.
    """

    plan: Plan


@dataclass(frozen=True)
class AskAgain:
    """Nothing to do yet: the planner wants to think on.

    Attributes:
        why: In a few words, for whoever watches.
    """

    why: str


@dataclass(frozen=True)
class Write:
    """Nothing is left to do.

    Attributes:
        draft: The answer with references; empty to leave the words to the composer.
    """

    draft: str = ""


@dataclass(frozen=True)
class GiveUp:
    """This planner cannot go on; the embedded one takes over.

    Attributes:
        why: In one sentence, for the answer.
    """

    why: str


Decision = CarryOut | AskAgain | Write | GiveUp


@dataclass(frozen=True)
class Known:
    """What a planner may look at, and where it records what it learned.

    Attributes:
        message: The message that is answered.
        stages: What the stages of this turn came to, by name, in order.
        ledger: Where runs are.
        note: Records a stage; a second time changes nothing.
        tell: Tells whoever watches: name of the event, text.
    """

    message: MessageView
    stages: Mapping[str, Any]
    ledger: Ledger
    note: Callable[[str, Any], None]
    tell: Callable[[Literal["asked", "wrote"], str], None]

    @cached_property
    def read(self) -> Understanding:
        """What was understood in the message."""
        return Understanding.model_validate(self.stages["understand"])

    @cached_property
    def earlier(self) -> tuple[MessageView, ...]:
        """Messages of the session before it, in order."""
        return messages_before(self.ledger, self.message)


def messages_before(ledger: Ledger, message: MessageView) -> tuple[MessageView, ...]:
    """Return the messages of a session before one of them, in order."""
    said = sessions.messages(ledger, message.session_id)
    return tuple(one for one in said if one.id < message.id)


class Planner(Protocol):
    """Decides what is done for a message; the lab and the rules decide whether it may be."""

    @property
    def name(self) -> str:
        """Who it is: 'embedded', or a model's name."""
        ...

    @property
    def looks_back(self) -> bool:
        """Whether it wants to see what steps came to before the answer is written."""
        ...

    def decide(self, known: Known, number: int) -> Decision:
        """Say what is next.

        Args:
            known: The message and what was recorded.
            number: Counts the decisions of this turn from 1. A number that is asked for again,
                after a crash, gets the same decision.
        """
        ...


def plan_name(number: int) -> str:
    """Return the name of the stage that holds the plan of a decision."""
    return "plan" if number == 1 else f"plan {number}"


def latest_plan(stages: Mapping[str, Any]) -> Plan | None:
    """Return what was planned last; None where nothing was planned yet."""
    names = [name for name in stages if name == "plan" or name.startswith("plan ")]
    return Plan.model_validate(stages[names[-1]]) if names else None
