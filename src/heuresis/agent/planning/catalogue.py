"""What every tool takes and gives, by type: the map on which plans are searched."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, get_args, get_origin

from heuresis.agent.planning.plan import Carrier
from heuresis.contract import (
    Cost,
    Crystal,
    Formula,
    ImageFile,
    ImageRef,
    InChI,
    IupacName,
    OriginalRef,
    Quantity,
    Restoration,
    Selfies,
    Smiles,
)
from heuresis.errors import ServiceError
from heuresis.tools import registry
from heuresis.tools.registry import AnyTool

CARRIERS: Mapping[type, Carrier] = {
    Smiles: "smiles",
    Crystal: "crystal",
    ImageRef: "image",
    ImageFile: "image",
    OriginalRef: "original",
    Formula: "formula",
    Restoration: "chain",
    IupacName: "text",
    InChI: "text",
    Selfies: "text",
}
READERS: Mapping[tuple[Carrier, Carrier], tuple[str, str, str]] = {
    # from, to: tool, its field, the field of its answer; these read what people write
    ("text", "smiles"): ("molecule.parse", "text", "smiles"),
    ("crystal", "crystal"): ("crystal.parse", "cif", "crystal"),
    ("formula", "crystal"): ("crystal.parse", "formula", "crystal"),
    ("original", "image"): ("image.read", "original", "images[0]"),
}
ORDER_OF_COST = list(Cost)


@dataclass(frozen=True)
class Entry:
    """One tool as a planner sees it.

    Attributes:
        name: Its name.
        summary: Its card's line.
        keywords: Words people use for it.
        cost: Place in the order of cost.
        takes: Carrier by field, of the fields that a subject can fill.
        fields: Names of all fields.
        needed: Names of fields without a default.
        gives: Carrier by path of the response.
        numbers: Paths of quantities that stand in the response by name.
        counts: Paths of whole numbers.
        mapped: Paths that hold quantities by name.
        listed: Paths that hold several of a kind.
        missing: Why its default backend cannot run here; None where it can.
    """

    name: str
    summary: str
    keywords: tuple[str, ...]
    cost: int
    takes: Mapping[str, Carrier]
    fields: frozenset[str]
    needed: frozenset[str]
    gives: Mapping[str, Carrier]
    numbers: tuple[str, ...]
    counts: tuple[str, ...]
    mapped: tuple[str, ...]
    listed: tuple[str, ...]
    missing: str | None

    def subject_field(self, carrier: Carrier, given: Collection[str] = ()) -> str | None:
        """Return the field that a subject of this carrier fills, where the others are given."""
        fits = [name for name, takes in self.takes.items() if takes == carrier]
        alone = [name for name in fits if self.needed <= {name, *given}]
        return alone[0] if alone else None

    def has_number(self, path: str) -> bool:
        """Whether a path of its answer is one number of each subject."""
        head, _, rest = path.partition(".")
        if head in self.mapped:
            return bool(rest)
        return head not in self.listed and (path in self.numbers or path in self.counts)


@cache
def catalogue() -> Mapping[str, Entry]:
    """Read the registry once; tools that cannot be loaded are left out."""
    found = {}
    for name in registry.places():
        try:
            found[name] = _entry(registry.load(name))
        except (ServiceError, ImportError):
            continue
    return found


def _entry(tool: AnyTool) -> Entry:
    fields = tool.request.model_fields
    answers = {name: field.annotation for name, field in tool.response.model_fields.items()}
    return Entry(
        name=tool.name,
        summary=tool.card.summary,
        keywords=tool.card.keywords,
        cost=ORDER_OF_COST.index(tool.card.cost),
        takes=_carriers(fields),
        fields=frozenset(fields),
        needed=frozenset(name for name, field in fields.items() if field.is_required()),
        gives=_carriers(tool.response.model_fields),
        numbers=tuple(_numbers(tool.response, "")),
        counts=tuple(name for name, one in answers.items() if int in _parts(one)),
        mapped=tuple(name for name, one in answers.items() if get_origin(one) is dict),
        listed=tuple(name for name, one in answers.items() if get_origin(one) in (tuple, list)),
        missing=tool.backends[0].missing(),
    )


def _parts(annotation: Any) -> tuple[Any, ...]:
    """Return a type, or the parts of an optional one."""
    return (annotation, *get_args(annotation))


def _carriers(fields: Mapping[str, Any]) -> dict[str, Carrier]:
    found: dict[str, Carrier] = {}
    for name, field in fields.items():
        carrier = _carrier(field.annotation)
        if carrier is not None:
            found[name] = carrier
    return found


def _carrier(annotation: Any) -> Carrier | None:
    """Return the carrier of a type, or of the one other part of an optional type."""
    if annotation in CARRIERS:
        return CARRIERS[annotation]
    parts = [part for part in get_args(annotation) if part is not type(None)]
    return CARRIERS.get(parts[0]) if len(parts) == 1 else None


def _numbers(model: Any, prefix: str) -> list[str]:
    found: list[str] = []
    for name, field in model.model_fields.items():
        parts = [field.annotation, *get_args(field.annotation)]
        kinds = [part for part in parts if isinstance(part, type)]
        if Quantity in kinds:
            found.append(f"{prefix}{name}")
        for kind in kinds:
            if hasattr(kind, "model_fields") and kind is not Quantity:
                found += _numbers(kind, f"{prefix}{name}.")
    return found
