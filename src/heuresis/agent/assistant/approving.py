"""The node that asks a person before a step that the rules do not allow by themselves.

The lab enforces the rules when a step is done; this node looks ahead, so that a person is asked
for all of a plan at once and before anything of it has been done. Only where a rule looks at
arguments that an earlier step has yet to answer is the person asked later, before that step. The
node does nothing else, so it can be repeated: what waits is written once, and what was decided is
read from the ledger each time.
"""

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from heuresis.agent.assistant.campaigning import tools_of
from heuresis.agent.assistant.state import Bench, TurnState, plan_in
from heuresis.agent.assistant.steps import asking, progress_of, stage_name
from heuresis.agent.planning.plan import Answered, Call, Campaign, Plan, Step, Subject
from heuresis.contract import FileRef, Request, texts_in
from heuresis.errors import HeuresisError, RequestError
from heuresis.memory.approvals import Standing
from heuresis.serving.approval import gate
from heuresis.serving.approval.judging import Ruling
from heuresis.serving.execution import guarded
from heuresis.serving.faults import reach
from heuresis.serving.opening import open_files

MAX_LOOKED_AT = 1_000  # requests of one step that are looked at here; the lab looks at all


@dataclass(frozen=True)
class Waiting:
    """A step that waits for a person.

    Attributes:
        request_id: What a person grants or denies.
        text: What it is, and why it is asked for.
    """

    request_id: str
    text: str


def make_approve(bench: Bench) -> Any:
    """Build the node between plan and act; it waits where a call needs a person's word.

    Its interrupt carries `{"approvals": [ids], "text": ...}`. Whoever answers the same message
    again comes back to its beginning: it goes on when every request was granted or denied, and a
    denied step is then refused by the lab with the rule and the person's words.
    """

    def approve(state: TurnState) -> TurnState:
        from langgraph.types import interrupt

        open_ones = waiting_in(bench)
        reach("approve")
        if open_ones:
            ids = [one.request_id for one in open_ones]
            text = "\n".join(one.text for one in open_ones)
            bench.tell("asked", text, approvals=ids)
            interrupt({"approvals": ids, "text": text})
        return {}

    return approve


def waiting_in(bench: Bench) -> list[Waiting]:
    """Return what waits of the plan's steps that are not done; what is new enters the queue."""
    stages = bench.stages()
    plan = plan_in(stages, bench.message)
    found: dict[str, Waiting] = {}
    for step in plan.steps:
        if stage_name(step) not in stages:
            found |= {one.request_id: one for one in _waiting(step, plan, stages, bench)}
    return list(found.values())


def is_asked_late(step: Step, plan: Plan, bench: Bench) -> bool:
    """Whether rules look at arguments of a step, which earlier steps may have yet to answer."""
    if not isinstance(step, Call):
        return isinstance(step, Campaign)
    try:
        return not bench.lab.approvals.rule(_call(step, step.tool, plan, bench)).is_sure
    except RequestError:  # the lab says so, when the step is done: as a refusal with its reason
        return False


def _waiting(step: Step, plan: Plan, stages: Mapping[str, Any], bench: Bench) -> Iterator[Waiting]:
    rules = bench.lab.approvals
    n = len(_subjects(step, plan)) if isinstance(step, Call) else None
    try:
        ruled = list(_ruled(step, plan, stages, bench))
    except RequestError:  # as above
        return
    for call, ruling in ruled:
        if ruling.verdict == "ask":
            standing = rules.look(call, ruling, n)
            if standing.state in ("waiting", "crowded"):
                yield _told(call, ruling, standing)


def _ruled(
    step: Step, plan: Plan, stages: Mapping[str, Any], bench: Bench
) -> Iterator[tuple[gate.Call, Ruling]]:
    """Judge what a step asks of tools, as far as it is known."""
    if isinstance(step, Call):
        call = _call(step, step.tool, plan, bench)
        for ruling in _rulings(step, plan, stages, call, bench):
            yield call, ruling
    elif isinstance(step, Campaign) and (step.starts is None or f"step {step.starts}" in stages):
        for tool in tools_of(step, progress_of(plan, stages), bench.lab):
            call = _call(step, tool, plan, bench)
            yield call, bench.lab.approvals.rule(call)


def _call(step: Step, name: str, plan: Plan, bench: Bench) -> gate.Call:
    tool, backend = bench.lab.way(name)
    return gate.Call.of(tool, backend, bench.context(step.id, asked_of(step, plan)))


def _told(call: gate.Call, ruling: Ruling, standing: Standing) -> Waiting:
    return Waiting(standing.request_id, f"{call.tool.name}: {gate.told(ruling, standing)}")


def _rulings(
    step: Call, plan: Plan, stages: Mapping[str, Any], call: gate.Call, bench: Bench
) -> list[Ruling]:
    """Judge a step; where its arguments decide, as soon as the steps it leans on are done."""
    rules = bench.lab.approvals
    at_large = rules.rule(call)
    if at_large.is_sure:
        return [at_large]
    leant_on = {one.step for one in step.fields.values() if isinstance(one, Answered)}
    if not {f"step {name}" for name in leant_on} <= stages.keys():
        return []
    asked = asking(step, plan, progress_of(plan, stages), bench.lab).requests[:MAX_LOOKED_AT]
    requests = (_canonical(call, fields, bench) for fields in asked)
    singly = (_ruling(call, request, rules) for request in requests if request is not None)
    return list(dict.fromkeys(singly))


def _canonical(call: gate.Call, fields: dict[str, Any], bench: Bench) -> Request | None:
    """Return a request as the lab will judge it; None where the lab will refuse it."""
    try:
        with guarded(call.tool):
            typed = open_files(call.tool.request.model_validate(fields), bench.lab.vault)
            canonical: Request = call.tool.canonical(typed)
            return canonical
    except HeuresisError:
        return None


def _ruling(call: gate.Call, request: Request, rules: gate.ApprovalGate) -> Ruling:
    has_files = bool(texts_in(request, FileRef))
    return rules.rule(call, has_files=has_files, arguments=lambda: request.model_dump(mode="json"))


def _subjects(step: Call, plan: Plan) -> list[Subject]:
    """Return the subjects that a step may ask about; fewer may stand when it is done."""
    chosen = range(len(plan.subjects)) if step.among is None else step.among
    return [
        plan.subjects[i]
        for i in chosen
        if i < len(plan.subjects) and step.over in (None, plan.subjects[i].carrier)
    ]


def asked_of(step: Step, plan: Plan) -> str:
    """Digest what a step asks of its tool, as planned; an approval holds for that alone."""
    asked: list[Any] = []
    if isinstance(step, Call):
        fields = {name: source.model_dump(mode="json") for name, source in step.fields.items()}
        asked = [step.tool, fields, [(one.carrier, one.value) for one in _subjects(step, plan)]]
    elif isinstance(step, Campaign):
        asked = ["campaign", step.spec, step.starts]
    text = json.dumps(asked, sort_keys=True, ensure_ascii=True)
    return "sha256:" + hashlib.sha256(text.encode()).hexdigest() if asked else ""
