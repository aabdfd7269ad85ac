"""Where tools are listed: one line each, as text, so that listing imports no science."""

from collections.abc import Iterator
from functools import cache
from importlib import import_module
from importlib.metadata import entry_points
from typing import Any

from heuresis.contract import Tool
from heuresis.errors import RequestError, ServiceError

AnyTool = Tool[Any, Any]

BUILT_IN: dict[str, str] = {
    "molecule.parse": "heuresis.tools.molecule.parse:PARSE",
    "molecule.name": "heuresis.tools.molecule.name:NAME",
    "molecule.describe": "heuresis.tools.molecule.describe:DESCRIBE",
    "molecule.admet": "heuresis.tools.molecule.admet:ADMET",
    "molecule.buyable": "heuresis.tools.molecule.buyable:BUYABLE",
    "molecule.geometry": "heuresis.tools.molecule.geometry:GEOMETRY",
    "crystal.parse": "heuresis.tools.crystal.parse:PARSE",
    "crystal.describe": "heuresis.tools.crystal.describe:DESCRIBE",
    "crystal.relax": "heuresis.tools.crystal.relax:RELAX",
    "crystal.stability": "heuresis.tools.crystal.stability:STABILITY",
    "crystal.bulk_modulus": "heuresis.tools.crystal.bulk_modulus:BULK_MODULUS",
    "image.modality": "heuresis.tools.image.modality:MODALITY",
    "image.read": "heuresis.tools.image.read:READ",
    "image.restore": "heuresis.tools.image.restore:RESTORE",
    "image.degrade": "heuresis.tools.image.degradation:DEGRADE",
    "medical.quality": "heuresis.tools.medical.quality:QUALITY",
    "medical.segment_vessels": "heuresis.tools.medical.segment_vessels:SEGMENT_VESSELS",
    "medical.compare_quality": "heuresis.tools.medical.compare_quality:COMPARE_QUALITY",
    "medical.recovery": "heuresis.tools.medical.recovery:RECOVERY",
    "vision.segment": "heuresis.tools.vision.segment:SEGMENT",
}


@cache
def places() -> dict[str, str]:
    """Map tool names to 'module:OBJECT', built in and from entry points 'heuresis.tools'."""
    outside = {entry.name: entry.value for entry in entry_points(group="heuresis.tools")}
    clash = sorted(outside.keys() & BUILT_IN.keys())
    if clash:
        raise ServiceError(f"entry points {clash!r}: got built-in names, allowed: new names")
    return {**BUILT_IN, **outside}


@cache
def load(name: str) -> AnyTool:
    """Import one tool.

    Raises:
        RequestError: No tool has that name.
        ServiceError: Its module does not hold it.
    """
    place = places().get(name)
    if place is None:
        raise RequestError(f"tool {name!r}: got an unknown name, allowed: {', '.join(places())}")
    module, _, attribute = place.partition(":")
    tool = getattr(import_module(module), attribute, None)
    if not isinstance(tool, Tool) or tool.name != name:
        raise ServiceError(f"tool {name!r}: got {tool!r} at {place!r}, allowed: a Tool so named")
    return tool


def load_all() -> Iterator[AnyTool]:
    """Import every tool, in the order of the list."""
    return (load(name) for name in places())
