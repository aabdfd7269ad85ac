"""Answer one message: recorded first, then driven to its answer, from wherever it stands."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from heuresis.agent.assistant.answering import answer_id
from heuresis.agent.assistant.limits import limits_of
from heuresis.agent.assistant.state import Bench, Event, Limits, PlannerKind
from heuresis.agent.checkpoints import saver_for
from heuresis.errors import RequestError
from heuresis.memory import sessions
from heuresis.memory.sessions import MessageView
from heuresis.serving.lab import Lab
from heuresis.settings import Settings

MAX_NODES = 1_000  # of one turn; its limits end it long before


@dataclass(frozen=True)
class Turn:
    """Where a message stands.

    Attributes:
        ending: 'answered'; 'stopped' by a limit, with what was found until then; or 'waiting' for
            a person's word. Answering a waiting message again goes on, once the word is given.
        text: What to show.
        message: The recorded answer; None while it waits.
        approvals: What is waited for, as the approving node tells it.
    """

    ending: Literal["answered", "stopped", "waiting"]
    text: str
    message: MessageView | None = None
    approvals: tuple[Any, ...] = ()

    @property
    def facts(self) -> Mapping[str, Any]:
        """What is known of the recorded answer: runs, fills, flags; nothing while it waits."""
        return self.message.facts if self.message else {}


def say(lab: Lab, session_id: str, text: str, attachments: Sequence[dict[str, Any]] = ()) -> str:
    """Record a person's message and return its id.

    Raises:
        RequestError: No such session.
    """
    facts = {"attachments": list(attachments)}
    return sessions.say(lab.ledger, session_id, "person", text, facts=facts)


def answer(  # noqa: PLR0913  # what a turn is made of
    message_id: str,
    lab: Lab,
    settings: Settings,
    on_event: Callable[[Event], None] = lambda event: None,
    *,
    planner: PlannerKind | None = None,
    limits: Limits | None = None,
) -> Turn:
    """Answer a message, or go on with it; one that was answered is given its answer again.

    Args:
        message_id: What `say` returned.
        lab: The door to tools.
        settings: Where checkpoints are and which language model is used.
        on_event: Told what happens, as it happens.
        planner: Who plans; None: a language model where the settings name one. A turn that has
            begun keeps its planner.
        limits: Where it ends at the latest; None: those of the settings.

    Raises:
        RequestError: No such message; a model is asked for and the settings name none.
        HeuresisError: What a tool's service raised; the turn can be resumed.
    """
    from heuresis.agent.assistant.graph import build

    kind = planner or ("model" if settings.chat_model else "embedded")
    if planner == "model" and not settings.chat_model:
        raise RequestError("planner: got 'model', allowed: 'embedded', or set HEURESIS_CHAT_MODEL")
    message = sessions.get_message(lab.ledger, message_id)
    bench = Bench(lab, message, limits or limits_of(settings), on_event, _model(settings))
    config: Any = {"configurable": {"thread_id": message_id}, "recursion_limit": MAX_NODES}
    begun = {"message_id": message_id, "planner": kind, "number": 0, "at": 0}

    def go_on() -> Any:
        with saver_for(lab.ledger, settings) as saver:
            graph = build(bench, saver)
            has_begun = bool(graph.get_state(config).values)
            return graph.invoke(None if has_begun else begun, config, durability="sync")

    came_to = lab.ledger.outlast(go_on)
    waits = came_to.get("__interrupt__") if came_to else None
    if waits:
        return _waiting([one.value for one in waits], bench)
    return _ended(sessions.get_message(lab.ledger, answer_id(message_id)))


def _model(settings: Settings) -> Any:
    if not settings.chat_model:
        return None
    from heuresis.agent.planning.hosted.planner import Hosted
    from heuresis.tools.chat import Chat

    return Hosted(Chat.of(settings))


def _waiting(asked: Sequence[Any], bench: Bench) -> Turn:
    approvals = tuple(one for each in asked for one in each.get("approvals", ()))
    text = "\n".join(str(each.get("text", "")) for each in asked)
    bench.tell("waiting", text, approvals=list(approvals))
    return Turn("waiting", text, approvals=approvals)


def _ended(message: MessageView) -> Turn:
    ending = message.facts.get("ending", "answered")
    return Turn(ending, str(message.facts["text"]), message)
