"""What the campaign graph carries between nodes: ids and counters, never arrays."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypedDict

from heuresis.agent.spec import CampaignSpec
from heuresis.agent.validators.ladder import Rung
from heuresis.memory.ledger import Ledger
from heuresis.memory.recall import Recall
from heuresis.serving.context import Context
from heuresis.serving.lab import Lab


class CampaignState(TypedDict, total=False):
    """Checkpointed after every node.

    Attributes:
        campaign_id: Whose state this is.
        round: Number of the present round, from 1.
        rung: Index of the next rung in this round.
        best: Highest utility so far.
        stale: Rounds since it rose.
        elapsed_s: Time spent in finished rounds.
        stop: Why it ends; empty while it goes on.
    """

    campaign_id: str
    round: int
    rung: int
    best: float
    stale: int
    elapsed_s: float
    stop: str


@dataclass(frozen=True)
class Progress:
    """A line for a person who watches."""

    round: int
    rounds: int
    node: str
    text: str


@dataclass(frozen=True)
class Desk:
    """What every node has at hand; nothing here changes during a campaign."""

    campaign: Any
    spec: CampaignSpec
    ladder: tuple[Rung, ...]
    lab: Lab
    recall: Recall | None
    on_progress: Callable[[Progress], None]
    began: Context | None = None  # what began it, where that was no person's own command

    @property
    def ledger(self) -> Ledger:
        """The lab's ledger."""
        return self.lab.ledger

    def context(self, state: CampaignState, step: str) -> Context:
        """Name a step so that its repetition after a crash is recognised."""
        began = self.began
        return Context(
            origin=f"campaign:{self.campaign.id}:{state['round']}:{step}",
            campaign_id=self.campaign.id,
            cause=began.origin if began else "",
            asked=began.asked if began else "",
        )

    def say(self, state: CampaignState, node: str, text: str) -> None:
        """Tell whoever watches."""
        self.on_progress(Progress(state["round"], self.spec.budget.rounds, node, text))
