"""How well was the work done, apart from what it found? Six part scores from the ledger alone.

Definitions follow our reading of the scientific-LLM survey (arXiv 2508.21148). The outcome score
is a field of its own; the two are never added up.
"""

from collections.abc import Sequence
from typing import Any

from pydantic import Field
from sqlalchemy import Connection, func, select

from heuresis.agent.spec import CampaignSpec
from heuresis.agent.statistics import area, best_so_far
from heuresis.agent.utility import utility_of
from heuresis.contract import Frozen
from heuresis.memory import campaigns
from heuresis.memory.campaigns import STAGES, CandidateView
from heuresis.memory.ledger import Ledger
from heuresis.memory.runs import CALL, QUANTITY, RUN

HALVES = 2
OUT_OF_BUDGET = "budget"


class ProcessScore(Frozen):
    """Part scores in [0, 1], each with its meaning; None where there is nothing to score."""

    stage_completeness: float = Field(description="Stages present of nine, mean over rounds.")
    tool_success: float | None = Field(description="Calls that ended ok or partial, of all calls.")
    out_of_domain_share: float | None = Field(description="Calls refused as out of domain.")
    citation_precision: float | None = Field(description="Measurements whose run has the number.")
    constraint_satisfaction: float | None = Field(description="Measured candidates that passed.")
    learning: float | None = Field(
        description="Chance that a measured candidate of the second half beats one of the first."
    )
    economy: float | None = Field(description="Calls answered from the ledger, of all calls.")
    n_calls: int = Field(description="Calls made.")
    tool_seconds: float = Field(description="Time of fresh runs.")


class OutcomeScore(Frozen):
    """What was found."""

    best_utility: float = Field(description="Highest utility, 0 to 1.")
    area: float = Field(description="Mean of best-so-far over measured candidates.")
    n_measured: int = Field(description="Measured candidates.")
    n_passed: int = Field(description="Candidates that passed every gate.")


def score(ledger: Ledger, campaign_id: str) -> tuple[ProcessScore, OutcomeScore]:
    """Score a campaign.

    Raises:
        RequestError: No such campaign.
    """
    campaign = campaigns.get(ledger, campaign_id)
    spec = CampaignSpec.model_validate_json(campaign.spec)
    seen = campaigns.view(ledger, campaign.id)
    measured = [one for one in seen if one.values]
    utilities = [utility_of(spec.objectives, one) for one in measured]
    with ledger.read() as connection:
        calls = _calls(connection, campaign.id)
        precision = _citation_precision(connection, measured)
    n_calls = sum(row["n"] for row in calls)
    process = ProcessScore(
        stage_completeness=_completeness(campaigns.stages_of(ledger, campaign.id)),
        tool_success=_share(calls, n_calls, "status", ("ok", "partial")),
        out_of_domain_share=_share(calls, n_calls, "status", ("out_of_domain",)),
        citation_precision=precision,
        constraint_satisfaction=_ratio(sum(u > 0 for u in utilities), len(utilities)),
        learning=_learning(utilities),
        economy=_share(calls, n_calls, "cached", (True,)),
        n_calls=n_calls,
        tool_seconds=sum(row["seconds"] or 0.0 for row in calls if not row["cached"]),
    )
    curve = best_so_far(utilities)
    outcome = OutcomeScore(
        best_utility=curve[-1] if curve else 0.0,
        area=area(curve, len(curve)),
        n_measured=len(measured),
        n_passed=sum(one.failed_gate is None for one in seen),
    )
    return process, outcome


def _calls(connection: Connection, campaign_id: str) -> list[dict[str, Any]]:
    query = (
        select(RUN.c.status, CALL.c.cached, func.count().label("n"), func.sum(RUN.c.seconds))
        .join(CALL, CALL.c.run_id == RUN.c.id)
        .where(CALL.c.campaign_id == campaign_id)
        .group_by(RUN.c.status, CALL.c.cached)
    )
    names = ("status", "cached", "n", "seconds")
    return [dict(zip(names, row, strict=True)) for row in connection.execute(query)]


def _citation_precision(connection: Connection, measured: Sequence[CandidateView]) -> float | None:
    """Share of cited numbers that the cited run really holds."""
    cited = [number for one in measured for number in one.values.values()]
    if not cited:
        return None
    n_true = 0
    for number in cited:
        query = select(QUANTITY.c.value).where(
            QUANTITY.c.run_id == number.run_id, QUANTITY.c.path == number.path
        )
        n_true += connection.execute(query).scalar_one_or_none() == number.value
    return n_true / len(cited)


def _completeness(stages: Sequence[dict[str, Any]]) -> float:
    rounds: dict[int, set[str]] = {}
    for stage in stages:
        rounds.setdefault(stage["round"], set()).add(stage["name"])
    shares = [len(names & set(STAGES)) / len(STAGES) for names in rounds.values()]
    return sum(shares) / len(shares) if shares else 0.0


def _learning(utilities: Sequence[float]) -> float | None:
    """Return the probability of superiority of later over earlier; 0.5 is no learning."""
    middle = len(utilities) // HALVES
    early, late = utilities[:middle], utilities[middle:]
    if not early:
        return None
    wins = sum((b > a) + 0.5 * (b == a) for a in early for b in late)
    return wins / (len(early) * len(late))


def _share(
    calls: Sequence[dict[str, Any]], n_calls: int, field: str, wanted: tuple[Any, ...]
) -> float | None:
    return _ratio(sum(row["n"] for row in calls if row[field] in wanted), n_calls)


def _ratio(part: int, whole: int) -> float | None:
    return part / whole if whole else None
