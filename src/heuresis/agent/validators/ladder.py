"""The ladder a candidate climbs: gates from the campaign file, then the measurements."""

from collections.abc import Sequence
from typing import Any, Literal

from pydantic import Field, ValidationError

from heuresis.agent.spec import (
    CampaignSpec,
    Distinct,
    Expect,
    Objective,
    Prepare,
    Range,
)
from heuresis.contract import Cost, Frozen, Request
from heuresis.errors import HeuresisError, RequestError
from heuresis.explain import wrong_fields
from heuresis.tools import registry
from heuresis.tools.registry import AnyTool

SUBJECT_FIELD = {"molecule": "smiles", "crystal": "crystal", "restoration": "chain"}


class Measure(Frozen):
    """The last rungs: one tool that answers for one or more objectives."""

    kind: Literal["measure"] = "measure"
    name: str = Field(description="Name of the gate.")
    tool: str = Field(description="Tool that is asked.")
    arguments: dict[str, Any] = Field(description="Other fields of the request.")
    objectives: tuple[Objective, ...] = Field(description="Whose numbers it gives.")


Rung = Range | Expect | Prepare | Distinct | Measure


def build_ladder(spec: CampaignSpec) -> tuple[Rung, ...]:
    """Return the gates of the file, then one measurement per tool and arguments."""
    groups: dict[str, list[Objective]] = {}
    for objective in spec.objectives:
        key = f"{objective.tool} {sorted(objective.arguments.items(), key=str)}"
        groups.setdefault(key, []).append(objective)
    measures = [
        Measure(
            name=f"measure_{i}_{members[0].tool.replace('.', '_')}",
            tool=members[0].tool,
            arguments=members[0].arguments,
            objectives=tuple(members),
        )
        for i, members in enumerate(groups.values(), start=1)
    ]
    return (*spec.validators, *measures)


def tool_of(rung: Rung) -> str | None:
    """Name the tool a rung asks; None for rules."""
    return None if isinstance(rung, Distinct) else rung.tool


def check_ladder(spec: CampaignSpec) -> list[str]:
    """Refuse a campaign that cannot be judged, before anything runs.

    Returns:
        Warnings, such as a dear gate before a cheap one.

    Raises:
        RequestError: A tool does not exist, cannot judge this kind of candidate, does not take
            the arguments, or has no such field in its answer.
    """
    rungs = [rung for rung in build_ladder(spec) if tool_of(rung) is not None]
    costs = [_check_rung(spec, rung) for rung in rungs]
    costs = [cost for rung, cost in zip(rungs, costs, strict=True) if not isinstance(rung, Measure)]
    order = list(Cost)
    return [
        f"validators: {rungs[i].name!r} is {costs[i].value} and stands before "
        f"{rungs[i + 1].name!r}, which is {costs[i + 1].value}: cheap gates first save time"
        for i in range(len(costs) - 1)
        if order.index(costs[i]) > order.index(costs[i + 1])
    ]


def _check_rung(spec: CampaignSpec, rung: Rung) -> Cost:
    tool = registry.load(str(tool_of(rung)))
    field = SUBJECT_FIELD[spec.kind]
    if field not in tool.request.model_fields:
        able = [tool.name for tool in registry.load_all() if field in tool.request.model_fields]
        raise RequestError(
            f"{rung.name}: got tool {tool.name!r}, which takes no {spec.kind}; "
            f"allowed: {', '.join(able)}"
        )
    try:
        request_for(tool, spec.kind, getattr(tool.example, field), _arguments(rung))
    except HeuresisError as error:
        raise RequestError(f"{rung.name}.arguments: {error}") from error
    for path in _paths(rung):
        head = path.split(".")[0].split("[")[0]
        if head not in tool.response.model_fields:
            allowed = ", ".join(tool.response.model_fields)
            raise RequestError(
                f"{rung.name}.path: got {path!r}, which {tool.name!r} does not answer; "
                f"allowed to begin with: {allowed}"
            )
    return tool.card.cost


def _arguments(rung: Rung) -> dict[str, Any]:
    return {} if isinstance(rung, Distinct) else rung.arguments


def _paths(rung: Rung) -> Sequence[str]:
    if isinstance(rung, Measure):
        return [objective.path for objective in rung.objectives]
    return [] if isinstance(rung, Distinct) else [rung.path]


def request_for(tool: AnyTool, kind: str, form: str, arguments: dict[str, Any]) -> Request:
    """Build the request that asks a tool about one candidate.

    Raises:
        RequestError: The tool does not take these arguments.
    """
    wanted: type[Request] = tool.request
    try:
        return wanted.model_validate({**arguments, SUBJECT_FIELD[kind]: form})
    except ValidationError as error:
        wrong = "; ".join(wrong_fields(error, "request"))
        raise RequestError(f"tool {tool.name!r}: {wrong}") from error
