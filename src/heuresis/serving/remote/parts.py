"""What the HTTP API and the MCP server are made of, put together by who starts them."""

from dataclasses import dataclass, field

from heuresis.memory.ledger import Ledger
from heuresis.memory.recall import Recall
from heuresis.serving.jobs.crew import Crew
from heuresis.serving.lab import Lab
from heuresis.serving.remote.above import Approvals, Assistant, Campaigns
from heuresis.serving.remote.doorkeeper import Doorkeeper


@dataclass(frozen=True, kw_only=True)
class Limits:
    """Where requests end; every one of them is told to a caller that goes past it.

    Attributes:
        json_bytes: Of a JSON body.
        json_depth: Lists and objects within each other.
        file_bytes: Of an uploaded file.
        batch: Requests answered while the caller waits.
        job: Requests of one job.
        open_jobs: Jobs of one caller that have not ended.
    """

    json_bytes: int = 16_000_000
    json_depth: int = 32
    file_bytes: int = 256_000_000
    batch: int = 1_000
    job: int = 100_000
    open_jobs: int = 100


@dataclass(frozen=True, kw_only=True)
class Parts:
    """Everything that routes and entries need.

    Attributes:
        lab: The door to tools.
        recall: The index over what is known.
        crew: Who does jobs.
        doorkeeper: Who lets callers in.
        assistant: Answers messages; None where there is none.
        campaigns: Searches; None where there are none.
        approvals: A person's word; None where it cannot be given this way.
        limits: Where requests end.
        session_hours: How long an approval for a session holds.
    """

    lab: Lab
    recall: Recall
    crew: Crew
    doorkeeper: Doorkeeper
    assistant: Assistant | None = None
    campaigns: Campaigns | None = None
    approvals: Approvals | None = None
    limits: Limits = field(default_factory=Limits)
    session_hours: float = 24.0

    @property
    def ledger(self) -> Ledger:
        """The lab's ledger."""
        return self.lab.ledger
