"""ro-crate-metadata.json: the crate's files, its workflow, its runs and who did what, as JSON-LD.

Follows RO-Crate 1.1 and Provenance Run Crate 0.5 (doi:10.1371/journal.pone.0309210).
"""

import hashlib
import json
from collections.abc import Sequence
from typing import Any

from heuresis.memory.extract import Extract
from heuresis.serving.crate.actions import (
    COMPLETED,
    FAILED,
    OPERATOR,
    iso,
    run_actions,
    stage_actions,
)
from heuresis.serving.crate.items import CAMPAIGN_FILE, ENVIRONMENT_FILE, README_FILE, Item
from heuresis.serving.crate.opening import METADATA_FILE
from heuresis.serving.crate.software import ENGINE, engine, stage_software, tool_software
from heuresis.serving.crate.steps import control_actions, steps

Entity = dict[str, Any]

CONTEXT: list[Any] = [
    "https://w3id.org/ro/crate/1.1/context",
    {"sha256": "https://w3id.org/ro/terms/workflow-run#sha256"},
]
PROFILES = (
    ("https://w3id.org/ro/wfrun/process/0.5", "Process Run Crate", "0.5"),
    ("https://w3id.org/ro/wfrun/workflow/0.5", "Workflow Run Crate", "0.5"),
    ("https://w3id.org/ro/wfrun/provenance/0.5", "Provenance Run Crate", "0.5"),
    ("https://w3id.org/workflowhub/workflow-ro-crate/1.0", "Workflow RO-Crate", "1.0"),
)
LANGUAGE = "#campaign-language"
CAMPAIGN_RUN, ORCHESTRATION = "#campaign-run", "#orchestration"


def metadata(found: Extract, items: Sequence[Item], licence: str) -> bytes:
    """Return the metadata of a crate; the same rows give the same bytes.

    Args:
        found: The campaign.
        items: All other files.
        licence: SPDX id, URL or sentence: under what the content may be used.
    """
    tools = tool_software(found)
    stages = stage_software(found)
    done = [*stage_actions(found), *run_actions(found, tools)]
    controls = control_actions(done)
    path = steps(stages, list(tools.values()))
    graph = [
        _descriptor(),
        _root(found, items, done, licence),
        *[{"@id": url, "@type": "CreativeWork", "name": name, "version": version}
          for url, name, version in PROFILES],
        _licence(licence),
        _workflow(found, items, [*stages, *tools.values()], path),
        {"@id": LANGUAGE, "@type": "ComputerLanguage", "name": "Heuresis campaign file (YAML)",
         "url": {"@id": "https://yaml.org/spec/1.2.2/"}},
        *path,
        engine(found),
        *stages,
        *tools.values(),
        *_weights(tools.values()),
        {"@id": OPERATOR, "@type": "Person", "name": "the operator, not named on purpose"},
        _campaign_run(found),
        _orchestration(found, controls),
        *controls,
        *done,
        *[_file(item) for item in items if item.path != CAMPAIGN_FILE],
    ]  # fmt: skip
    document = {"@context": CONTEXT, "@graph": [_bare(entity) for entity in graph]}
    return (json.dumps(document, ensure_ascii=False, indent=1) + "\n").encode()


def ref(name: str) -> dict[str, str]:
    """Point at an entity."""
    return {"@id": name}


def _bare(entity: Entity) -> Entity:
    """Drop what is for us alone and what is empty; a list of one is written as that one."""
    kept = {k: v for k, v in entity.items() if not k.startswith("_") and v not in (None, [], "")}
    return {k: v[0] if isinstance(v, list) and len(v) == 1 else v for k, v in kept.items()}


def _descriptor() -> Entity:
    return {
        "@id": METADATA_FILE,
        "@type": "CreativeWork",
        "conformsTo": [ref("https://w3id.org/ro/crate/1.1"), ref(PROFILES[-1][0])],
        "about": ref("./"),
    }


