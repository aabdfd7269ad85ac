"""The functions a language model is offered for one step: few, the likeliest by their cards."""

from collections.abc import Iterable, Sequence
from copy import deepcopy
from typing import Any

from heuresis.agent.planning.catalogue import READERS, catalogue
from heuresis.agent.planning.plan import Carrier
from heuresis.agent.planning.ranking import rank, readers_of
from heuresis.tools import registry
from heuresis.tools.conversation import Offer

N_RANKED, N_FOUND = 6, 5
LONG: tuple[Carrier, ...] = ("crystal", "image", "original")  # passed on by reference
FIND = "find_tools"
FIND_OFFER = Offer(
    name=FIND,
    description="Look for other functions by what they should do; they are offered next.",
    parameters={
        "type": "object",
        "properties": {"what": {"type": "string", "description": "In a few words."}},
        "required": ["what"],
        "additionalProperties": False,
    },
)


def relevant(text: str, carriers: Iterable[Carrier], also: Sequence[str]) -> list[str]:
    """Return the tools to offer: the likeliest, what reads for them, and those in use."""
    ranked = rank(text, N_RANKED)
    given = set(carriers)
    reading = [tool for (came, _), (tool, _, _) in READERS.items() if came in given]
    names = dict.fromkeys([*ranked, *readers_of(ranked), *reading, *also])
    return [name for name in names if is_usable(name)]


def found(what: str) -> list[str]:
    """Return the tools that a model's own words fit."""
    return [name for name in rank(what, N_FOUND) if is_usable(name)] if what.strip() else []


def is_usable(name: str) -> bool:
    """Whether there is such a tool and it can run here."""
    entry = catalogue().get(name)
    return entry is not None and entry.missing is None


def offer_of(name: str) -> Offer:
    """Write a tool as a function."""
    tool = registry.load(name)
    schema = deepcopy(tool.request.model_json_schema())
    for field, carrier in catalogue()[name].takes.items():
        if carrier in LONG:
            one = schema["properties"][field]
            one.pop("pattern", None)
            said = one.get("description", "").rstrip(".")
            one["description"] = f"{said}; a reference such as {{{{run:s1.{carrier}}}}}.".lstrip(
                "; "
            )
    card = tool.card
    return Offer(
        name=function_name(name),
        description=f"{card.summary} For: {card.domain[:160]}",
        parameters=_bare(schema),
    )


def function_name(tool: str) -> str:
    """Return a tool's name with letters that every server takes."""
    return tool.replace(".", "-")


def tool_named(function: str, offered: Sequence[str]) -> str | None:
    """Return the offered tool that a model means; None where it was not offered."""

    def plain(name: str) -> str:
        return "".join(letter if letter.isalnum() else "_" for letter in name.lower())

    fits = [name for name in offered if plain(name) == plain(function)]
    return fits[0] if len(fits) == 1 else None


def _bare(schema: Any) -> Any:
    """Leave out what takes room and tells a model nothing."""
    if isinstance(schema, dict):
        return {
            key: _bare(part)
            for key, part in schema.items()
            if not (key == "title" and isinstance(part, str)) and key != "x-heuresis-type"
        }
    return [_bare(part) for part in schema] if isinstance(schema, list) else schema
