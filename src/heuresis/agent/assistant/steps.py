"""Carrying out one step of a plan: ask a tool about every subject, keep some, or put in order."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from heuresis.agent.assistant.answers import as_argument, as_number, at_path, response_of
from heuresis.agent.planning.plan import Answered, Call, Constant, Keep, Plan, Sort, Step
from heuresis.contract import Outcome
from heuresis.errors import RequestError
from heuresis.serving.context import Context
from heuresis.serving.lab import Lab


@dataclass
class Progress:
    """How far a plan is, as its finished steps tell.

    Attributes:
        standing: Places of the subjects that are still in, in their present order.
        runs: Run id by step and subject.
        left_out: Reason by subject, of those that are out.
        refused: Reason by step and subject, where a tool gave no answer.
    """

    standing: list[int]
    runs: dict[str, dict[int, str]] = field(default_factory=dict)
    left_out: dict[int, str] = field(default_factory=dict)
    refused: dict[str, dict[int, str]] = field(default_factory=dict)

    def take(self, step: Step, body: Mapping[str, Any]) -> None:
        """Add what a finished step came to."""
        if isinstance(step, Call):
            self.runs[step.id] = {int(i): run_id for i, run_id in body["runs"].items()}
            self.refused[step.id] = {int(i): why for i, why in body["refused"].items()}
        elif isinstance(step, Keep | Sort):
            self.standing = list(body["standing"])
            self.left_out |= {int(i): why for i, why in body["left_out"].items()}


def progress_of(plan: Plan, stages: Mapping[str, Any]) -> Progress:
    """Rebuild the progress from what was recorded."""
    progress = Progress(list(range(len(plan.subjects))))
    for step in plan.steps:
        if stage_name(step) in stages:
            progress.take(step, stages[stage_name(step)])
    return progress


def stage_name(step: Step) -> str:
    """Return the name under which a step is recorded."""
    return f"step {step.id}"


def carry_out(
    step: Step, plan: Plan, progress: Progress, lab: Lab, context: Context
) -> dict[str, Any]:
    """Do one step and return what it came to, as JSON data.

    Raises:
        RequestError: A step of this kind cannot be carried out here.
        HeuresisError: What the lab raised.
    """
    match step:
        case Call():
            return _call(step, plan, progress, lab, context)
        case Keep():
            return _keep(step, progress, lab)
        case Sort():
            return _sort(step, progress, lab)
    raise RequestError(f"step {step.id}: got a {step.kind}, allowed: call, keep, sort")


def _call(step: Call, plan: Plan, progress: Progress, lab: Lab, context: Context) -> dict[str, Any]:
    asked: list[int] = []
    requests: list[dict[str, Any]] = []
    refused: dict[int, str] = {}
    for i in progress.standing:
        if step.over is not None and plan.subjects[i].carrier != step.over:
            continue
        try:
            requests.append(_request(step, plan, progress, lab, i))
            asked.append(i)
        except RequestError as error:
            refused[i] = str(error)
    outcomes = lab.run_many(step.tool, requests, context) if requests else []
    answered = dict(zip(asked, outcomes, strict=True))
    refused |= {i: _why(one) for i, one in answered.items() if not one.is_usable}
    return {"runs": {i: one.run_id for i, one in answered.items()}, "refused": refused}


def _why(outcome: Outcome) -> str:
    return f"{outcome.tool} {outcome.status.value.replace('_', ' ')}: {outcome.reason}"


def _request(step: Call, plan: Plan, progress: Progress, lab: Lab, i: int) -> dict[str, Any]:
    fields: dict[str, Any] = {}
    for name, source in step.fields.items():
        if isinstance(source, Constant):
            fields[name] = source.value
        elif isinstance(source, Answered):
            fields[name] = _answered(source, progress, lab, i)
        else:
            fields[name] = plan.subjects[i].value
    return fields


def _answered(source: Answered, progress: Progress, lab: Lab, i: int) -> Any:
    earlier = progress.refused.get(source.step, {}).get(i)
    run_id = progress.runs.get(source.step, {}).get(i)
    value = None
    if run_id is not None and earlier is None:
        value = as_argument(at_path(response_of(lab.ledger, run_id), source.path))
    if value is None:
        raise RequestError(earlier or f"no {source.path} was found before")
    return value


def _number(step: Keep | Sort, progress: Progress, lab: Lab, i: int) -> float | None:
    run_id = progress.runs.get(step.step, {}).get(i)
    if run_id is None or i in progress.refused.get(step.step, {}):
        return None
    return as_number(at_path(response_of(lab.ledger, run_id), step.path))


def _keep(step: Keep, progress: Progress, lab: Lab) -> dict[str, Any]:
    numbers = {i: _number(step, progress, lab, i) for i in progress.standing}
    kept = [i for i, number in numbers.items() if number is not None and step.fits(number)]
    left_out = {
        i: f"no {step.path}" if numbers[i] is None else f"{step.path} does not fit"
        for i in progress.standing
        if i not in kept
    }
    return {"standing": kept, "left_out": left_out}


def _sort(step: Sort, progress: Progress, lab: Lab) -> dict[str, Any]:
    numbers = {i: _number(step, progress, lab, i) for i in progress.standing}
    sign = -1 if step.direction == "descending" else 1
    known = {i: number for i, number in numbers.items() if number is not None}
    order = sorted(known, key=lambda i: (sign * known[i], i))
    left_out = {i: f"no {step.path}" for i, number in numbers.items() if number is None}
    if step.limit is not None:
        left_out |= dict.fromkeys(order[step.limit :], "below the number asked for")
        order = order[: step.limit]
    return {"standing": order, "left_out": left_out}
