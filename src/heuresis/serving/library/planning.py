"""From what a person asks to a plan: which tools may screen a library, and what they answer."""

from collections.abc import Sequence
from dataclasses import dataclass

from heuresis.contract import Cost, Crystal, Smiles, Tool
from heuresis.errors import RequestError, ServiceError
from heuresis.serving.approval.gate import Call
from heuresis.serving.context import Context
from heuresis.serving.lab import Lab
from heuresis.serving.library.expression import parse, spelled
from heuresis.serving.library.numbers import Number, bound, named, numbers_of, used
from heuresis.serving.library.plan import Plan, Step
from heuresis.serving.library.records import Library
from heuresis.serving.screening import rules_digest
from heuresis.tools import registry
from heuresis.tools.registry import AnyTool

ORIGIN = "library"
MAX_TOP = 10_000
EVERY = "all"
COSTS = tuple(Cost)
RECORDS_OF_SHARD = {Cost.FREE: 1_000, Cost.CHEAP: 200, Cost.MODERATE: 10}  # some seconds of work


@dataclass(frozen=True)
class Wish:
    """What a person asks of a library.

    Attributes:
        tools: Names.
        keep: Expression; empty: all that every tool answers.
        columns: Numbers to write beside those of `keep` and `by`; 'all' for every one.
        top: How many of the best; None for all that is kept.
        by: Number that ranks.
        lowest: Whether the lowest are the best.
    """

    tools: tuple[str, ...]
    keep: str = ""
    columns: tuple[str, ...] = ()
    top: int | None = None
    by: str = ""
    lowest: bool = False


def plan_for(lab: Lab, library: Library, wish: Wish) -> Plan:
    """Turn a wish into a plan. Every tool answers its example first, as a run of the lab.

    Raises:
        RequestError: A tool may not screen a library, or a name or unit is wrong.
        ServiceError: A tool does not work here.
    """
    _check(wish)
    tree = parse(wish.keep) if wish.keep else None
    tools = sorted((_tool(lab, name) for name in wish.tools), key=_rank)
    steps = tuple(_step(lab, tool, library) for tool in tools)
    known = [number for tool in tools for number in _answers(lab, tool)]
    wanted = [named(wish.by, known)] if wish.by else []
    if tree is not None:
        tree = bound(tree, known)
        wanted += used(tree, known)
    return Plan(
        holds=library.holds,
        steps=steps,
        rules=rules_digest(lab.policies),
        keep="" if tree is None else spelled(tree),
        columns=_columns(wish, wanted, known),
        top=wish.top,
        by=wanted[0].path if wish.by else "",
        lowest=wish.lowest,
    )


def records_of_shard(plan: Plan) -> int:
    """Return how many records make some seconds of work for the dearest tool of a plan."""
    dearest = max((registry.load(step.tool).card.cost for step in plan.steps), key=COSTS.index)
    return RECORDS_OF_SHARD[dearest]


def _check(wish: Wish) -> None:
    if not wish.tools or len(set(wish.tools)) != len(wish.tools):
        raise RequestError(f"tools: got {list(wish.tools)}, allowed: one or more, each once")
    if (wish.top is None) is not (not wish.by):
        raise RequestError("got one of --top and --by, allowed: both, or none")
    if wish.top is not None and not 1 <= wish.top <= MAX_TOP:
        raise RequestError(f"top: got {wish.top}, allowed: 1 to {MAX_TOP:,}")
    if wish.lowest and not wish.by:
        raise RequestError("lowest: got no --by, allowed: with --top and --by")


def _tool(lab: Lab, name: str) -> AnyTool:
    """Return a tool that may screen a library.

    Raises:
        RequestError: There is none so named, or it may not.
        ServiceError: Its backend is missing.
    """
    tool, backend = lab.way(name)
    missing = backend.missing()
    if missing is not None:
        raise ServiceError(f"tool {name!r}, backend {backend.name!r}: {missing}")
    ruling = lab.approvals.rule(Call.of(tool, backend, Context(origin=f"{ORIGIN}:plan")))
    faults = {
        "leans on other tools": tool.needs is not None,
        "asks a model server": backend.kind == "endpoint",
        "takes minutes or money for each": tool.card.cost is Cost.DEAR,
        f"needs an approval ({ruling.why})": ruling.verdict != "allowed" or not ruling.is_sure,
        "takes no single molecule or crystal": structure_field(tool) is None,
    }
    found = [fault for fault, is_so in faults.items() if is_so]
    if found:
        raise RequestError(
            f"tool {name!r}: got one that {' and '.join(found)}, allowed: tools that answer one "
            "molecule or crystal by themselves, on this computer, in less than a minute"
        )
    return tool


def structure_field(tool: Tool) -> str | None:  # type: ignore[type-arg]  # any tool
    """Name the one required field of a request where it takes a molecule or a crystal."""
    required = {n: f for n, f in tool.request.model_fields.items() if f.is_required()}
    if len(required) != 1:
        return None
    ((name, field),) = required.items()
    return name if field.annotation in (Smiles, Crystal) else None


def _rank(tool: AnyTool) -> int:
    return COSTS.index(tool.card.cost)


def _step(lab: Lab, tool: AnyTool, library: Library) -> Step:
    _, backend = lab.way(tool.name)
    field = structure_field(tool) or ""
    takes = tool.request.model_fields[field].annotation
    if (takes is Crystal) is not (library.form == "cif") and library.form != "csv":
        raise RequestError(
            f"tool {tool.name!r}: got a library in the form {library.form!r}, allowed: "
            f"{'CIF' if takes is Crystal else 'SMILES or SDF'}, or a table"
        )
    return Step(
        tool=tool.name,
        place=registry.places()[tool.name],
        version=tool.card.version,
        backend=backend.name,
        weights_digest=backend.digest(),
        field=field,
    )


def _answers(lab: Lab, tool: AnyTool) -> list[Number]:
    outcome = lab.run(tool.name, tool.example, Context(origin=f"{ORIGIN}:plan:{tool.name}"))
    if outcome.response is None or not outcome.is_usable:
        raise ServiceError(
            f"tool {tool.name!r}: its own example ended as {outcome.status.value}: "
            f"{outcome.reason}; `heuresis tool run {tool.name} --example` shows it"
        )
    return numbers_of(tool.name, outcome.response)


def _columns(wish: Wish, wanted: Sequence[Number], known: Sequence[Number]) -> tuple[Number, ...]:
    """Return the numbers to compute: those named anywhere, or all where none is."""
    asked = list(wanted)
    for text in wish.columns:
        asked += known if text == EVERY else [named(text, known)]
    paths = {one.path for one in asked or known}
    return tuple(one for one in known if one.path in paths)
