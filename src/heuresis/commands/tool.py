"""`heuresis tool`: list, show and run what can be asked of science."""

from typing import TYPE_CHECKING, Any

import click

from heuresis.commands import output
from heuresis.commands.opened import json_option
from heuresis.commands.tool_run import tool_run

if TYPE_CHECKING:
    from heuresis.commands.catalogue import Entry
    from heuresis.tools.registry import AnyTool


@click.group("tool")
def tool() -> None:
    """List, show and run scientific tools."""


tool.add_command(tool_run)


@tool.command("list")
@json_option
def list_tools(as_json: bool) -> None:
    """List all tools, their backends, and what is missing."""
    from heuresis.commands.catalogue import entries

    found = [_row(entry) for entry in entries()]
    if as_json:
        output.emit(found)
        return
    rows = [(r["name"], r["summary"], r["cost"], _said(r["backends"])) for r in found]
    output.table(("tool", "what it does", "cost", "backends"), rows)


def _row(entry: "Entry") -> dict[str, Any]:
    from heuresis.commands.catalogue import ways

    if entry.tool is None:
        return {"name": entry.name, "summary": entry.fault, "cost": "", "backends": []}
    card = entry.tool.card
    return {
        "name": entry.name,
        "version": card.version,
        "summary": card.summary,
        "cost": card.cost.value,
        "backends": ways(entry.tool),
    }


def _said(backends: list[dict[str, Any]]) -> str:
    words = (f"{one['name']}{' (unavailable)' if one['missing'] else ''}" for one in backends)
    return ", ".join(words) or "cannot be loaded"


@tool.command("show")
@click.argument("name")
@json_option
def show(name: str, as_json: bool) -> None:
    """Show a tool's card, its fields, its backends and an example."""
    from heuresis.commands.catalogue import load, ways

    shown = load(name)
    if as_json:
        output.emit(
            {
                "card": shown.card.model_dump(mode="json"),
                "request": shown.request.model_json_schema(),
                "response": shown.response.model_json_schema(),
                "backends": ways(shown),
                "example": shown.example.model_dump(mode="json"),
            }
        )
        return
    _show_card(shown)
    _show_fields(shown)
    rows = [
        (one["name"], one["kind"], "yes" if one["default"] else "", one["missing"] or "ready")
        for one in ways(shown)
    ]
    output.table(("backend", "kind", "default", "state"), rows)
    example = shown.example.model_dump_json(exclude_defaults=True)
    output.line(f"example: heuresis tool run {name} '{output.shortened(example, 160)}'")


def _show_card(tool: "AnyTool") -> None:
    card = tool.card
    data = "; ".join(f"{d.name} ({d.licence}; split: {d.split})" for d in card.training_data)
    output.line(f"{card.name} {card.version}: {card.summary}")
    output.facts(
        {
            "domain": card.domain,
            "accuracy": card.accuracy,
            "failures": "; ".join(card.failures),
            "cost": f"{card.cost.value}, at most {card.timeout_s:g} s for one request",
            "citations": "; ".join(card.citations),
            "licence of code": card.licence_code,
            "licence of weights": card.licence_weights,
            "training data": data,
            "notice": card.notice,
        }
    )


def _show_fields(tool: "AnyTool") -> None:
    from heuresis.commands.fields import Fields

    for title, kind, is_asked in (
        ("asked", tool.request, True),
        ("answered", tool.response, False),
    ):
        fields = Fields(kind)
        rows = [
            (name, "|".join(sorted(fields.kinds[name])), fields.describe(name, marks=is_asked))
            for name in fields.parts
        ]
        output.table((title, "type", "meaning"), rows)
