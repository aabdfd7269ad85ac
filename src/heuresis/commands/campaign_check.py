"""What `campaign check` finds: the ladder with costs and backends, warnings, what is missing."""

from pathlib import Path
from typing import Any

from heuresis.agent.campaign import check
from heuresis.agent.spec import CampaignSpec, load_spec
from heuresis.agent.validators.ladder import Rung, build_ladder, tool_of
from heuresis.commands import output
from heuresis.serving.lab import choose_backend
from heuresis.settings import Settings
from heuresis.tools import registry


def checked(file: Path, settings: Settings) -> dict[str, Any]:
    """Read a campaign file and say what it would use.

    Raises:
        RequestError: It cannot be read, or the tools that exist cannot judge it.
    """
    spec = load_spec(file)
    warnings = check(spec)
    return {
        "file": str(file),
        "name": spec.name,
        "goal": spec.goal,
        "kind": spec.kind,
        "proposer": spec.proposer.kind,
        "budget": spec.budget.model_dump(mode="json"),
        "ladder": [_rung(rung, settings) for rung in build_ladder(spec)],
        "warnings": [*warnings, *_unused_limits(spec)],
    }


def _rung(rung: Rung, settings: Settings) -> dict[str, Any]:
    name = tool_of(rung)
    if name is None:
        return {"name": rung.name, "tool": None, "backend": None, "cost": "free", "missing": None}
    tool = registry.load(name)
    backend = choose_backend(tool, settings.backends.get(name))
    return {
        "name": rung.name,
        "tool": name,
        "backend": backend.name,
        "cost": tool.card.cost.value,
        "missing": backend.missing(),
    }


def _unused_limits(spec: CampaignSpec) -> list[str]:
    used = {tool_of(rung) for rung in build_ladder(spec)}
    return [
        f"budget.calls: {name!r} is limited and no gate asks it"
        for name in spec.budget.calls
        if name not in used
    ]


def show_check(found: dict[str, Any]) -> None:
    """Print the finding."""
    is_ready = all(not rung["missing"] for rung in found["ladder"])
    output.line(f"{'ready' if is_ready else 'cannot run here'}  {found['file']}: {found['goal']}")
    columns = ("name", "tool", "backend", "cost", "missing")
    output.table(columns, [[rung[name] for name in columns] for rung in found["ladder"]])
    for warning in found["warnings"]:
        output.say(f"warning: {warning}")
