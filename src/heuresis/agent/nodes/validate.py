"""validate: one rung of the ladder for every candidate that still stands; then the next rung."""

from collections.abc import Sequence
from typing import Any

from heuresis.agent.spec import Distinct
from heuresis.agent.state import CampaignState, Desk
from heuresis.agent.validators.climb import Climb, affordable, climb
from heuresis.agent.validators.ladder import Rung, tool_of
from heuresis.memory import campaigns, runs
from heuresis.memory.campaigns import CandidateView, Verdict
from heuresis.serving.faults import reach

OUT_OF_BUDGET = "not asked: the budget of calls is used up"


def make_validate(desk: Desk) -> Any:
    """Build the node; the graph returns to it until all rungs are done."""

    def validate(state: CampaignState) -> CampaignState:
        rung = desk.ladder[state["rung"]]
        now = campaigns.view(desk.ledger, desk.campaign.id, state["round"])
        standing = [one for one in now if _stands(one, rung.name)]
        context = desk.context(state, rung.name)
        earlier = _earlier(desk, state) if isinstance(rung, Distinct) else []
        at = Climb(desk.spec, desk.lab, context, earlier)
        asked = _affordable(desk, rung, standing, at)
        desk.say(state, "validate", f"{rung.name}: {len(asked)} candidates")
        unasked = [one for one in standing if one not in asked]
        verdicts = [*climb(rung, asked, at), *_left_out(rung, unasked)]
        campaigns.note_verdicts(desk.ledger, verdicts)
        reach("validate")
        return {"rung": state["rung"] + 1}

    return validate


def _earlier(desk: Desk, state: CampaignState) -> list[CandidateView]:
    seen = campaigns.view(desk.ledger, desk.campaign.id)
    return [one for one in seen if one.round < state["round"]]


def _stands(candidate: CandidateView, rung: str) -> bool:
    """Whether it failed at no other gate; a verdict of this rung is from before a crash."""
    return all(gate.passed or gate.gate == rung for gate in candidate.gates)


def _affordable(
    desk: Desk, rung: Rung, standing: Sequence[CandidateView], at: Climb
) -> Sequence[CandidateView]:
    """Return whom the budget lets the rung ask about.

    A step repeated after a crash finds its own runs known, and counted as spent.
    """
    if isinstance(rung, Distinct):
        return standing
    tool = str(tool_of(rung))
    limit = desk.spec.budget.calls.get(tool)
    if limit is None:
        return standing
    spent = runs.fresh_calls(desk.ledger, desk.campaign.id, except_origin="").get(tool, 0)
    return affordable(rung, standing, limit - spent, at)


def _left_out(rung: Rung, candidates: Sequence[CandidateView]) -> list[Verdict]:
    return [Verdict(one.id, rung.name, False, OUT_OF_BUDGET) for one in candidates]
