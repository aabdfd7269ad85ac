"""The assistant: understand -> plan -> act, step by step -> answer, with its numbers checked."""

from itertools import pairwise
from typing import Any

from langgraph.checkpoint.base import BaseCheckpointSaver
from langgraph.graph import END, START, StateGraph

from heuresis.agent.assistant.nodes import make_act, make_answer, make_plan, make_understand
from heuresis.agent.assistant.state import Bench, TurnState


def build(bench: Bench, saver: BaseCheckpointSaver[Any]) -> Any:
    """Compile the graph of one turn.

    Args:
        bench: The message and what it is answered with.
        saver: Where the state is kept after every node.
    """
    graph = StateGraph(TurnState)
    graph.add_node("understand", make_understand(bench))
    graph.add_node("plan", make_plan(bench))
    graph.add_node("act", make_act(bench))
    graph.add_node("answer", make_answer(bench))
    for here, there in pairwise((START, "understand", "plan", "act")):
        graph.add_edge(here, there)

    def is_done(state: TurnState) -> bool:
        return state["at"] >= len(bench.plan().steps)

    graph.add_conditional_edges("act", is_done, {False: "act", True: "answer"})
    graph.add_edge("answer", END)
    return graph.compile(checkpointer=saver)
