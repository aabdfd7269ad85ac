"""The files of a crate: campaign, ledger rows, requests, responses, artifacts, report."""

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from heuresis.memory.extract import Extract
from heuresis.memory.vault import Vault
from heuresis.serving.crate.environment import environment
from heuresis.serving.crate.privacy import without_places

CAMPAIGN_FILE = "campaign.yaml"
ENVIRONMENT_FILE = "environment.json"
README_FILE = "README.md"
RUNS_FILE = "ledger/runs.jsonl"
REPORT_TYPES = {".html": "text/html", ".csv": "text/csv", ".json": "application/json"}
README = """# Campaign {campaign[name]}

{campaign[goal]}

An RO-Crate of one campaign of Heuresis: `campaign.yaml` is what was asked, `runs/ID/` holds the
request and the response of every run, `artifacts/` the files that runs made, `report/` the report.
`heuresis replay` on this crate executes every run again and lists what differs.

{files}
Names of persons and machines are left out on purpose. Forms that a safety screen stopped are
named by their digest only. `environment.json` tells the versions at the time of the export; each
run names the code and the weights that it used.
"""
LEDGER_SAYS = {
    "campaign": "The campaign: goal, seed, versions, why it stopped.",
    "rounds": "Rounds of the loop.",
    "stages": "What the stages of each round decided.",
    "candidates": "What was proposed, by what, from which parents.",
    "gates": "Verdicts of the gates, with reasons.",
    "measurements": "Which run's number is a candidate's value.",
    "runs": "Runs: tool, version, backend, weights digest, status, times, reason.",
    "calls": "Who was given which run, fresh or from an earlier one.",
    "quantities": "Every number with unit and uncertainty, by run and path.",
    "artifacts": "Files that runs made, by digest.",
    "policy_events": "What safety screens said.",
    "sources": "Items from outside, with licence.",
}


@dataclass(frozen=True)
class Item:
    """One file of a crate."""

    path: str
    data: bytes
    media_type: str
    says: str


def items_of(
    found: Extract, vault: Vault, report: Path | None, *, with_originals: bool = False
) -> list[Item]:
    """Return all files but the metadata, by path.

    Args:
        found: The campaign.
        vault: Where the bytes are.
        report: Folder of the report, if it goes along.
        with_originals: Whether a person allowed files as they came from outside to leave.

    Raises:
        RequestError: The bytes of an artifact are not in the vault.
        ServiceError: They are damaged.
    """
    items = [
        _readme_item(found),
        _campaign_item(found),
        Item(ENVIRONMENT_FILE, _json(environment()), "application/json",
             "Python, platform and packages at the time of the export."),
        *_ledger_items(found),
        *(item for run in found.rows["runs"] for item in _run_items(run)),
        *_artifact_items(found, vault, frozenset() if with_originals else found.originals),
        *_report_items(report),
    ]  # fmt: skip
    return sorted(items, key=lambda item: item.path)


def request_path(run_id: str) -> str:
    """Return where a run's request lies."""
    return f"runs/{run_id}/request.json"


def response_path(run_id: str) -> str:
    """Return where a run's response lies."""
    return f"runs/{run_id}/response.json"


def artifact_path(digest: str, name: str = "") -> str:
    """Return where an artifact lies; its suffix is kept so that it can be opened."""
    suffix = re.search(r"\.[A-Za-z0-9]{1,8}$", name)
    return f"artifacts/{digest.removeprefix('sha256:')}{suffix[0].lower() if suffix else ''}"


def artifact_paths(found: Extract) -> dict[str, str]:
    """Map the digests of all files that runs made to their paths."""
    rows = sorted(found.rows["artifacts"], key=lambda row: (row["digest"], row["name"]))
    return {row["digest"]: artifact_path(row["digest"], row["name"]) for row in reversed(rows)}


def _readme_item(found: Extract) -> Item:
    files = "".join(f"- `ledger/{name}.jsonl`: {says}\n" for name, says in LEDGER_SAYS.items())
    text = README.format(campaign=found.campaign, files=files)
    return Item(README_FILE, text.encode(), "text/markdown", "How to read this crate.")


def _campaign_item(found: Extract) -> Item:
    text = yaml.safe_dump(json.loads(found.campaign["spec"]), sort_keys=False, allow_unicode=True)
    return Item(CAMPAIGN_FILE, text.encode(), "application/yaml", "The campaign, resolved.")


def _ledger_items(found: Extract) -> list[Item]:
    campaign = {name: value for name, value in found.campaign.items() if name != "spec"}
    lines: dict[str, Iterable[Mapping[str, Any]]] = {"campaign": [campaign], **found.rows}
    lines["runs"] = [_run_line(run) for run in found.rows["runs"]]
    return [
        Item(f"ledger/{name}.jsonl", _json_lines(lines[name]), "application/jsonl", says)
        for name, says in LEDGER_SAYS.items()
    ]


def _run_line(run: Mapping[str, Any]) -> dict[str, Any]:
    """Return a run's row with the paths of its request and its response in their place."""
    return {
        **run,
        "request": request_path(run["id"]) if run["request"] is not None else None,
        "response": response_path(run["id"]) if run["response"] is not None else None,
    }


def _run_items(run: Mapping[str, Any]) -> list[Item]:
    what = f"{run['tool']}, run {run['id']}"
    parts = (
        (request_path(run["id"]), run["request"], f"Request to {what}."),
        (response_path(run["id"]), run["response"], f"Response of {what}."),
    )
    return [
        Item(path, text.encode(), "application/json", says)
        for path, text, says in parts
        if text is not None
    ]


def _artifact_items(found: Extract, vault: Vault, held: frozenset[str]) -> list[Item]:
    paths = artifact_paths(found)
    types = {row["digest"]: row["media_type"] for row in found.rows["artifacts"]}
    made = [
        Item(path, vault.get(digest), types[digest], "File made by a run.")
        for digest, path in paths.items()
    ]
    given = [
        Item(
            artifact_path(digest), vault.get(digest), "application/octet-stream", "Input by digest."
        )
        for digest in found.named_digests()
        if digest not in paths and digest not in held and vault.has(digest)
    ]
    return [*made, *given]


def _report_items(report: Path | None) -> list[Item]:
    """Return the report's files; they name no place of the machine, to be sure of it."""
    if report is None or not report.is_dir():
        return []
    files = [one for one in sorted(report.iterdir()) if one.suffix in REPORT_TYPES]
    return [
        Item(f"report/{one.name}", without_places(one.read_text(encoding="utf-8")).encode(),
             REPORT_TYPES[one.suffix], "Report of the campaign.")
        for one in files
        if one.is_file() and not one.name.startswith(".")
    ]  # fmt: skip


def _json(value: Any) -> bytes:
    return (json.dumps(value, ensure_ascii=False, indent=1, sort_keys=True) + "\n").encode()


def _json_lines(rows: Iterable[Mapping[str, Any]]) -> bytes:
    lines = [json.dumps(_plain(row), ensure_ascii=False, sort_keys=True) for row in rows]
    return "".join(f"{line}\n" for line in lines).encode()


def _plain(row: Mapping[str, Any]) -> dict[str, Any]:
    """Take places out of reasons, the only texts that programs wrote about a machine."""
    if not row.get("reason"):
        return dict(row)
    return {**row, "reason": without_places(row["reason"])}
