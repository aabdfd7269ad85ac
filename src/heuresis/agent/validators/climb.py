"""One rung of the ladder: ask its tool about all candidates at once, and judge each answer."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate

from heuresis.agent.spec import CampaignSpec, Distinct, Expect, Prepare, Range
from heuresis.agent.validators.distinct import judge_distinct
from heuresis.agent.validators.ladder import Measure, Rung, request_for, tool_of
from heuresis.contract import Outcome, Quantity, Request
from heuresis.errors import RequestError
from heuresis.memory import runs
from heuresis.memory.campaigns import CandidateView, Verdict
from heuresis.memory.ledger import Ledger
from heuresis.serving.context import Context
from heuresis.serving.lab import Lab
from heuresis.tools import registry

UNIT_OF_SHARES = "1"


@dataclass(frozen=True)
class Climb:
    """What a rung needs besides the candidates."""

    spec: CampaignSpec
    lab: Lab
    context: Context
    earlier: Sequence[CandidateView]  # candidates of earlier rounds


def climb(rung: Rung, candidates: Sequence[CandidateView], at: Climb) -> list[Verdict]:
    """Return one verdict per candidate.

    Raises:
        RequestError: The campaign asks for a number or a unit that the tool does not give.
    """
    forms = [current_form(at.lab.ledger, at.spec, candidate) for candidate in candidates]
    if isinstance(rung, Distinct):
        known = [(one, current_form(at.lab.ledger, at.spec, one)) for one in at.earlier]
        return judge_distinct(rung, list(zip(candidates, forms, strict=True)), known, at.spec)
    outcomes = at.lab.run_many(str(tool_of(rung)), _requests(rung, forms, at), at.context)
    return [
        _verdict(rung, candidate, outcome)
        for candidate, outcome in zip(candidates, outcomes, strict=True)
    ]


def affordable(
    rung: Range | Expect | Prepare | Measure,
    candidates: Sequence[CandidateView],
    n_calls: int,
    at: Climb,
) -> list[CandidateView]:
    """Return the candidates that a rung may ask about, in order; known answers cost no call."""
    forms = [current_form(at.lab.ledger, at.spec, candidate) for candidate in candidates]
    is_known = at.lab.answered(str(tool_of(rung)), _requests(rung, forms, at), at.context)
    costs = accumulate(0 if known else 1 for known in is_known)
    found = zip(candidates, is_known, costs, strict=True)
    return [candidate for candidate, known, cost in found if known or cost <= n_calls]


def _requests(
    rung: Range | Expect | Prepare | Measure, forms: Sequence[str], at: Climb
) -> list[Request]:
    tool = registry.load(str(tool_of(rung)))
    return [request_for(tool, at.spec.kind, form, rung.arguments) for form in forms]


def current_form(ledger: Ledger, spec: CampaignSpec, candidate: CandidateView) -> str:
    """Return the form that later gates see: the last prepared one, or as proposed."""
    prepares = {gate.name: gate.path for gate in spec.validators if isinstance(gate, Prepare)}
    form = candidate.form
    for gate in candidate.gates:
        if gate.gate in prepares and gate.passed and gate.run_id:
            row = runs.get(ledger, gate.run_id)
            form = str(json.loads(row.response)[prepares[gate.gate]]) if row else form
    return form


def _verdict(
    rung: Range | Expect | Prepare | Measure, candidate: CandidateView, outcome: Outcome
) -> Verdict:
    passed, reason = _judge(rung, outcome)
    return Verdict(candidate.id, rung.name, passed, reason, outcome.run_id)


def _judge(rung: Range | Expect | Prepare | Measure, outcome: Outcome) -> tuple[bool, str]:
    if not outcome.is_usable:
        return False, f"{outcome.tool} {outcome.status.value}: {outcome.reason}"[:500]
    match rung:
        case Range():
            return _in_range(rung, quantity(outcome, rung.path, rung.unit))
        case Expect():
            got = _field(outcome, rung.path)
            return got in rung.one_of, f"{rung.path} is {got!r}, passes: {list(rung.one_of)}"
        case Prepare():
            return True, f"replaced by {rung.path} of {outcome.tool}"
        case Measure():
            for objective in rung.objectives:
                quantity(outcome, objective.path, objective.unit)
            return True, "measured"


def _in_range(rung: Range, got: Quantity) -> tuple[bool, str]:
    low = rung.low if rung.low is not None else float("-inf")
    high = rung.high if rung.high is not None else float("inf")
    bounds = f"{'…' if rung.low is None else rung.low} to {'…' if rung.high is None else rung.high}"
    unit = "" if got.unit == UNIT_OF_SHARES else f" {got.unit}"
    said = f"{rung.path} is {got.value:.4g}{unit}, passes: {bounds}{unit}"
    return low <= got.value <= high, said


def quantity(outcome: Outcome, path: str, unit: str) -> Quantity:
    """Return one number of an outcome.

    Raises:
        RequestError: There is none at that path, or it is in another unit.
    """
    found = outcome.quantities
    if path not in found:
        raise RequestError(
            f"path: got {path!r}, which {outcome.tool!r} does not answer; "
            f"allowed: {', '.join(sorted(found))}"
        )
    if found[path].unit != unit:
        raise RequestError(
            f"unit of {outcome.tool} {path}: got {unit!r}, allowed: {found[path].unit!r}"
        )
    return found[path]


def _field(outcome: Outcome, path: str) -> object:
    value: object = outcome.response
    for part in path.split("."):
        value = value.get(part) if isinstance(value, dict) else getattr(value, part, None)
    return value
