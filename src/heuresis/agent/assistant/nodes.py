"""The nodes of the assistant: understand, plan, act, check, answer; each can be repeated."""

from collections.abc import Mapping
from typing import Any

from heuresis.agent.assistant.composition import compose
from heuresis.agent.assistant.state import Bench, TurnState
from heuresis.agent.assistant.steps import Progress, carry_out, progress_of, stage_name
from heuresis.agent.numbers.answer import settle
from heuresis.agent.numbers.renderer import Sources
from heuresis.agent.numbers.verdict import Mode
from heuresis.agent.planning import embedded
from heuresis.agent.planning.plan import Carrier, Plan, Sort
from heuresis.agent.understanding.entities import (
    Attachment,
    Context,
    Kind,
    Shown,
    Understanding,
)
from heuresis.agent.understanding.understand import understand
from heuresis.errors import RequestError
from heuresis.memory import sessions
from heuresis.serving.faults import reach

KINDS: Mapping[Carrier, Kind] = {
    "text": "name",
    "formula": "formula",
    "crystal": "cif",
    "original": "file",
}


def make_understand(bench: Bench) -> Any:
    """Build the node that reads the message."""

    def understanding(state: TurnState) -> TurnState:
        files = [Attachment(**one) for one in bench.message.facts.get("attachments", ())]
        read = understand(bench.message.body, files, _context(bench))
        bench.note("understand", read.model_dump(mode="json"))
        bench.tell("understood", "; ".join(f"{e.kind} {e.text}" for e in read.entities))
        reach("understand")
        return {}

    return understanding


def _context(bench: Bench) -> Context:
    """Return what earlier answers of the session showed."""
    earlier = sessions.messages(bench.ledger, bench.message.session_id)
    for one in reversed(earlier):
        if one.author == "assistant" and one.id < bench.message.id and one.facts.get("shown"):
            return Context.model_validate(one.facts["shown"])
    return Context()


def make_plan(bench: Bench) -> Any:
    """Build the node that decides what to do, before anything is done."""

    def planning(state: TurnState) -> TurnState:
        read = Understanding.model_validate(
            sessions.stages(bench.ledger, bench.message.id)["understand"]
        )
        made = embedded.plan(read)
        bench.note("plan", made.model_dump(mode="json"))
        bench.tell("planned", _told(made.calls), plan=made.model_dump(mode="json"))
        reach("plan")
        return {"at": 0}

    return planning


def _told(calls: Any) -> str:
    return " → ".join(call.tool for call in calls) or "nothing to ask of a tool"


def make_act(bench: Bench) -> Any:
    """Build the node that does one step; the graph returns to it until none is left."""

    def act(state: TurnState) -> TurnState:
        plan = bench.plan()
        if state["at"] >= len(plan.steps):
            return {}
        step = plan.steps[state["at"]]
        stages = sessions.stages(bench.ledger, bench.message.id)
        if stage_name(step) not in stages:
            progress = progress_of(plan, stages)
            body = carry_out(step, plan, progress, bench.lab, bench.context(step.id))
            bench.note(stage_name(step), body)
            bench.tell("stepped", f"{step.id} {step.kind}", step=step.id, body=body)
        reach("act")
        return {"at": state["at"] + 1}

    return act


def make_answer(bench: Bench) -> Any:
    """Build the node that writes, checks and records the answer."""

    def answer(state: TurnState) -> TurnState:
        plan = bench.plan()
        progress = progress_of(plan, sessions.stages(bench.ledger, bench.message.id))
        draft = compose(plan, progress, bench.ledger)
        sources = Sources(
            draft.runs,
            said=(bench.message.body, *draft.reasons),
            names=frozenset(draft.names),
        )
        settled = settle(draft.text, bench.ledger, sources, Mode.LENIENT)
        bench.tell("checked", settled.verdict.message, n_flags=settled.verdict.count)
        facts = {
            "runs": sorted(draft.runs),
            "n_flags": settled.verdict.count,
            "fills": [vars(fill) for fill in settled.fills],
            "text": settled.text,
            "shown": _shown(plan, progress).model_dump(mode="json"),
        }
        sessions.say(
            bench.ledger,
            bench.message.session_id,
            "assistant",
            draft.text,
            facts=facts,
            answers_id=bench.message.id,
            message_id=answer_id(bench.message.id),
        )
        bench.tell("answered", settled.text)
        reach("answer")
        return {}

    return answer


def _shown(plan: Plan, progress: Progress) -> Context:
    """Remember what this answer was about, so that the next message can point at it."""
    shown = tuple(
        Shown(kind=KINDS[one.carrier], canonical=one.value, label=one.label)
        for one in (plan.subjects[i] for i in progress.standing)
        if one.carrier in KINDS
    )
    is_ranked = any(isinstance(step, Sort) for step in plan.steps)
    return Context(shown=shown, is_ranked=is_ranked, subjects=shown)


def answer_id(message_id: str) -> str:
    """Name the answer of a message, so that a repeated node writes it once.

    Raises:
        RequestError: No message id.
    """
    if not message_id:
        raise RequestError("message: got no id")
    return f"{message_id}-answer"
