# quotes as they are printed
"""What was looked up, in words: quotations with their places, runs and claims with their ids."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from heuresis.agent.assistant.steps import Progress
from heuresis.agent.numbers.references import write, write_passage
from heuresis.agent.planning.plan import Look, Plan
from heuresis.memory import runs
from heuresis.memory.ledger import Ledger

MAX_NUMBERS = 4  # told of one run
MAX_QUERY = 120  # characters of it that are said again
PLACES = {"documents": "all documents", "memory": "what is known here", "given": "the documents"}


@dataclass(frozen=True)
class LookedUp:
    """A part of an answer.

    Attributes:
        text: Markdown with references.
        runs: Ids of the runs it names.
        reasons: Recorded sentences that it quotes.
        documents: Name by id of the documents it quotes or was looking in.
        sources: One line for each document that is quoted.
    """

    text: str = ""
    runs: tuple[str, ...] = ()
    reasons: tuple[str, ...] = ()
    documents: Mapping[str, str] = field(default_factory=dict)
    sources: tuple[str, ...] = ()


def looked_up(plan: Plan, progress: Progress, ledger: Ledger) -> LookedUp:
    """Tell what each finished look came to, in the order of the plan."""
    done = [
        (step, progress.told[step.id])
        for step in plan.steps
        if isinstance(step, Look) and step.id in progress.told
    ]
    labels = {key: name for _, body in done for key, name in body["labels"].items()}
    known = [row for _, body in done for row in body["known"]]
    quoted = {one["ref"].partition(".")[0]: None for _, body in done for one in body["quotes"]}
    said = [step.query[:MAX_QUERY] for step, _ in done] + [body["note"] for _, body in done]
    return LookedUp(
        text="\n\n".join(_block(step, body, ledger) for step, body in done),
        runs=tuple(row["ref"] for row in known if row["kind"] == "run"),
        reasons=tuple(one for one in [*said, *(row["text"] for row in known)] if one),
        documents=labels,
        sources=tuple(f"- {_named(labels[key], key)}" for key in quoted),
    )


def _named(label: str, document_id: str) -> str:
    return label if document_id in label else f"{label}: document {document_id}"


def _block(step: Look, body: Mapping[str, Any], ledger: Ledger) -> str:
    found = [*map(_quotation, body["quotes"]), *(_row(row, ledger) for row in body["known"])]
    names = step.documents.values() if step.scope == "given" else ()
    where = ", ".join(names) or PLACES[step.scope]
    head = f"{'Found' if found else 'Nothing was found'} in {where} on “{step.query[:MAX_QUERY]}”"
    note = [body["note"]] if body["note"] else []
    return "\n\n".join([f"{head}{':' if found else '.'}", *found, *note])


def _quotation(quote: Mapping[str, Any]) -> str:
    """Write a quotation; one with signs of markup as code, so that no page acts on it."""
    reference = write_passage(quote["ref"], quote["start"], quote["end"])
    ticks = "`" * quote["ticks"] if quote["is_code"] else ""
    return f"> {ticks} {reference} {ticks}" if ticks else f"> {reference}"


def _row(row: Mapping[str, Any], ledger: Ledger) -> str:
    if row["kind"] == "run":
        paths = [number.path for number in runs.quantities_of(ledger, row["ref"])[:MAX_NUMBERS]]
        told = "; ".join(f"{path.replace('_', ' ')}: {write(row['ref'], path)}" for path in paths)
        return f"- {write(row['ref'])}, {row['text']}{f': {told}' if told else ''}"
    status = f" ({row['status']})" if row["status"] else ""
    return f"- {row['kind']} {row['ref']}{status}: {row['text']}"
