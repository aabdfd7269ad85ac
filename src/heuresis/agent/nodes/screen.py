"""screen: policies judge every candidate before any model sees it."""

from typing import Any

from heuresis.agent.state import CampaignState, Desk
from heuresis.memory import campaigns
from heuresis.memory.campaigns import Verdict
from heuresis.serving.faults import reach
from heuresis.serving.screening import screen_forms

GATE = "hazard"


def make_screen(desk: Desk) -> Any:
    """Build the node. A candidate that needs review does not pass: no person is asked here."""

    def screen(state: CampaignState) -> CampaignState:
        candidates = campaigns.view(desk.ledger, desk.campaign.id, state["round"])
        forms = [candidate.form for candidate in candidates]
        context = desk.context(state, "screen")
        found = screen_forms(desk.ledger, desk.lab.policies, desk.spec.kind, forms, context)
        verdicts = [
            Verdict(
                candidate.id,
                GATE,
                verdict.level == "ok",
                f"{verdict.level} {verdict.rule_id} {verdict.reason}".strip(),
            )
            for candidate, verdict in zip(candidates, found, strict=False)
        ]
        campaigns.note_verdicts(desk.ledger, verdicts)
        reach("screen")
        return {}

    return screen
