"""What agents are offered: every tool, or four entries that lead to them; and the assistant."""

import re
from collections.abc import Iterator, Sequence
from typing import Any

from mcp import types
from pydantic import Field

from heuresis.contract import DIGEST_PATTERN, Frozen
from heuresis.serving import catalogue
from heuresis.tools.registry import AnyTool

MAX_FOUND = 10
MAX_BATCH = 200
WORD = re.compile(r"[a-z0-9]+")
READS = types.ToolAnnotations(read_only_hint=True, open_world_hint=False)
RUNS = types.ToolAnnotations(read_only_hint=False, destructive_hint=False, idempotent_hint=True,
                             open_world_hint=False)  # fmt: skip


class Find(Frozen):
    """Look for tools."""

    query: str = Field(default="", max_length=500, description="What is wanted, in words; empty "
                       "for all.")  # fmt: skip


class Describe(Frozen):
    """Ask what a tool takes and gives."""

    tool: str = Field(max_length=80, description="Its name.")


class Call(Frozen):
    """Run a tool."""

    tool: str = Field(max_length=80, description="Its name.")
    requests: list[dict[str, Any]] = Field(
        min_length=1, max_length=MAX_BATCH, description="Each by the schema that describe shows."
    )
    backend: str | None = Field(default=None, max_length=80, description="One of the tool's.")


class GetRun(Frozen):
    """Ask where a result came from."""

    run_id: str = Field(max_length=26, description="Id that a result states.")


class Ask(Frozen):
    """Ask the assistant."""

    text: str = Field(min_length=1, max_length=20_000, description="In plain words.")
    session_id: str | None = Field(
        default=None, max_length=26, description="Go on with this conversation."
    )
    files: list[str] = Field(
        default=[], max_length=16, description=f"Digests of files brought before: {DIGEST_PATTERN}"
    )


OWN: dict[str, tuple[type[Frozen], types.ToolAnnotations, str]] = {
    "find_tools": (Find, READS, "Find scientific tools by what they do. Start here."),
    "describe_tool": (Describe, READS, "Show a tool's request schema, domain, limits, example."),
    "call_tool": (Call, RUNS, "Run a tool on one or many requests; every result names its run."),
    "get_run": (GetRun, READS, "Show a run: inputs, answer, numbers, version, what it rests on."),
    "assistant": (Ask, RUNS, "Answer a question in plain words with these tools; each number in "
                             "the answer comes from a run."),
}  # fmt: skip
ALWAYS = ("get_run", "assistant")


def offered(*, compact: bool, has_assistant: bool) -> list[types.Tool]:
    """Return the entries of one mode."""
    own = [name for name in OWN if compact or name in ALWAYS]
    names = [name for name in own if name != "assistant" or has_assistant]
    tools = [] if compact else [_of_tool(one) for one in _loaded()]
    return [*tools, *(_own(name) for name in names)]


def entry_name(tool: str) -> str:
    """Return a tool's name as every client of every model takes it: without a dot."""
    return tool.replace(".", "-")


def tool_name(entry: str) -> str:
    """Return the tool that an entry stands for."""
    return entry.replace("-", ".")


def found(query: str) -> list[dict[str, Any]]:
    """Return tools by how many of the words are in their cards, the best first."""
    wanted = set(WORD.findall(query.lower()))
    scored = [(_score(wanted, tool), tool) for tool in _loaded()]
    if wanted:
        scored = [one for one in scored if one[0]][:] or scored
    scored.sort(key=lambda one: -one[0])
    kept = scored[:MAX_FOUND] if wanted else scored
    return [_line(tool) for _, tool in kept]


def _loaded() -> Iterator[AnyTool]:
    return (one.tool for one in catalogue.entries() if one.tool is not None)


def _score(wanted: set[str], tool: AnyTool) -> int:
    card = tool.card
    strong = set(WORD.findall(f"{card.name} {' '.join(card.keywords)}".lower()))
    weak = set(WORD.findall(f"{card.summary} {card.domain}".lower()))
    return 3 * len(_near(wanted, strong)) + len(_near(wanted, weak))


def _near(wanted: set[str], words: Sequence[str] | set[str]) -> set[str]:
    """Return the wanted words that are there, with or without the s of a plural."""
    there = {word.removesuffix("s") for word in words}
    return {word for word in wanted if word.removesuffix("s") in there}


def _line(tool: AnyTool) -> dict[str, Any]:
    ways = catalogue.ways(tool)
    missing = next((one["missing"] for one in ways if one["default"]), None)
    told = {"tool": tool.name, "summary": tool.card.summary, "cost": tool.card.cost.value}
    return told | ({"missing": missing} if missing else {})


def _of_tool(tool: AnyTool) -> types.Tool:
    card = tool.card
    return types.Tool(
        name=entry_name(tool.name),
        title=tool.name,
        description=f"{card.summary} Domain: {card.domain}",
        input_schema=tool.request.model_json_schema(),
        annotations=RUNS,
    )


def _own(name: str) -> types.Tool:
    kind, hints, text = OWN[name]
    schema = kind.model_json_schema()
    return types.Tool(name=name, description=text, input_schema=schema, annotations=hints)
