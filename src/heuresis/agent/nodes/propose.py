"""propose: tell the proposer what is known, ask for candidates, record them."""

from collections.abc import Sequence
from typing import Any

from heuresis.agent.knowledge import earlier_observations, own_observations, told, with_refuted
from heuresis.agent.proposers.build import build_proposer
from heuresis.agent.proposers.protocol import Observation, Proposal
from heuresis.agent.state import CampaignState, Desk
from heuresis.memory import campaigns
from heuresis.memory.campaigns import NewCandidate, form_digest
from heuresis.serving.faults import reach
from heuresis.serving.screening import rules_digest

KEPT_SHARE = 4  # one in four places of the first round goes to the best already known
RETRIEVED_NAMED = 20


def make_propose(desk: Desk) -> Any:
    """Build the node."""

    def propose(state: CampaignState) -> CampaignState:
        if not campaigns.has_round(desk.ledger, desk.campaign.id, state["round"]):
            _propose(desk, state)
        reach("propose")
        return {"rung": 0}

    return propose


def _propose(desk: Desk, state: CampaignState) -> None:
    number, spec = state["round"], desk.spec
    seen = campaigns.view(desk.ledger, desk.campaign.id)
    own = with_refuted(desk.ledger, own_observations(spec, seen))
    earlier = with_refuted(desk.ledger, earlier_observations(desk.ledger, spec, desk.campaign))
    observations = told(spec, own, earlier, number)
    kept = _best_known(spec.budget.per_round, earlier) if number == 1 else []
    proposer = build_proposer(spec, number)
    proposer.tell(observations)
    known = {one.form for one in seen} | {one.form for one in earlier}
    fresh = proposer.ask(spec.budget.per_round - len(kept), known)
    proposals = [*kept, *fresh]
    desk.say(state, "propose", f"{len(proposals)} candidates from {len(observations)} observations")
    campaigns.open_round(
        desk.ledger,
        desk.campaign,
        number,
        [_new(spec.proposer.kind, proposal) for proposal in proposals],
        _stages(desk, observations, proposals),
    )


def _best_known(per_round: int, earlier: Sequence[Observation]) -> list[Proposal]:
    """Bring back the best of earlier campaigns: their runs are cached, so they cost nothing."""
    ranked = sorted(earlier, key=lambda one: (-one.utility, one.form))
    return [
        Proposal(
            form=one.form,
            operator="recalled",
            expected=one.utility,
            retest="measured by an earlier campaign; kept for comparison, its runs are cached",
        )
        for one in ranked[: per_round // KEPT_SHARE]
        if one.utility > 0
    ]


def _new(kind: str, proposal: Proposal) -> NewCandidate:
    return NewCandidate(
        form=proposal.form,
        parents=tuple(form_digest(parent) for parent in proposal.parents),
        proposer=kind,
        operator=proposal.operator,
        expected=proposal.expected,
        retest=proposal.retest,
    )


def _stages(
    desk: Desk, observations: Sequence[Observation], proposals: Sequence[Proposal]
) -> dict[str, Any]:
    """Write down how this round came about: the first five of its nine stages."""
    spec = desk.spec
    best = sorted(observations, key=lambda one: (-one.utility, one.form))[:RETRIEVED_NAMED]
    expected = [one.expected for one in proposals if one.expected is not None]
    operators = sorted({one.operator for one in proposals})
    return {
        "goal": {"text": spec.goal},
        "decomposition": {
            "objectives": [objective.name for objective in spec.objectives],
            "gates": [rung.name for rung in desk.ladder],
        },
        "retrieved": {
            "observations": len(observations),
            "best": [form_digest(one.form) for one in best if one.utility > 0],
        },
        "hypothesis": {
            "text": f"candidates made by {', '.join(operators) or 'nobody'} improve the utility",
            "expected_utility": max(expected) if expected else None,
        },
        "plan": {
            "candidates": len(proposals),
            "memory": spec.memory,
            "rules": rules_digest(desk.lab.policies),
        },
    }
