"""The nodes that check an answer and record it: every number is a run's, or it is not shown."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from heuresis.agent.assistant.composition import Draft, compose, with_sources
from heuresis.agent.assistant.raising import with_raised
from heuresis.agent.assistant.state import FALLBACK, Bench, TurnState, plan_in
from heuresis.agent.assistant.steps import Progress, progress_of
from heuresis.agent.numbers.answer import Settled, settle
from heuresis.agent.numbers.renderer import Fill, Sources
from heuresis.agent.numbers.verdict import Mode
from heuresis.agent.planning.constants import structure_type_of
from heuresis.agent.planning.hosted.spent import spent
from heuresis.agent.planning.plan import Carrier, Plan, Sort
from heuresis.agent.understanding.entities import MOLECULES, Context, Kind, Shown
from heuresis.agent.understanding.smiles_runs import smiles_form
from heuresis.agent.understanding.understand import understand
from heuresis.errors import RequestError
from heuresis.memory import sessions
from heuresis.serving.faults import reach
from heuresis.serving.screening import screen_forms

KINDS: Mapping[Carrier, Kind] = {
    "text": "name",
    "smiles": "smiles",
    "formula": "formula",
    "crystal": "cif",
    "original": "file",
}
MAX_REWRITES = 2  # times that a model is asked to say its answer again without free numbers
UNUSED = (
    "The text of the language model is not shown: it stated numbers that no run gave. "
    "What the tools answered:"
)
HAZARD = (
    "The text of the language model is not shown: it names something that the hazard screen "
    "blocks. What the tools answered:"
)
NO_TOOL = "No tool was asked: these words are the language model's own, and nothing checked them."


def make_check(bench: Bench) -> Any:
    """Build the node that fills a draft's references and judges every other number in it."""

    def check(state: TurnState) -> TurnState:
        stages = bench.stages()
        plan = plan_in(stages, bench.message)
        progress = progress_of(plan, stages)
        own = with_raised(compose(plan, progress, bench.ledger), bench, progress)
        stop = state.get("stop", "")
        written = "" if stop else stages.get(f"draft {state['number']}", {}).get("text", "")
        own_refusal = f"refused {state['number']}"  # there already, if a crash came after it
        refusals = [n for n in stages if n.startswith("refused ") and n != own_refusal]
        note = _fallback(stages)
        if written:
            draft, settled = _of_model(bench, written, own)
            if settled.verdict.is_refused and len(refusals) < MAX_REWRITES:
                bench.note(own_refusal, {"why": settled.verdict.message})
                bench.tell("checked", settled.verdict.message, n_flags=settled.verdict.count)
                reach("check")
                return {"next": "plan"}
            if settled.verdict.is_refused:
                written, note = "", UNUSED
            elif _names_a_hazard(bench, settled.text):
                written, note = "", HAZARD
        if not written:
            draft, settled = _of_composer(bench, own, note, stop)
        body = {
            "draft": draft.text,
            "text": settled.text,
            "runs": sorted(draft.runs),
            "documents": dict(draft.documents),
            "n_flags": settled.verdict.count,
            "fills": [vars(fill) for fill in settled.fills],
            "shown": _shown(bench, plan, progress).model_dump(mode="json"),
            "ending": "stopped" if stop else "answered",
            "stop": stop,
            "is_models_text": bool(written),
        }
        bench.note("check", body)
        bench.tell("checked", settled.verdict.message, n_flags=settled.verdict.count)
        reach("check")
        return {"next": "answer"}

    return check


def _fallback(stages: Mapping[str, Any]) -> str:
    if FALLBACK not in stages:
        return ""
    return f"{stages[FALLBACK]['why']} This was planned without it."


def _of_model(bench: Bench, written: str, own: Draft) -> tuple[Draft, Settled]:
    """Judge a model's text strictly; it may rest on the runs of the session."""
    runs = own.runs | _earlier_runs(bench)
    text = with_sources(written, own) if own.runs else f"{written}\n\n{NO_TOOL}"
    draft = replace(own, text=text, runs=runs)
    settled = settle(text, bench.ledger, _sources(bench, draft), Mode.STRICT)
    return replace(draft, runs=own.runs | _used(settled.fills)), settled


