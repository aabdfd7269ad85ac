"""Claims that runs have refuted since the last answer are raised in the next, in any session."""

from dataclasses import replace
from typing import Any

from heuresis.agent.assistant.claiming import raised
from heuresis.agent.assistant.composition import Draft
from heuresis.agent.assistant.state import Bench
from heuresis.agent.assistant.steps import Progress
from heuresis.agent.numbers.references import write
from heuresis.memory import sessions

STAGE = "raised"
MOST = 3  # claims told in full; the others are in the list that is named


def with_raised(draft: Draft, bench: Bench, progress: Progress) -> Draft:
    """Put what was refuted since the last answer before the sources, and remember that it was."""
    body = _body(bench, progress)
    if not body["claims"]:
        return draft
    block = "\n".join(_lines(body["claims"]))
    runs = frozenset(run_id for one in body["claims"][:MOST] for run_id in one["runs"])
    return replace(
        draft,
        text=f"{block}\n\n{draft.text}",
        sources="\n\n".join(part for part in (block, draft.sources) if part),
        runs=draft.runs | runs,
        reasons=(*draft.reasons, *(one["text"] for one in body["claims"])),
    )


def _body(bench: Bench, progress: Progress) -> Any:
    stages = bench.stages()
    if STAGE not in stages:
        before = sessions.latest_stage(bench.ledger, STAGE)
        told = (one.get("claim_id") for one in progress.told.values())
        own = frozenset(claim_id for claim_id in told if claim_id)
        bench.note(STAGE, raised(bench.ledger, before["upto"] if before else 0, own))
        stages = bench.stages()
    return stages[STAGE]


def _lines(found: list[dict[str, Any]]) -> list[str]:
    lines = ["New runs speak against what was claimed before:"]
    for one in found[:MOST]:
        against = ", ".join(write(run_id) for run_id in one["runs"])
        lines.append(f"- claim {one['claim_id']}, refuted: {one['text']} (against it: {against})")
    if len(found) > MOST:
        lines.append("- and others: `heuresis claim list`")
    return lines
