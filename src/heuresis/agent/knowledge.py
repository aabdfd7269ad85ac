"""What a proposer is told: everything the ledger knows that bears on the goal."""

import random
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from heuresis.agent.proposers.build import round_seed
from heuresis.agent.proposers.protocol import Observation
from heuresis.agent.spec import CampaignSpec
from heuresis.agent.utility import utility, utility_of
from heuresis.memory.campaigns import CandidateView
from heuresis.memory.claims import refuted_about
from heuresis.memory.earlier import earlier_values
from heuresis.memory.ledger import Ledger
from heuresis.tools import registry


def own_observations(spec: CampaignSpec, seen: Sequence[CandidateView]) -> list[Observation]:
    """Turn a campaign's candidates into observations, failed ones included."""
    return [
        Observation(
            form=candidate.form,
            utility=utility_of(spec.objectives, candidate),
            values={name: number.value for name, number in candidate.values.items()},
            failed_gate=candidate.failed_gate.gate if candidate.failed_gate else None,
        )
        for candidate in seen
    ]


def earlier_observations(ledger: Ledger, spec: CampaignSpec, campaign: Any) -> list[Observation]:
    """Read what earlier campaigns measured of the same quantities with the same tool versions."""
    if not spec.warm_start:
        return []
    wanted = {
        objective.name: (
            objective.tool,
            registry.load(objective.tool).card.version,
            objective.path,
        )
        for objective in spec.objectives
    }
    found = earlier_values(ledger, spec.kind, wanted, campaign.started_at)
    return [
        Observation(form=form, utility=utility(spec.objectives, values), values=values)
        for form, values in sorted(found.items())
        if values.keys() == wanted.keys()
    ]


def with_refuted(ledger: Ledger, observations: Sequence[Observation]) -> list[Observation]:
    """Let refuted claims speak: a candidate one of them is about counts as having failed."""
    refuted = refuted_about(ledger, [one.form for one in observations])
    return [
        replace(one, utility=0.0, failed_gate=f"refuted claim {refuted[one.form]}")
        if one.form in refuted
        else one
        for one in observations
    ]


def told(
    spec: CampaignSpec,
    own: Sequence[Observation],
    earlier: Sequence[Observation],
    number: int,
) -> list[Observation]:
    """Choose what the proposer hears, in an order that no accident of storage decides.

    With frozen memory it hears of earlier campaigns only; with shuffled memory every result of
    its own is given to another candidate, which keeps their distribution and destroys their sense.
    """
    heard = list(own) if spec.memory != "frozen" else []
    heard.sort(key=lambda observation: observation.form)
    if spec.memory == "shuffled":
        heard = _shuffled(heard, round_seed(spec, number))
    mine = {observation.form for observation in heard}
    heard += [observation for observation in earlier if observation.form not in mine]
    return sorted(heard, key=lambda observation: observation.form)


def _shuffled(observations: list[Observation], seed: int) -> list[Observation]:
    order = list(range(len(observations)))
    random.Random(seed).shuffle(order)  # chance of a control, no secret
    return [
        replace(observations[j], form=observation.form)
        for observation, j in zip(observations, order, strict=True)
    ]
