"""Answer one message: recorded first, then driven to its answer, from wherever it stands."""

from collections.abc import Callable, Sequence
from typing import Any

from heuresis.agent.assistant.nodes import answer_id
from heuresis.agent.assistant.state import Bench, Event, Limits
from heuresis.agent.checkpoints import checkpoints
from heuresis.agent.planning.plan import MAX_STEPS
from heuresis.memory import sessions
from heuresis.memory.sessions import MessageView
from heuresis.serving.lab import Lab
from heuresis.settings import Settings

NODES_BESIDE_STEPS = 8


def say(lab: Lab, session_id: str, text: str, attachments: Sequence[dict[str, Any]] = ()) -> str:
    """Record a person's message and return its id.

    Raises:
        RequestError: No such session.
    """
    facts = {"attachments": list(attachments)}
    return sessions.say(lab.ledger, session_id, "person", text, facts=facts)


def answer(
    message_id: str,
    lab: Lab,
    settings: Settings,
    on_event: Callable[[Event], None] = lambda event: None,
) -> MessageView:
    """Answer a message; one that was answered already is given its answer again.

    Raises:
        RequestError: No such message.
        HeuresisError: What a tool's service raised; the turn can be resumed.
    """
    from langgraph.checkpoint.sqlite import SqliteSaver

    from heuresis.agent.assistant.graph import build

    bench = Bench(lab, sessions.get_message(lab.ledger, message_id), Limits(), on_event)
    config: Any = {
        "configurable": {"thread_id": message_id},
        "recursion_limit": MAX_STEPS + NODES_BESIDE_STEPS,
    }
    with checkpoints(settings.checkpoints) as connection:
        graph = build(bench, SqliteSaver(connection))
        has_begun = bool(graph.get_state(config).values)
        graph.invoke(None if has_begun else {"message_id": message_id, "at": 0}, config,
                     durability="sync")  # fmt: skip
    return sessions.get_message(lab.ledger, answer_id(message_id))
