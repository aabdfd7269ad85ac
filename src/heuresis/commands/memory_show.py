"""Any row of the ledger with all that belongs to it."""

import json
from collections.abc import Callable, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from sqlalchemy import Row, Table, select

from heuresis.commands import output
from heuresis.commands.campaign_view import show_standing, standing
from heuresis.commands.numbers import spelled_row
from heuresis.errors import RequestError
from heuresis.memory import campaigns, claims, documents, runs
from heuresis.memory.campaigns import CANDIDATE
from heuresis.memory.lookup import find
from heuresis.memory.runs import ARTIFACT, CALL, RUN
from heuresis.serving.lab import Lab


def describe(lab: Lab, name: str) -> dict[str, Any]:
    """Return what an id names, with its kind.

    Raises:
        RequestError: It names nothing, or more than one thing.
    """
    found = find(lab.ledger, name)
    readers: dict[str, Callable[[Lab, str], dict[str, Any]]] = {
        "run": _run,
        "candidate": _candidate,
        "campaign": lambda lab, key: standing(lab.ledger, campaigns.get(lab.ledger, key)),
        "claim": lambda lab, key: claims.show(lab.ledger, key),
        "document": lambda lab, key: vars(documents.get(lab.ledger, key)),
        "artifact": _artifact,
    }
    return {"is": found.kind, **readers[found.kind](lab, found.id)}


def write_artifact(lab: Lab, found: Mapping[str, Any], place: Path) -> None:
    """Write an artifact's bytes to a file.

    Raises:
        RequestError: It is no artifact.
    """
    if found["is"] != "artifact":
        raise RequestError(f"--out: got a {found['is']}, allowed: an artifact's digest")
    place.write_bytes(lab.vault.get(found["digest"]))
    output.say(f"written: {place}")


def print_described(found: dict[str, Any]) -> None:
    """Print what `describe` found."""
    printers: dict[str, Callable[[dict[str, Any]], None]] = {
        "run": _print_run,
        "candidate": _print_candidate,
        "campaign": show_standing,
        "claim": print_claim,
        "document": output.facts,
        "artifact": _print_artifact,
    }
    printers[found["is"]](found)


def _one(lab: Lab, table: Table, row_id: str) -> Row[Any]:
    with lab.ledger.read() as connection:
        return connection.execute(select(table).where(table.c.id == row_id)).one()


def _run(lab: Lab, run_id: str) -> dict[str, Any]:
    row = _one(lab, RUN, run_id)._mapping
    with lab.ledger.read() as connection:
        calls = connection.execute(select(CALL).where(CALL.c.run_id == run_id)).all()
    return {
        **row,
        "request": json.loads(row["request"]),
        "response": json.loads(row["response"]) if row["response"] else None,
        "quantities": [dict(q._mapping) for q in runs.quantities_of(lab.ledger, run_id)],
        "artifacts": [dict(a._mapping) for a in runs.artifacts_of(lab.ledger, run_id)],
        "calls": [dict(call._mapping) for call in calls],
    }


def _candidate(lab: Lab, candidate_id: str) -> dict[str, Any]:
    row = _one(lab, CANDIDATE, candidate_id)
    views = campaigns.view(lab.ledger, row.campaign_id, row.round)
    (view,) = (one for one in views if one.id == candidate_id)
    return {**asdict(view), "campaign_id": row.campaign_id, "at": row.at}


def _artifact(lab: Lab, digest: str) -> dict[str, Any]:
    with lab.ledger.read() as connection:
        query = select(ARTIFACT).where(ARTIFACT.c.digest == digest).order_by(ARTIFACT.c.id)
        rows = [dict(row._mapping) for row in connection.execute(query)]
    first = rows[0]
    kept = {name: first[name] for name in ("digest", "name", "media_type", "n_bytes")}
    made_by = [{"run_id": row["run_id"], "path": row["path"]} for row in rows]
    return {**kept, "in_vault": lab.vault.has(digest), "made_by": made_by}


def _print_run(found: dict[str, Any]) -> None:
    output.line(f"{found['status']}  {found['reason']}".rstrip())
    way = f"{found['tool']} {found['tool_version']}, {found['backend']}"
    names = ("weights_digest", "started_at", "seconds", "origin", "code_version")
    asked = output.shortened(found["request"], 400)
    output.facts({"run": found["id"], "tool": way, "request": asked,
                  **{name: found[name] for name in names}})  # fmt: skip
    rows = [(row["path"], spelled_row(row)) for row in found["quantities"]]
    if rows:
        output.table(("number", "value"), rows)
    for row in found["artifacts"]:
        output.line(f"file {row['path']}: {row['name']}, {row['n_bytes']} bytes, {row['digest']}")
    output.line(f"given to {len(found['calls'])} caller(s)")


def _print_candidate(found: dict[str, Any]) -> None:
    output.line(found["form"])
    names = ("id", "campaign_id", "round", "proposer", "operator", "expected", "retest")
    output.facts({name: found[name] for name in names})
    gates = [(g["gate"], "passed" if g["passed"] else "failed", g["run_id"], g["reason"])
             for g in found["gates"]]  # fmt: skip
    output.table(("gate", "verdict", "run", "reason"), gates)
    rows = [(name, spelled_row(n), n["run_id"]) for name, n in found["values"].items()]
    if rows:
        output.table(("objective", "value", "run"), rows)


def print_claim(found: dict[str, Any]) -> None:
    """Print a claim with both sides of its evidence."""
    output.line(f"{found['status']}  {found['text']}")
    names = (
        "id",
        "subject",
        "predicate",
        "domain",
        "author",
        "recheck_after",
        "test",
        "supersedes_id",
    )
    output.facts({name: found[name] for name in names})
    evidence = [(row["stance"], row["run_id"], row["path"]) for row in found["evidence"]]
    if evidence:
        output.table(("evidence", "run", "number"), evidence)
    history = [(row["at"], row["status"], row["reason"]) for row in found["history"]]
    output.table(("when", "status", "why"), history)


def _print_artifact(found: dict[str, Any]) -> None:
    names = ("digest", "name", "media_type", "n_bytes")
    output.facts({name: found[name] for name in names})
    output.line("in the vault" if found["in_vault"] else "not in the vault: its bytes are lost")
    rows = [(row["run_id"], row["path"]) for row in found["made_by"]]
    output.table(("made by run", "path"), rows)
