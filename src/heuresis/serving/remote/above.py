"""What the API offers of the rooms above: the assistant and campaigns, passed in by who starts it.

`serving` may not import `agent`; so it says here what it needs, and a command joins the two.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol

from pydantic import BaseModel

from heuresis.errors import HeuresisError

OnEvent = Callable[[str, str, Mapping[str, Any]], None]  # name, text, facts


class StoppedError(HeuresisError):
    """Raised by a watcher to end what it watches, at a point from which it can go on."""


@dataclass(frozen=True)
class Said:
    """Where answering a message stands.

    Attributes:
        ending: 'waiting': for a person's word, after which answering again goes on.
        text: What to show.
        facts: Runs, numbers with their sources, and the draft with its references.
    """

    ending: Literal["answered", "stopped", "waiting"]
    text: str
    facts: Mapping[str, Any] = field(default_factory=dict)


class Assistant(Protocol):
    """Answers messages in plain words."""

    def say(
        self, session_id: str, text: str, files: Sequence[Mapping[str, Any]], message_id: str
    ) -> None:
        """Record a message under an id; a second time changes nothing.

        Raises:
            RequestError: No such session, or a message that cannot be taken.
        """
        ...

    def answer(self, message_id: str, on_event: OnEvent) -> Said:
        """Answer a message, from wherever that stands; ends early where `on_event` raises.

        Raises:
            HeuresisError: What stopped it; it can be repeated.
        """
        ...


class Campaigns(Protocol):
    """Searches under a budget."""

    @property
    def spec(self) -> type[BaseModel]:
        """Type of a campaign file."""
        ...

    def check(self, spec: Any) -> None:
        """Refuse a file that cannot be run, before anything is recorded.

        Raises:
            RequestError: It cannot; the message names the field.
        """
        ...

    def start(self, spec: str, campaign_id: str) -> None:
        """Record a campaign under an id; a second time changes nothing."""
        ...

    def drive(self, campaign_id: str, on_event: OnEvent) -> None:
        """Run a campaign to its end, from wherever it stands; ends early if `on_event` raises."""
        ...

    def stop(self, campaign_id: str) -> None:
        """Close a campaign because a person said so."""
        ...

    def standing(self, campaign_id: str) -> dict[str, Any]:
        """Return how far it is, what was best, what is left; empty before it has begun."""
        ...


class Approvals(Protocol):
    """A person's word on calls that wait for it."""

    def decide(self, request_id: str, scope: str, who: str, why: str) -> str:
        """Grant once, session or always, or say denied; return the decision's id.

        Raises:
            RequestError: No such request or scope.
        """
        ...

    def revoke(self, decision_id: str, who: str, why: str) -> None:
        """Take a decision back.

        Raises:
            RequestError: No such decision stands.
        """
        ...
