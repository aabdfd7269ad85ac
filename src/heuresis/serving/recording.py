"""Between slots and rows: what the ledger keeps of a run, and what an outcome shows of a row."""

import json
from collections.abc import Sequence
from typing import Any

from heuresis import secrets
from heuresis.contract import Backend, Outcome, Quantity, Status, artifacts_in, quantities_in
from heuresis.errors import OutOfDomainError, PolicyError, RequestError
from heuresis.memory.ledger import now
from heuresis.memory.runs import Ending
from heuresis.memory.vault import Vault
from heuresis.serving.context import Context
from heuresis.serving.slot import Slot, canonical_json, raw_json
from heuresis.tools.registry import AnyTool
from heuresis.version import code_version

MAX_TEXT_CHARS = 600  # of a run's sentence for recall
MAX_FACTS = 8  # numbers named in it


def new_row(
    tool: AnyTool, backend: Backend[Any, Any], weights_digest: str, slot: Slot, context: Context
) -> dict[str, Any]:
    """Return the part of a run's row that is known before it starts."""
    return {
        "id": slot.run_id,
        "key": slot.key,
        "tool": tool.name,
        "tool_version": tool.card.version,
        "backend": backend.name,
        "weights_digest": weights_digest,
        "request": slot.text or raw_json(slot.raw),
        "seed": int(getattr(slot.request, "seed", 0)),
        "origin": context.origin,
        "code_version": code_version(),
        "reason": "",
        "error_kind": "",
    }


def call_row(run_id: str, context: Context, *, cached: bool) -> dict[str, Any]:
    """Return the row that says who was given a run."""
    return {
        "origin": context.origin,
        "run_id": run_id,
        "campaign_id": context.campaign_id,
        "session_id": context.session_id,
        "cached": cached,
        "at": now(),
    }


def status_of(error: Exception) -> tuple[Status, str]:
    """Turn an error into a status and whose move is next; the only place that does."""
    if isinstance(error, OutOfDomainError):
        return Status.OUT_OF_DOMAIN, "domain"
    if isinstance(error, PolicyError):
        return Status.BLOCKED, "request"
    if isinstance(error, RequestError):
        return Status.FAILED, "request"
    return Status.FAILED, "service"


def refused_row(row: dict[str, Any], error: Exception) -> dict[str, Any]:
    """Complete the row of a run that ended before it began."""
    status, kind = status_of(error)
    at = now()
    ended = {"started_at": at, "ended_at": at, "seconds": 0.0, "owner": "", "lease_until": 0.0}
    reason = secrets.redacted(str(error))
    verdict = {"status": status, "error_kind": kind, "reason": reason, "response": None}
    return {**row, **ended, **verdict, "attempt": 1}


def ending(tool: AnyTool, slots: Sequence[Slot], context: Context, vault: Vault) -> Ending:
    """Return all rows that end these runs; artifacts are stored first, so no row lacks its bytes.

    Raises:
        ServiceError: An artifact could not be stored.
    """
    artifacts = [row for slot in slots for row in _artifact_rows(slot, vault)]
    return Ending(
        runs=[_ended(slot) for slot in slots],
        quantities=[row for slot in slots for row in _quantity_rows(slot)],
        artifacts=artifacts,
        calls=[call_row(slot.run_id, context, cached=False) for slot in slots],
        outbox=[_outbox_row(tool, slot) for slot in slots],
    )


def _ended(slot: Slot) -> dict[str, Any]:
    status, kind, reason = slot.grade.status.value, "", slot.grade.reason
    if slot.error is not None:
        failed, kind = status_of(slot.error)
        status, reason = failed.value, secrets.redacted(str(slot.error))
    return {
        "id": slot.run_id,
        "status": status,
        "error_kind": kind,
        "reason": reason,
        "response": canonical_json(slot.response) if slot.response is not None else None,
        "ended_at": now(),
        "seconds": slot.seconds,
    }


def _quantity_rows(slot: Slot) -> list[dict[str, Any]]:
    return [
        {"run_id": slot.run_id, "path": path, **_flat(quantity)}
        for path, quantity in quantities_in(slot.response).items()
    ]


def _flat(quantity: Quantity) -> dict[str, Any]:
    interval = quantity.interval
    return {
        "value": quantity.value,
        "unit": quantity.unit,
        "std": quantity.std,
        "low": interval.low if interval else None,
        "high": interval.high if interval else None,
        "level": interval.level if interval else None,
        "no_uncertainty": quantity.no_uncertainty,
    }


def _artifact_rows(slot: Slot, vault: Vault) -> list[dict[str, Any]]:
    rows = []
    for path, artifact in artifacts_in(slot.response).items():
        if artifact.data is not None:
            vault.put(artifact.data)
        rows.append({"run_id": slot.run_id, "path": path, **artifact.model_dump()})
    return rows


def _outbox_row(tool: AnyTool, slot: Slot) -> dict[str, Any]:
    numbers = list(quantities_in(slot.response).items())[:MAX_FACTS]
    said = ", ".join(f"{path} {q.value:.4g} {q.unit}" for path, q in numbers)
    status = slot.grade.status.value if slot.error is None else status_of(slot.error)[0].value
    why = secrets.redacted(str(slot.error)) if slot.error else slot.grade.reason
    text = f"{tool.name} {status}: {slot.text[:300]} -> {said or why}"
    facts = json.dumps({"tool": tool.name, "status": status})
    return {"kind": "run", "ref": slot.run_id, "text": text[:MAX_TEXT_CHARS], "facts": facts,
            "indexed": False}  # fmt: skip


def outcome_of(tool: AnyTool, row: Any) -> Outcome:
    """Return what a recorded run says to somebody who asks again."""
    answer = tool.response.model_validate_json(row.response) if row.response else None
    return Outcome.model_construct(
        run_id=row.id,
        tool=row.tool,
        status=Status(row.status),
        reason=row.reason,
        error_kind=row.error_kind,
        response=answer,
        backend=row.backend,
        seconds=row.seconds,
        cached=True,
        notice=notice_of(tool, ""),
    )


def outcome_now(tool: AnyTool, row: dict[str, Any], backend: str, slot: Slot) -> Outcome:
    """Return what a run that was just recorded says."""
    return Outcome.model_construct(
        run_id=row["id"],
        tool=tool.name,
        status=Status(row["status"]),
        reason=row["reason"],
        error_kind=row["error_kind"],
        response=slot.response,
        backend=backend,
        seconds=row["seconds"],
        cached=False,
        notice=notice_of(tool, slot.flag),
    )


def notice_of(tool: AnyTool, flag: str) -> str | None:
    """Join the card's standing notice and a policy's mark."""
    return " ".join(part for part in (tool.card.notice, flag) if part) or None
