"""The nodes of the assistant that understand, plan and act; each can be repeated."""

import time
from typing import Any

from heuresis.agent.assistant.approving import asked_of, is_asked_late
from heuresis.agent.assistant.limits import reached
from heuresis.agent.assistant.state import FALLBACK, Bench, TurnState, plan_in
from heuresis.agent.assistant.steps import carry_out, progress_of, stage_name
from heuresis.agent.documents.attached import read_in
from heuresis.agent.planning.plan import Plan
from heuresis.agent.planning.protocol import (
    AskAgain,
    CarryOut,
    GiveUp,
    Known,
    Write,
    messages_before,
    plan_name,
)
from heuresis.agent.understanding.entities import Attachment, Context
from heuresis.agent.understanding.understand import understand
from heuresis.memory.sessions import MessageView
from heuresis.serving.faults import reach


def make_understand(bench: Bench) -> Any:
    """Build the node that reads the message."""

    def understanding(state: TurnState) -> TurnState:
        given = bench.message.facts.get("attachments", ())
        read_files = read_in(bench.lab, given, bench.context("understand"))
        files = [Attachment(**one) for one in read_files]
        read = understand(
            bench.message.body, files, _context(messages_before(bench.ledger, bench.message))
        )
        bench.note("understand", read.model_dump(mode="json"))
        bench.tell("understood", "; ".join(f"{e.kind} {e.text}" for e in read.entities))
        reach("understand")
        return {}

    return understanding


def _context(earlier: tuple[MessageView, ...]) -> Context:
    """Return what earlier answers of the session showed."""
    for one in reversed(earlier):
        if one.author == "assistant" and one.facts.get("shown"):
            return Context.model_validate(one.facts["shown"])
    return Context()


def make_plan(bench: Bench) -> Any:
    """Build the node that asks the planner what is next; it takes one decision."""

    def planning(state: TurnState) -> TurnState:
        stages, number = bench.stages(), state["number"] + 1
        if why := reached(bench, stages):
            return {"stop": why, "next": "check"}
        known = Known(
            message=bench.message,
            stages=stages,
            ledger=bench.ledger,
            note=bench.note,
            tell=bench.tell,
        )
        decision = bench.planner(state, stages).decide(known, number)
        after: TurnState = {"number": number, "next": "check"}
        match decision:
            case CarryOut(plan):
                body = plan.model_dump(mode="json")
                bench.note(plan_name(number), body)
                bench.tell("planned", _told(plan), plan=body)
                after |= {"at": _first_open(plan, stages), "next": "approve"}
            case AskAgain(why):
                bench.tell("asked", why)
                after |= {"next": "plan"}
            case GiveUp(why):
                bench.note(FALLBACK, {"why": why})
                bench.tell("asked", f"{why} Planned without it.")
                after |= {"next": "plan"}
            case Write(draft):
                bench.note(f"draft {number}", {"text": draft})
        reach("plan")
        return after

    return planning


def _told(plan: Plan) -> str:
    return " → ".join(call.tool for call in plan.calls) or "nothing to ask of a tool"


def _first_open(plan: Plan, stages: dict[str, Any]) -> int:
    done = [stage_name(step) in stages for step in plan.steps]
    return done.index(False) if False in done else len(done)


def make_act(bench: Bench) -> Any:
    """Build the node that does one step; the graph returns to it until none is left."""

    def act(state: TurnState) -> TurnState:
        stages = bench.stages()
        plan = plan_in(stages, bench.message)
        if state["at"] < len(plan.steps):
            step = plan.steps[state["at"]]
            if stage_name(step) not in stages:
                if why := reached(bench, stages):
                    return {"stop": why, "next": "check"}
                progress = progress_of(plan, stages)
                context = bench.context(step.id, asked_of(step, plan))
                began = time.perf_counter()
                body = carry_out(step, plan, progress, bench.lab, context)
                body["seconds"] = round(time.perf_counter() - began, 3)
                bench.note(stage_name(step), body)
                bench.tell("stepped", f"{step.id} {step.kind}", step=step.id, body=body)
        reach("act")
        at = state["at"] + 1
        if at < len(plan.steps):
            is_late = is_asked_late(plan.steps[at], plan, bench)
            return {"at": at, "next": "approve" if is_late else "act"}
        looks_back = bench.planner(state, stages).looks_back
        return {"at": at, "next": "plan" if looks_back else "check"}

    return act
