"""Programs and models behind a campaign: engine, stages and tools, with version and weights."""

from collections.abc import Mapping
from typing import Any

from heuresis.contract import Card
from heuresis.errors import HeuresisError
from heuresis.memory.extract import Extract
from heuresis.tools import registry

Entity = dict[str, Any]
Key = tuple[str, str, str, str]  # tool, version, backend, weights digest

ENGINE = "#heuresis"
APACHE = "https://spdx.org/licenses/Apache-2.0"
STAGES = ("propose", "screen", "record", "learn")


def engine(found: Extract) -> Entity:
    """Return the program that drove the campaign."""
    return {
        "@id": ENGINE,
        "@type": "SoftwareApplication",
        "name": "Heuresis",
        "description": "A closed-loop scientific assistant whose numbers trace to runs.",
        "softwareVersion": found.campaign["code_version"],
        "license": {"@id": APACHE},
    }


def stage_software(found: Extract) -> list[Entity]:
    """Return the parts of the engine that do what no tool does."""
    return [
        {
            "@id": f"{ENGINE}-{name}",
            "@type": "SoftwareApplication",
            "name": f"Heuresis, stage {name}",
            "softwareVersion": found.campaign["code_version"],
            "license": {"@id": APACHE},
            "_step": name,
        }
        for name in STAGES
    ]


def key_of(run: Mapping[str, Any]) -> Key:
    """Return what identifies the software of a run."""
    return run["tool"], run["tool_version"], run["backend"], run["weights_digest"]


def tool_software(found: Extract) -> dict[Key, Entity]:
    """Return every tool that ran, one per version, backend and weights."""
    keys = sorted({key_of(run) for run in found.rows["runs"]})
    return {key: _tool(key, number) for number, key in enumerate(keys, 1)}


def _tool(key: Key, number: int) -> Entity:
    name, version, backend, weights = key
    card = _card(name, version)
    properties = _properties(f"#tool-{number}", backend, weights, card)
    return {
        "@id": f"#tool-{number}-{name}",
        "@type": "SoftwareApplication",
        "name": f"{name} ({backend})",
        "description": card.summary if card else "No card of this version at the time of export.",
        "softwareVersion": version,
        "license": card.licence_code if card else None,
        "citation": list(card.citations) if card else None,
        "additionalProperty": [{"@id": one["@id"]} for one in properties],
        "_properties": properties,
    }


def _card(name: str, version: str) -> Card | None:
    """Return a tool's card where it is of the version that ran."""
    try:
        card = registry.load(name).card
    except HeuresisError:
        return None
    return card if card.version == version else None


def _properties(stem: str, backend: str, weights: str, card: Card | None) -> list[Entity]:
    values = {"backend": backend, "weights_digest": weights}
    if card is not None:
        data = "; ".join(f"{one.name}: {one.licence}" for one in card.training_data)
        values |= {"licence_weights": card.licence_weights, "training_data": data,
                   "domain": card.domain}  # fmt: skip
    return [
        {"@id": f"{stem}-{name}", "@type": "PropertyValue", "name": name, "value": value}
        for name, value in values.items()
        if value
    ]
