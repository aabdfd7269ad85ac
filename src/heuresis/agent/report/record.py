"""Everything the ledger holds of one campaign, read once; every section is made from it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal

from heuresis.agent.nodes.screen import GATE as HAZARD_GATE
from heuresis.agent.nodes.validate import OUT_OF_BUDGET
from heuresis.agent.spec import CampaignSpec
from heuresis.agent.utility import utility_of
from heuresis.agent.validators.climb import current_form
from heuresis.agent.validators.ladder import Rung, build_ladder
from heuresis.contract import Status
from heuresis.memory import accounts, campaigns
from heuresis.memory.campaigns import CandidateView
from heuresis.memory.ledger import Ledger

Fate = Literal["measured", "stopped", "not asked", "unfinished"]
WITHHELD = "withheld by the hazard screen"


@dataclass(frozen=True)
class Record:
    """One campaign as the ledger tells it.

    Attributes:
        campaign: Row of the campaign.
        spec: The resolved campaign file.
        candidates: All of them, by round, then by digest.
        runs: Every run behind them by id, without responses.
        answers: Every answer given to the campaign: run, origin, cached, tool, status.
        events: What screens said.
        stages: What the stages of each round decided.
        n_rounds: Rounds begun.
        prepared: Form by candidate id, of those that a gate prepared, such as by relaxing them.
    """

    campaign: Any
    spec: CampaignSpec
    candidates: tuple[CandidateView, ...]
    runs: Mapping[str, Any]
    answers: Sequence[Any]
    events: Sequence[Any]
    stages: Sequence[Mapping[str, Any]]
    n_rounds: int
    prepared: Mapping[str, str]

    def shown(self, candidate: CandidateView) -> str:
        """Return the form the numbers are about: as prepared, where it was prepared."""
        return self.prepared.get(candidate.id, candidate.form)

    @cached_property
    def utilities(self) -> dict[str, float]:
        """Utility by candidate id; 0 where a gate stopped it."""
        return {one.id: utility_of(self.spec.objectives, one) for one in self.candidates}

    @cached_property
    def ladder(self) -> tuple[Rung, ...]:
        """Gates and measurements, in the order in which a candidate met them."""
        return build_ladder(self.spec)

    @cached_property
    def by_digest(self) -> dict[str, CandidateView]:
        """Candidates by the digest of their form."""
        return {one.digest: one for one in self.candidates}

    @cached_property
    def fates(self) -> dict[str, Fate]:
        """What became of each candidate, by id."""
        return {one.id: _fate(one, self.spec) for one in self.candidates}

    @cached_property
    def measured(self) -> list[CandidateView]:
        """Candidates that passed every gate and have every objective's number, in order."""
        return [one for one in self.candidates if self.fates[one.id] == "measured"]

    @cached_property
    def ranked(self) -> list[CandidateView]:
        """Measured candidates, the best first; ties by round, then by digest."""
        return sorted(
            self.measured, key=lambda one: (-self.utilities[one.id], one.round, one.digest)
        )

    @property
    def best(self) -> CandidateView | None:
        """The measured candidate of highest utility."""
        return self.ranked[0] if self.ranked else None

    def is_withheld(self, candidate: CandidateView) -> bool:
        """Whether a screen stopped it: then its form is neither shown nor exported."""
        stopped = candidate.failed_gate
        if stopped is None:
            return False
        run = self.runs.get(stopped.run_id or "")
        return stopped.gate == HAZARD_GATE or (run is not None and run.status == Status.BLOCKED)

    def count(self, fate: Fate) -> int:
        """Count candidates of one fate."""
        return sum(found == fate for found in self.fates.values())


def gather(ledger: Ledger, campaign_id: str) -> Record:
    """Read one campaign.

    Raises:
        RequestError: No such campaign.
    """
    campaign = campaigns.get(ledger, campaign_id)
    spec = CampaignSpec.model_validate_json(campaign.spec)
    seen = tuple(campaigns.view(ledger, campaign.id))
    forms = ((one, current_form(ledger, spec, one)) for one in seen)
    return Record(
        campaign=campaign,
        spec=spec,
        candidates=seen,
        prepared={one.id: form for one, form in forms if form != one.form},
        runs=accounts.runs_behind(ledger, campaign.id),
        answers=accounts.answers_given(ledger, campaign.id),
        events=accounts.events_of(ledger, campaign.id),
        stages=campaigns.stages_of(ledger, campaign.id),
        n_rounds=accounts.rounds_opened(ledger, campaign.id),
    )


def _fate(candidate: CandidateView, spec: CampaignSpec) -> Fate:
    stopped = candidate.failed_gate
    if stopped is not None:
        return "not asked" if stopped.reason == OUT_OF_BUDGET else "stopped"
    wanted = {objective.name for objective in spec.objectives}
    return "measured" if wanted <= candidate.values.keys() else "unfinished"
