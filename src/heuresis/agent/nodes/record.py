"""record: name, for every measured candidate, the run and the path of each objective's number."""

from typing import Any

from heuresis.agent.state import CampaignState, Desk
from heuresis.agent.validators.ladder import Measure
from heuresis.memory import campaigns
from heuresis.serving.faults import reach


def make_record(desk: Desk) -> Any:
    """Build the node."""
    measures = {rung.name: rung for rung in desk.ladder if isinstance(rung, Measure)}

    def record(state: CampaignState) -> CampaignState:
        candidates = campaigns.view(desk.ledger, desk.campaign.id, state["round"])
        rows = [
            (candidate.id, objective.name, gate.run_id, objective.path)
            for candidate in candidates
            for gate in candidate.gates
            if gate.gate in measures and gate.passed and gate.run_id
            for objective in measures[gate.gate].objectives
        ]
        campaigns.note_measurements(desk.ledger, rows)
        run_ids = sorted({gate.run_id for one in candidates for gate in one.gates if gate.run_id})
        stages = {
            "runs": {"run_ids": run_ids},
            "verdicts": {
                "passed": sum(one.failed_gate is None for one in candidates),
                "failed": sum(one.failed_gate is not None for one in candidates),
            },
        }
        campaigns.note_stages(desk.ledger, desk.campaign.id, state["round"], stages)
        reach("record")
        return {}

    return record
