"""The campaign loop: propose -> screen -> validate -> record -> learn -> stop?"""

from itertools import pairwise
from pathlib import Path
from typing import Any

from langgraph.checkpoint.base import BaseCheckpointSaver
from langgraph.graph import END, START, StateGraph

from heuresis.agent.nodes.learn import make_learn
from heuresis.agent.nodes.propose import make_propose
from heuresis.agent.nodes.record import make_record
from heuresis.agent.nodes.report import make_report
from heuresis.agent.nodes.screen import make_screen
from heuresis.agent.nodes.validate import make_validate
from heuresis.agent.state import CampaignState, Desk


def build(desk: Desk, folder: Path, saver: BaseCheckpointSaver[Any]) -> Any:
    """Compile the loop; it ends in a report, also when a budget runs out.

    Args:
        desk: The campaign and what it works with.
        folder: Where the report goes.
        saver: Where the state is kept after every node.
    """
    graph = StateGraph(CampaignState)
    graph.add_node("propose", make_propose(desk))
    graph.add_node("screen", make_screen(desk))
    graph.add_node("validate", make_validate(desk))
    graph.add_node("record", make_record(desk))
    graph.add_node("learn", make_learn(desk))
    graph.add_node("report", make_report(desk, folder))
    for here, there in pairwise((START, "propose", "screen", "validate")):
        graph.add_edge(here, there)
    is_validated = _is_validated(len(desk.ladder))
    graph.add_conditional_edges("validate", is_validated, {False: "validate", True: "record"})
    graph.add_edge("record", "learn")
    graph.add_conditional_edges("learn", is_over, {False: "propose", True: "report"})
    graph.add_edge("report", END)
    return graph.compile(checkpointer=saver)


def is_over(state: CampaignState) -> bool:
    """Whether a reason to stop was found."""
    return state["stop"] != ""


def _is_validated(n_rungs: int) -> Any:
    def is_validated(state: CampaignState) -> bool:
        return state["rung"] >= n_rungs

    return is_validated
