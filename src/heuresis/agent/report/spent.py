"""What the campaign spent and how every one of its runs ended; nothing is left out."""

from collections import Counter
from dataclasses import dataclass
from datetime import datetime

from heuresis.agent.report.record import Record
from heuresis.contract import Status


@dataclass(frozen=True)
class Item:
    """One limit of the budget."""

    name: str
    spent: str
    allowed: str


@dataclass(frozen=True)
class Endings:
    """How a tool's answers ended: (fresh, cached) by status, in the order of `statuses`."""

    tool: str
    counts: tuple[tuple[int, int], ...]

    @property
    def total(self) -> tuple[int, int]:
        """All statuses together."""
        return sum(fresh for fresh, _ in self.counts), sum(cached for _, cached in self.counts)


@dataclass(frozen=True)
class Screened:
    """How often one rule of a policy spoke."""

    rule_id: str
    level: str
    phase: str
    reason: str
    n: int


def budget(record: Record) -> list[Item]:
    """Set what was spent beside what was allowed."""
    limits = record.spec.budget
    seconds = f"{limits.seconds:g} s of rounds" if limits.seconds else "no limit"
    return [
        Item("rounds", str(record.n_rounds), str(limits.rounds)),
        Item("candidates", str(len(record.candidates)), f"{limits.rounds * limits.per_round}"),
        *_calls(record),
        Item("time from start to end", elapsed(record), seconds),
        Item("time inside models, fresh runs", f"{model_seconds(record):.1f} s", "no limit"),
    ]


def elapsed(record: Record) -> str:
    """Say how long the campaign took by the clock, interruptions included."""
    if record.campaign.ended_at is None:
        return "not ended"
    ends = (record.campaign.started_at, record.campaign.ended_at)
    started, ended = (datetime.fromisoformat(at) for at in ends)
    return f"{(ended - started).total_seconds():.1f} s"


def model_seconds(record: Record) -> float:
    """Add up the time of the backends in runs executed for this campaign."""
    fresh = {answer.run_id for answer in record.answers if not answer.cached}
    return sum(record.runs[run_id].seconds or 0.0 for run_id in sorted(fresh))


def endings(record: Record) -> list[Endings]:
    """Count answers by tool, status and whether the run was fresh or found again."""
    counts = Counter((one.tool, one.status, bool(one.cached)) for one in record.answers)
    return [
        Endings(tool, tuple((counts[tool, status, False], counts[tool, status, True])
                            for status in statuses(record)))
        for tool in sorted({one.tool for one in record.answers})
    ]  # fmt: skip


def statuses(record: Record) -> list[str]:
    """Name every status in the fixed order, and any other that the ledger holds."""
    known = [status.value for status in Status]
    return [*known, *sorted({one.status for one in record.answers} - set(known))]


def screened(record: Record) -> list[Screened]:
    """Count policy events by rule, level and phase."""
    counts = Counter((e.rule_id, e.level, e.phase, e.reason) for e in record.events)
    return [Screened(*key, n) for key, n in sorted(counts.items())]


def _calls(record: Record) -> list[Item]:
    """Count as the budget does: executed for a step of the loop, and not refused at the door."""
    spent = Counter(
        one.tool
        for one in record.answers
        if not one.cached
        and one.origin.startswith("campaign:")
        and one.status not in (Status.OUT_OF_DOMAIN, Status.BLOCKED)
    )
    limits = record.spec.budget.calls
    return [
        Item(f"fresh runs of {tool}", str(spent[tool]), str(limits.get(tool, "no limit")))
        for tool in sorted({*spent, *limits})
    ]
