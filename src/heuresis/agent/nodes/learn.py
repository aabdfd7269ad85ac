"""learn: what did the round teach, what is left, does it go on?"""

import time
from collections.abc import Sequence
from typing import Any

from heuresis.agent.state import CampaignState, Desk
from heuresis.agent.utility import utility_of
from heuresis.memory import campaigns, runs
from heuresis.memory.campaigns import CandidateView
from heuresis.serving.faults import reach

GAIN = 1e-9  # smaller rises of the utility are noise of the last digits


def make_learn(desk: Desk) -> Any:
    """Build the node."""
    clock = _Clock()

    def learn(state: CampaignState) -> CampaignState:
        candidates = campaigns.view(desk.ledger, desk.campaign.id, state["round"])
        before = state.get("best", 0.0)
        best = max([utility_of(desk.spec.objectives, one) for one in candidates], default=0.0)
        stale = 0 if best > before + GAIN else state.get("stale", 0) + 1
        patch: CampaignState = {
            "best": max(best, before),
            "stale": stale,
            "elapsed_s": state.get("elapsed_s", 0.0) + clock.lap_s(),
        }
        spent = runs.fresh_calls(desk.ledger, desk.campaign.id, except_origin="")
        stop = _stop_reason(desk, {**state, **patch}, candidates, spent)
        campaigns.note_stages(
            desk.ledger,
            desk.campaign.id,
            state["round"],
            {
                "update": {"best_utility": patch["best"], "gain": max(0.0, best - before)},
                "decision": {
                    "stop": stop or None,
                    "left": {
                        "rounds": desk.spec.budget.rounds - state["round"],
                        "calls": {
                            tool: limit - spent.get(tool, 0)
                            for tool, limit in desk.spec.budget.calls.items()
                        },
                    },
                },
            },
        )
        desk.say(state, "learn", f"best utility {patch['best']:.3f}")
        reach("learn")
        return {**patch, "stop": stop, "round": state["round"] + (0 if stop else 1)}

    return learn


def _stop_reason(
    desk: Desk, state: CampaignState, candidates: Sequence[CandidateView], spent: dict[str, int]
) -> str:
    """Return one of: goal met, no candidate, budget, patience; empty to go on."""
    budget, stop = desk.spec.budget, desk.spec.stop
    is_spent = any(spent.get(tool, 0) >= limit for tool, limit in budget.calls.items())
    is_late = budget.seconds is not None and state["elapsed_s"] >= budget.seconds
    if stop.utility is not None and state["best"] >= stop.utility:
        return "goal met"
    if not candidates:
        return "no candidate"
    if state["round"] >= budget.rounds or is_spent or is_late:
        return "budget"
    if stop.patience is not None and state["stale"] >= stop.patience:
        return "patience"
    return ""


class _Clock:
    """Time since the last look, in this process."""

    def __init__(self) -> None:
        self._last = time.monotonic()

    def lap_s(self) -> float:
        last, self._last = self._last, time.monotonic()
        return self._last - last
