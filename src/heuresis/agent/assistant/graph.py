"""The assistant: understand -> plan -> approve -> act -> check -> answer, looping within limits."""

from typing import Any

from langgraph.checkpoint.base import BaseCheckpointSaver
from langgraph.graph import END, START, StateGraph

from heuresis.agent.assistant.answering import make_answer, make_check
from heuresis.agent.assistant.approving import make_approve
from heuresis.agent.assistant.nodes import make_act, make_plan, make_understand
from heuresis.agent.assistant.state import Bench, Next, TurnState


def build(bench: Bench, saver: BaseCheckpointSaver[Any]) -> Any:
    """Compile the graph of one turn.

    Args:
        bench: The message and what it is answered with.
        saver: Where the state is kept after every node.
    """
    graph = StateGraph(TurnState)
    graph.add_node("understand", make_understand(bench))
    graph.add_node("plan", make_plan(bench))
    graph.add_node("approve", make_approve(bench))
    graph.add_node("act", make_act(bench))
    graph.add_node("check", make_check(bench))
    graph.add_node("answer", make_answer(bench))
    graph.add_edge(START, "understand")
    graph.add_edge("understand", "plan")
    graph.add_conditional_edges("plan", _next, ["plan", "approve", "check"])
    graph.add_conditional_edges("approve", _after_approval, ["act", "check"])
    graph.add_conditional_edges("act", _next, ["approve", "act", "plan", "check"])
    graph.add_conditional_edges("check", _next, ["plan", "answer"])
    graph.add_edge("answer", END)
    return graph.compile(checkpointer=saver)


def _next(state: TurnState) -> Next:
    return state["next"]


def _after_approval(state: TurnState) -> Next:
    return "check" if state.get("stop") else "act"