def _names_a_hazard(bench: Bench, text: str) -> bool:
    """Whether a text names a molecule that the policies block; they log it."""
    named = understand(text).of_kind(*MOLECULES)
    return bool(_blocked(bench, [one.canonical for one in named if one.canonical]))


def _blocked(bench: Bench, smiles: Sequence[str]) -> set[str]:
    """Return the molecules that the policies block; they log it."""
    forms = list(dict.fromkeys(smiles))
    verdicts = screen_forms(
        bench.ledger, bench.lab.policies, "molecule", forms, bench.context("check")
    )
    return {form for form, one in zip(forms, verdicts, strict=True) if one.is_blocked}


def _used(fills: Sequence[Fill]) -> set[str]:
    return {fill.run_id for fill in fills if fill.kind in ("number", "derived", "run")}


def _earlier_runs(bench: Bench) -> frozenset[str]:
    said = sessions.messages(bench.ledger, bench.message.session_id)
    return frozenset(
        run_id
        for one in said
        if one.author == "assistant" and one.id < bench.message.id
        for run_id in one.facts.get("runs", ())
    )


def _of_composer(bench: Bench, own: Draft, note: str, stop: str) -> tuple[Draft, Settled]:
    """Settle the composer's own words, with what must be said before and after them."""
    ending = f"Stopped: {stop}. What is above was done before; nothing is left running."
    blocks = [note, own.text, ending if stop else ""]
    draft = replace(
        own,
        text="\n\n".join(block for block in blocks if block),
        reasons=(*own.reasons, note, stop),
        names=(*own.names, *(one for one in (*own.reasons, note, stop) if one)),
    )
    return draft, settle(draft.text, bench.ledger, _sources(bench, draft), Mode.LENIENT)


def _sources(bench: Bench, draft: Draft) -> Sources:
    return Sources(
        draft.runs,
        said=(bench.message.body, *(reason for reason in draft.reasons if reason)),
        names=frozenset(draft.names),
        documents=draft.documents,
        campaigns=draft.campaigns,
    )


def make_answer(bench: Bench) -> Any:
    """Build the node that records the answer."""

    def answer(state: TurnState) -> TurnState:
        stages = bench.stages()
        facts = dict(stages["check"])
        draft = facts.pop("draft")
        sessions.say(
            bench.ledger,
            bench.message.session_id,
            "assistant",
            draft,
            facts={
                **facts,
                "planner": bench.planner(state, stages).name,
                "language_model": spent(stages),
            },
            answers_id=bench.message.id,
            message_id=answer_id(bench.message.id),
        )
        bench.tell("stopped" if facts["stop"] else "answered", facts["text"])
        reach("answer")
        return {}

    return answer


def _shown(bench: Bench, plan: Plan, progress: Progress) -> Context:
    """Remember what this answer was about, so that the next message can point at it.

    What is blocked is not kept, asked of a tool or not: its notation may be what is refused.
    """
    asked = {i for runs in progress.runs.values() for i in runs}
    rest = [one.value for i, one in enumerate(plan.subjects) if i not in asked]
    never = [value for value in rest if smiles_form(value)]  # others hold no structure
    blocked = _blocked(bench, never)
    shown = tuple(
        Shown(
            kind=KINDS[one.carrier],
            canonical=one.value,
            label=one.label,
            structure_type=structure_type_of(plan, i),
        )
        for i, one in ((i, plan.subjects[i]) for i in progress.standing)
        if one.carrier in KINDS and not progress.is_blocked(i) and one.value not in blocked
    )
    found = tuple(
        Shown(kind="smiles", canonical=one["form"], label=one["label"])
        for body in progress.told.values()
        if body.get("kind") == "molecule"
        for one in body.get("best", ())
    )
    is_ranked = bool(found) or any(isinstance(step, Sort) for step in plan.steps)
    return Context(shown=found or shown, is_ranked=is_ranked, subjects=found or shown)


def answer_id(message_id: str) -> str:
    """Name the answer of a message, so that a repeated node writes it once.

    Raises:
        RequestError: No message id.
    """
    if not message_id:
        raise RequestError("message: got no id")
    return f"{message_id}-answer"
