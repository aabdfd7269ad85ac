"""Carrying out one step of a plan: ask a tool about every subject, keep some, or put in order."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from heuresis.agent.assistant.answers import as_argument, as_number, at_path, response_of
from heuresis.agent.assistant.campaigning import search
from heuresis.agent.assistant.claiming import claim
from heuresis.agent.assistant.comparing import check, compare
from heuresis.agent.assistant.looking import look
from heuresis.agent.planning.plan import (
    Answered,
    Call,
    Campaign,
    Check,
    Claim,
    Compare,
    Constant,
    Keep,
    Listed,
    Look,
    Plan,
    Sort,
    Step,
)
from heuresis.contract import Outcome, Status
from heuresis.errors import RequestError
from heuresis.serving.context import Context
from heuresis.serving.lab import Lab

BLOCKED = f" {Status.BLOCKED.value}: "  # in a reason, after the name of the tool


@dataclass
class Progress:
    """How far a plan is, as its finished steps tell.

    Attributes:
        standing: Places of the subjects that are still in, in their present order.
        runs: Run id by step and subject.
        left_out: Reason by subject, of those that are out.
        refused: Reason by step and subject, where a tool gave no answer.
        told: What comparisons, checks, claims, looks and campaigns came to, by step.
    """

    standing: list[int]
    runs: dict[str, dict[int, str]] = field(default_factory=dict)
    left_out: dict[int, str] = field(default_factory=dict)
    refused: dict[str, dict[int, str]] = field(default_factory=dict)
    told: dict[str, Any] = field(default_factory=dict)

    def is_blocked(self, i: int) -> bool:
        """Whether a rule refused a subject."""
        return any(BLOCKED in refused.get(i, "") for refused in self.refused.values())

    def take(self, step: Step, body: Mapping[str, Any]) -> None:
        """Add what a finished step came to."""
        if isinstance(step, Call):
            self.runs[step.id] = {int(i): run_id for i, run_id in body["runs"].items()}
            self.refused[step.id] = {int(i): why for i, why in body["refused"].items()}
        elif isinstance(step, Keep | Sort):
            kept = list(body["standing"])
            gone = {*kept, *map(int, body["left_out"])}
            later = [i for i in self.standing if i not in gone]  # came with a later plan
            self.standing = [*kept, *later]
            self.left_out |= {int(i): why for i, why in body["left_out"].items()}
        else:
            self.told[step.id] = dict(body)


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
            body = _call(step, plan, progress, lab, context)
        case Keep():
            body = _keep(step, progress, lab)
        case Sort():
            body = _sort(step, progress, lab)
        case Check():
            body = check(step, progress, lab.ledger)
        case Compare():
            body = compare(step, progress, lab.ledger)
        case Claim():
            body = claim(step, plan, progress, lab, context)
        case Look():
            return look(step, lab)
        case Campaign():
            body = search(step, progress, lab, context)
        case _:
            raise RequestError(f"step {step.id}: got a {step.kind}, which is carried out nowhere")
    return body


@dataclass(frozen=True)
class Asking:
    """The requests of one call, as they are put to the lab.

    Attributes:
        places: Subjects that are asked about.
        requests: Fields of one request each, in the same order.
        refused: Reason by subject, where no request can be made.
    """

    places: tuple[int, ...]
    requests: tuple[dict[str, Any], ...]
    refused: dict[int, str]


def asking(step: Call, plan: Plan, progress: Progress, lab: Lab) -> Asking:
    """Write out the requests of a call, with what earlier steps answered filled in."""
    asked: list[int] = []
    requests: list[dict[str, Any]] = []
    refused: dict[int, str] = {}
    for i in progress.standing:
        if step.over is not None and plan.subjects[i].carrier != step.over:
            continue
        if step.among is not None and i not in step.among:
            continue
        try:
            requests.append(_request(step, plan, progress, lab, i))
            asked.append(i)
        except RequestError as error:
            refused[i] = str(error)
    return Asking(tuple(asked), tuple(requests), refused)


def _call(step: Call, plan: Plan, progress: Progress, lab: Lab, context: Context) -> dict[str, Any]:
    all_of = asking(step, plan, progress, lab)
    outcomes = lab.run_many(step.tool, all_of.requests, context) if all_of.requests else []
    answered = dict(zip(all_of.places, outcomes, strict=True))
    refused = all_of.refused | {i: _why(one) for i, one in answered.items() if not one.is_usable}
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
        elif isinstance(source, Listed):
            if i in source.values:
                fields[name] = source.values[i]
        else:
            fields[name] = plan.subjects[i].value
    return fields


def _answered(source: Answered, progress: Progress, lab: Lab, own: int) -> Any:
    i = own if source.subject is None else source.subject
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
