"""The steps of the loop as a workflow knows them, and which actions each step set off."""

from collections.abc import Mapping, Sequence
from typing import Any

Entity = dict[str, Any]

STEPS: Mapping[str, str] = {
    "propose": "Make candidates from what is known.",
    "screen": "Safety policies judge every candidate before any model sees it.",
    "validate": "Candidates climb the ladder of gates and measurements, cheap to dear.",
    "record": "Name, for every measured candidate, the run and the place of each number.",
    "learn": "Compare with the best so far; stop or go on.",
}


def steps(stages: Sequence[Entity], tools: Sequence[Entity]) -> list[Entity]:
    """Return one HowToStep per step that was taken, with the software that did it."""
    done_by = {one["_step"]: [one["@id"]] for one in stages}
    done_by["validate"] = [one["@id"] for one in tools]
    taken = [(name, says) for name, says in STEPS.items() if done_by.get(name)]
    return [
        {
            "@id": f"#step-{name}",
            "@type": "HowToStep",
            "name": name,
            "description": says,
            "position": str(place),
            "workExample": [{"@id": one} for one in done_by[name]],
        }
        for place, (name, says) in enumerate(taken, 1)
    ]


def control_actions(done: Sequence[Entity]) -> list[Entity]:
    """Return one ControlAction per step that set anything off."""
    by_step: dict[str, list[Entity]] = {name: [] for name in STEPS}
    for action in done:
        by_step[action["_step"]].append(action)
    return [
        {
            "@id": f"#control-{name}",
            "@type": "ControlAction",
            "name": f"Heuresis does the step {name}",
            "instrument": {"@id": f"#step-{name}"},
            "object": [{"@id": action["@id"]} for action in actions],
        }
        for name, actions in by_step.items()
        if actions
    ]
