"""The walk from a number to its run and on to what the run leaned on, as a person reads it."""

from collections.abc import Sequence

from heuresis.commands import output
from heuresis.commands.numbers import spelled_row
from heuresis.memory.trace import Trace

INDENT = "    "


def print_traces(traces: Sequence[Trace]) -> None:
    """Print each run with what it was asked, by what it was answered, and what it leaned on."""
    for place, one in enumerate(traces):
        if place:
            output.line()
        _print(one, "")


def _print(one: Trace, indent: str) -> None:
    run = one.run
    if one.quantity:
        output.line(f"{indent}{one.quantity['path']}: {spelled_row(one.quantity)}")
    facts = {
        "run": f"{run['id']}, {run['status']}{', ' if run['reason'] else ''}{run['reason']}",
        "tool": f"{run['tool']} {run['tool_version']}, {run['backend']}",
        "weights": run["weights_digest"],
        "code": run["code_version"],
        "input": output.shortened(run["request"], 400),
        "seed": run["seed"],
        "when": f"{run['started_at']}, {run['seconds'] or 0:.3g} s",
        "asked by": ", ".join(one.asked_by),
        "used by": "; ".join(one.used_by),
        "files": ", ".join(f"{file['name']} {file['digest']}" for file in one.artifacts),
    }
    for name, value in facts.items():
        if value != "":
            output.line(f"{indent}{name:<8}  {value}")
    for need in one.needs:
        output.line(f"{indent}leaned on")
        _print(need, indent + INDENT)