def _root(found: Extract, items: Sequence[Item], done: Sequence[Entity], licence: str) -> Entity:
    campaign = found.campaign
    return {
        "@id": "./",
        "@type": "Dataset",
        "name": f"Campaign {campaign['name']}",
        "description": f"{campaign['goal']}. {len(found.rows['runs'])} runs, "
        f"{len(found.rows['candidates'])} candidates; ended: {campaign['stop_reason']}. "
        "`heuresis replay` executes the runs again and lists every difference.",
        "identifier": campaign["id"],
        "datePublished": iso(campaign["ended_at"]),
        "license": ref(_licence_id(licence)),
        "author": ref(OPERATOR),
        "conformsTo": [ref(url) for url, _, _ in PROFILES],
        "mainEntity": ref(CAMPAIGN_FILE),
        "hasPart": [ref(item.path) for item in items],
        "mentions": [ref(ORCHESTRATION), ref(CAMPAIGN_RUN), *(ref(one["@id"]) for one in done)],
    }


def _licence_id(licence: str) -> str:
    """Return where a licence stands; a sentence stands in the crate itself."""
    if licence.startswith(("https://", "http://")):
        return licence
    return "#licence" if " " in licence else f"https://spdx.org/licenses/{licence}"


def _licence(licence: str) -> Entity:
    is_sentence = _licence_id(licence) == "#licence"
    return {
        "@id": _licence_id(licence),
        "@type": "CreativeWork",
        "name": "Terms of use" if is_sentence else licence,
        "description": licence if is_sentence else "Chosen by whoever exported the crate.",
    }


def _workflow(
    found: Extract, items: Sequence[Item], software: Sequence[Entity], path: Sequence[Entity]
) -> Entity:
    (item,) = (item for item in items if item.path == CAMPAIGN_FILE)
    return {
        **_file(item),
        "@type": ["File", "SoftwareSourceCode", "ComputationalWorkflow", "HowTo"],
        "name": f"Campaign file {found.campaign['name']}",
        "description": found.campaign["goal"],
        "version": found.campaign["spec_digest"],
        "programmingLanguage": ref(LANGUAGE),
        "hasPart": [ref(one["@id"]) for one in software],
        "step": [ref(one["@id"]) for one in path],
    }


def _file(item: Item) -> Entity:
    return {
        "@id": item.path,
        "@type": "File",
        "name": item.path.rpartition("/")[2],
        "description": item.says,
        "encodingFormat": item.media_type,
        "contentSize": str(len(item.data)),
        "sha256": hashlib.sha256(item.data).hexdigest(),
        "about": ref("./") if item.path == README_FILE else None,
    }


def _weights(software: Any) -> list[Entity]:
    return [part for one in software for part in one["_properties"]]


def _campaign_run(found: Extract) -> Entity:
    campaign = found.campaign
    has_failed = campaign["stop_reason"] == "error"
    return {
        "@id": CAMPAIGN_RUN,
        "@type": "CreateAction",
        "name": f"Run of campaign {campaign['name']}",
        "description": f"Seed {campaign['seed']}; ended: {campaign['stop_reason']}.",
        "instrument": ref(CAMPAIGN_FILE),
        "object": [ref(CAMPAIGN_FILE), ref(ENVIRONMENT_FILE)],
        "result": [ref("ledger/campaign.jsonl"), ref("ledger/measurements.jsonl")],
        "agent": ref(OPERATOR),
        "startTime": iso(campaign["started_at"]),
        "endTime": iso(campaign["ended_at"]),
        "actionStatus": FAILED if has_failed else COMPLETED,
        "error": "the campaign ended with an error" if has_failed else None,
    }


def _orchestration(found: Extract, controls: Sequence[Entity]) -> Entity:
    return {
        "@id": ORCHESTRATION,
        "@type": "OrganizeAction",
        "name": f"Heuresis drives campaign {found.campaign['name']}",
        "instrument": ref(ENGINE),
        "object": [ref(one["@id"]) for one in controls],
        "result": ref(CAMPAIGN_RUN),
        "agent": ref(OPERATOR),
        "startTime": iso(found.campaign["started_at"]),
        "endTime": iso(found.campaign["ended_at"]),
    }
