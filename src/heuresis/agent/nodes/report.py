"""report: close the campaign, write its report, let recall catch up."""

from pathlib import Path
from typing import Any

from heuresis.agent.report.write import write_report
from heuresis.agent.state import CampaignState, Desk
from heuresis.errors import ServiceError
from heuresis.memory import campaigns
from heuresis.serving.faults import reach


def make_report(desk: Desk, folder: Path) -> Any:
    """Build the node; a repetition writes the same files again."""

    def report(state: CampaignState) -> CampaignState:
        campaigns.end(desk.ledger, desk.campaign.id, state["stop"])
        desk.say(state, "report", f"writing the report ({state['stop']})")
        write_report(desk.lab, desk.campaign.id, folder)
        if desk.recall is not None:
            try:
                desk.recall.drain()
            except ServiceError as error:  # recall may lag: the outbox keeps what is not indexed
                desk.say(state, "report", f"recall lags: {error}")
        reach("report")
        return {}

    return report
