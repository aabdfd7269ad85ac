"""What a conversation came to, as the ledger and the recorded answer have it; no judgement."""

import json
from collections.abc import Sequence
from typing import Any

from pydantic import Field
from sqlalchemy import select

from heuresis.contract import Frozen
from heuresis.memory import claims, tables
from heuresis.memory.ledger import Ledger
from heuresis.memory.runs import CALL, RUN

CAMPAIGN = tables.Campaign.__table__  # type: ignore[attr-defined]  # set by SQLModel
USABLE = ("ok", "partial")


class RanRow(Frozen):
    id: str = Field(description="Of the run.")
    tool: str = Field(description="Name.")
    request: dict[str, Any] = Field(description="Canonical.")
    response: dict[str, Any] | None = Field(description="None without an answer.")
    status: str = Field(description="How it ended.")
    reason: str = Field(default="", description="Why it is not ok.")
    error_kind: str = Field(default="", description="request, domain, service, or empty.")

    @property
    def is_usable(self) -> bool:
        """Whether it answered."""
        return self.status in USABLE


class Filled(Frozen):
    start: int = Field(description="Where it begins in the answer.")
    end: int = Field(description="One after its last character.")
    kind: str = Field(description="number, derived, run, count or passage.")
    run_id: str = Field(description="Whose number it is.")
    path: str = Field(description="Where it stands there.")
    other: str = Field(default="", description="Run and path of the second number, if derived.")

    @property
    def places(self) -> tuple[tuple[str, str], ...]:
        """Run and path of each number it rests on."""
        if self.kind not in ("number", "derived"):
            return ()
        second = self.other.partition(".")
        first = (self.run_id, self.path)
        return (first, (second[0], second[2])) if self.other else (first,)


class Told(Frozen):
    """Everything that the scorer looks at."""

    words: str = Field(description="All that the person wrote, files included.")
    text: str = Field(default="", description="The last answer.")
    ending: str = Field(default="", description="answered, stopped or waiting.")
    fills: tuple[Filled, ...] = Field(default=(), description="Numbers in the answer.")
    used: frozenset[str] = Field(default=frozenset(), description="Runs of the last turn.")
    earlier: frozenset[str] = Field(default=frozenset(), description="Runs of before.")
    runs: tuple[RanRow, ...] = Field(default=(), description="All runs of this home, in order.")
    shown: tuple[str, ...] = Field(default=(), description="Subjects as the answer recorded them.")
    named: dict[str, str] = Field(
        default_factory=dict, description="What the answer calls a subject, by its form."
    )
    is_ranked: bool = Field(default=False, description="Whether those are in order of a number.")
    files: dict[str, str] = Field(default_factory=dict, description="Digest by name: file-1, ….")
    claims: tuple[dict[str, Any], ...] = Field(default=(), description="With status and evidence.")
    campaigns: tuple[dict[str, Any], ...] = Field(default=(), description="Specs, with status.")
    recorded: tuple[str, ...] = Field(
        default=(), description="Sentences of the ledger that may be quoted."
    )
    n_granted: int = Field(default=0, description="Approvals that the person gave.")
    n_flagged: int = Field(default=0, description="Numerals that the gate itself marked.")
    crash: str = Field(default="", description="What was raised; empty where nothing was.")
    seconds: float = Field(default=0.0, description="Of the last turn.")

    def run(self, run_id: str) -> RanRow | None:
        """Return one run."""
        return next((one for one in self.runs if one.id == run_id), None)

    @property
    def of_turn(self) -> tuple[RanRow, ...]:
        """Runs of the last turn."""
        return tuple(one for one in self.runs if one.id in self.used)


def all_runs(ledger: Ledger) -> tuple[RanRow, ...]:
    """Return every run of a ledger, in order."""
    with ledger.read() as connection:
        rows = connection.execute(select(RUN).order_by(RUN.c.id)).all()
    return tuple(
        RanRow(
            id=row.id,
            tool=row.tool,
            request=json.loads(row.request),
            response=json.loads(row.response) if row.response else None,
            status=row.status,
            reason=row.reason,
            error_kind=row.error_kind,
        )
        for row in rows
    )


def runs_of_turn(ledger: Ledger, session_id: str, message_id: str) -> frozenset[str]:
    """Return the runs that answering a message asked for, whether fresh or known."""
    origin = f"session:{session_id}:{message_id}"
    with ledger.read() as connection:
        query = select(CALL.c.run_id).where(CALL.c.origin.startswith(origin, autoescape=True))
        return frozenset(connection.scalars(query))


def all_claims(ledger: Ledger) -> tuple[dict[str, Any], ...]:
    """Return every claim with its status and evidence."""
    return tuple(claims.show(ledger, one["id"]) for one in claims.list_claims(ledger))


def all_campaigns(ledger: Ledger) -> tuple[dict[str, Any], ...]:
    """Return the spec of every campaign, and its status."""
    with ledger.read() as connection:
        rows = connection.execute(select(CAMPAIGN)).all()
    return tuple({"status": row.status, "spec": json.loads(row.spec)} for row in rows)


def strings_in(value: Any) -> Sequence[str]:
    """Return every text inside JSON data."""
    if isinstance(value, str):
        return [value]
    parts = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return [text for part in parts for text in strings_in(part)]


def number_at(response: Any, path: str) -> float | None:
    """Return the number at a place of a response; None where there is none."""
    value = part_at(response, path)
    if isinstance(value, dict) and "value" in value:
        value = value["value"]
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return float(value) if is_number else None


def part_at(response: Any, path: str) -> Any:
    """Return the part of a response at a place such as 'end_points.hERG' or 'images[0]'."""
    value = response
    for step in path.replace("[", ".[").split("."):
        if step.startswith("["):
            place = int(step[1:-1])
            value = value[place] if isinstance(value, list) and place < len(value) else None
        else:
            value = value.get(step) if isinstance(value, dict) else None
    return value
