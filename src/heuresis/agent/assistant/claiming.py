"""Claims of a conversation: stated once, judged by runs, tested again, raised when refuted."""

import json
from typing import TYPE_CHECKING, Any

from heuresis.agent.assistant.comparing import ENOUGH_STDS, numbers_of
from heuresis.agent.planning.plan import Claim, Plan
from heuresis.contract import Status
from heuresis.memory import claims, runs
from heuresis.memory.campaigns import Number
from heuresis.memory.claim_tests import ClaimTest
from heuresis.memory.ledger import Ledger, derived_id, new_id
from heuresis.serving.context import Context
from heuresis.serving.lab import Lab
from heuresis.tools import registry

if TYPE_CHECKING:
    from heuresis.agent.assistant.steps import Progress  # which carries these out

AUTHOR = "assistant"
DATA_KIND: dict[str, claims.DataKind] = {
    "molecule": "symbolic", "crystal": "structured", "image": "visual", "medical": "visual",
    "vision": "visual",
}  # fmt: skip


def claim(
    step: Claim, plan: Plan, progress: "Progress", lab: Lab, context: Context
) -> dict[str, Any]:
    """State a claim whose test the runs of the plan answer; its id comes from the step.

    Repeated after a crash it finds the claim stated and changes nothing.
    """
    numbers, silent = numbers_of(step, progress, lab.ledger)
    wanted = [step.subject] if step.other is None else [step.subject, step.other]
    missing = [silent.get(str(i), f"no {step.path}") for i in wanted if i not in numbers]
    if missing:
        return {"claim_id": None, "why": missing[0]}
    found = [numbers[i] for i in wanted]
    if any(one.unit != found[0].unit for one in found):
        return {"claim_id": None, "why": f"{step.path} came in units that differ"}
    test = _test(step, lab.ledger, found)
    claim_id = derived_id(context.origin, found[0].run_id)
    labels = ", ".join(plan.subjects[i].label for i in wanted)
    new = claims.NewClaim(
        text=step.text,
        subject=f"{step.words} of {labels}"[:2_000],
        predicate=f"{step.words} {step.sign} {_against(step, plan)}"[:200],
        data_kind=DATA_KIND.get(test.tool.partition(".")[0], "text"),
        knowledge_level="simulation",
        domain=test.tool.partition(".")[0],
        author=AUTHOR,
        test=test,
    )
    claims.state(lab.ledger, new, claim_id)
    said = claims.show(lab.ledger, claim_id)
    return {
        "claim_id": claim_id,
        "status": said["status"],
        "reason": said["history"][-1]["reason"],
        "runs": [one.run_id for one in found],
        "evidence": [[one["run_id"], one["path"], one["stance"]] for one in said["evidence"]],
    }


def _against(step: Claim, plan: Plan) -> str:
    return f"{step.threshold:g}" if step.other is None else plan.subjects[step.other].label


def _test(step: Claim, ledger: Ledger, found: list[Number]) -> ClaimTest:
    requests = [_request(ledger, one.run_id) for one in found]
    tools = [tool for tool, _ in requests]
    marks = [_mark(tool, fields) for tool, fields in requests]
    return ClaimTest(
        tool=tools[0],
        request_holds=marks[0],
        path=step.path,
        sign=step.sign,
        threshold=step.threshold or 0.0,
        unit=found[0].unit,
        other_holds=marks[1] if len(marks) > 1 else None,
        min_stds=ENOUGH_STDS,
        request=requests[0][1],
        other_request=requests[1][1] if len(requests) > 1 else None,
    )


def _request(ledger: Ledger, run_id: str) -> tuple[str, dict[str, Any]]:
    row = runs.get(ledger, run_id)
    if row is None:
        raise RuntimeError(f"run {run_id!r}: got none, though a step recorded it")
    return row.tool, json.loads(row.request)


def _mark(tool: str, fields: dict[str, Any]) -> str:
    """Return the part of a canonical request that names its subject, quotes included."""
    needed = [name for name, one in registry.load(tool).request.model_fields.items()
              if one.is_required()]  # fmt: skip
    name = needed[0] if needed else next(name for name, one in fields.items() if one is not None)
    return f"{json.dumps(name)}:{json.dumps(fields[name], ensure_ascii=False)}"


def gather(lab: Lab, claim_id: str) -> dict[str, Any]:
    """Ask the tool of a claim's test now, and let all runs speak.

    What was asked before with the same version and backend is found, not asked again.

    Returns:
        The claim as `claims.show` returns it, and the outcomes' reasons where one gave no number.

    Raises:
        RequestError: No such claim, one without a test, or no run to learn the request from.
        ServiceError: The tool cannot run here.
    """
    tool, requests = claims.requests_of(lab.ledger, claim_id)
    outcomes = lab.run_many(tool, requests, Context(origin=f"claim:{claim_id}:{new_id()}"))
    claims.hear_all(lab.ledger, claim_id)
    told = claims.show(lab.ledger, claim_id)
    silent = [f"{one.status.value}: {one.reason}" for one in outcomes if one.status != Status.OK]
    return {**told, "asked": [one.run_id for one in outcomes], "silent": silent}


def raised(ledger: Ledger, after_event: int, own: frozenset[str]) -> dict[str, Any]:
    """Return the claims that runs have refuted since an event, those of this turn left out."""
    last, found = claims.refuted_since(ledger, after_event)
    seen = {one["claim_id"]: one for one in found if one["claim_id"] not in own}
    return {"upto": last, "claims": list(seen.values())}
