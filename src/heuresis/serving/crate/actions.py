"""What was done: every run of a tool and every stage of the loop as a CreateAction."""

from collections import defaultdict
from collections.abc import Mapping
from typing import Any

from heuresis.memory.extract import Extract
from heuresis.serving.crate.items import artifact_paths, request_path, response_path
from heuresis.serving.crate.privacy import without_places
from heuresis.serving.crate.software import ENGINE, STAGES, Key, key_of

Entity = dict[str, Any]

OPERATOR = "#operator"
BROKEN = ("failed", "blocked")
WROTE = {"propose": "candidates", "screen": "gates", "record": "measurements", "learn": "stages"}
COMPLETED, FAILED = (f"http://schema.org/{word}ActionStatus" for word in ("Completed", "Failed"))


def iso(time: str) -> str:
    """Write a time of the ledger as the profile wants it: with +00:00 instead of Z."""
    return time.replace("Z", "+00:00")


def run_actions(found: Extract, tools: Mapping[Key, Entity]) -> list[Entity]:
    """Return one action per run, in the order of their ids."""
    paths = artifact_paths(found)
    made: defaultdict[str, list[str]] = defaultdict(list)
    for row in found.rows["artifacts"]:
        if paths[row["digest"]] not in made[row["run_id"]]:
            made[row["run_id"]].append(paths[row["digest"]])
    return [
        _run_action(run, tools[key_of(run)]["@id"], made[run["id"]]) for run in found.rows["runs"]
    ]


def _run_action(run: Mapping[str, Any], tool: str, files: list[str]) -> Entity:
    has_failed = run["status"] in BROKEN
    reason = without_places(run["reason"])
    answer = [response_path(run["id"])] if run["response"] is not None else []
    return {
        "@id": f"#run-{run['id']}",
        "@type": "CreateAction",
        "name": f"{run['tool']} {run['status']}",
        "description": f"{run['status']}{': ' if reason else ''}{reason}",
        "identifier": run["id"],
        "instrument": {"@id": tool},
        "object": [{"@id": request_path(run["id"])}] if run["request"] is not None else [],
        "result": [{"@id": path} for path in [*answer, *files]],
        "agent": {"@id": OPERATOR},
        "startTime": iso(run["started_at"]),
        "endTime": iso(run["ended_at"]),
        "actionStatus": FAILED if has_failed else COMPLETED,
        "error": (reason or run["status"]) if has_failed else None,
        "_step": "validate",
    }


def stage_actions(found: Extract) -> list[Entity]:
    """Return one action per stage that is no tool's work, over all rounds."""
    return [_stage_action(found, name) for name in STAGES]


def _stage_action(found: Extract, name: str) -> Entity:
    rows = found.rows[WROTE[name]]
    times = sorted(row["at"] for row in rows) or [found.campaign["ended_at"]]
    return {
        "@id": f"#{name}",
        "@type": "CreateAction",
        "name": f"{name}, {len(found.rows['rounds'])} rounds",
        "description": f"Wrote {len(rows)} rows of {WROTE[name]}.",
        "instrument": {"@id": f"{ENGINE}-{name}"},
        "result": [{"@id": f"ledger/{WROTE[name]}.jsonl"}],
        "agent": {"@id": OPERATOR},
        "startTime": iso(times[0]),
        "endTime": iso(times[-1]),
        "actionStatus": COMPLETED,
        "_step": name,
    }
