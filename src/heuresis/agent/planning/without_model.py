"""The embedded planner behind the protocol: one plan, then the composer's words."""

import json
from dataclasses import dataclass
from typing import Any

from heuresis.agent.planning import embedded
from heuresis.agent.planning.documents import given_documents
from heuresis.agent.planning.plan import Plan
from heuresis.agent.planning.protocol import (
    CarryOut,
    Decision,
    Known,
    Write,
    latest_plan,
    plan_name,
)
from heuresis.agent.planning.remembered import structure_types

FREE_TEXT = ("value", "label", "words", "why", "goal", "not_understood")  # never names of steps


@dataclass(frozen=True)
class WithoutModel:
    """Plans once, by search over what tools take and give."""

    name: str = embedded.NAME
    looks_back: bool = False

    def decide(self, known: Known, number: int) -> Decision:
        """See `Planner.decide`."""
        before = {name: body for name, body in known.stages.items() if name != plan_name(number)}
        last = latest_plan(before)
        if last is not None and last.planner == self.name:
            return Write()
        taken = 0 if last is None else len(last.steps)
        given = given_documents(known.ledger, known.read, known.earlier)
        formulas = [one.canonical or one.text for one in known.read.of_kind("formula", "element")]
        remembered = structure_types(known.ledger, formulas) if formulas else {}
        return CarryOut(renumbered(embedded.plan(known.read, given, remembered), taken))


def renumbered(plan: Plan, taken: int) -> Plan:
    """Name the steps after those that another planner has taken, so that no two share a name."""
    if not taken:
        return plan
    names = {step.id: f"s{taken + i}" for i, step in enumerate(plan.steps, start=1)}
    return Plan.model_validate(_renamed(json.loads(plan.model_dump_json()), names))


def _renamed(data: Any, names: dict[str, str]) -> Any:
    if isinstance(data, dict):
        return {
            key: part if key in FREE_TEXT else _renamed(part, names) for key, part in data.items()
        }
    if isinstance(data, list):
        return [_renamed(part, names) for part in data]
    return names.get(data, data) if isinstance(data, str) else data
