"""Why candidates were rejected: each gate's count, and examples with their reasons."""

from dataclasses import dataclass

from heuresis.agent.nodes.screen import GATE as HAZARD_GATE
from heuresis.agent.nodes.validate import OUT_OF_BUDGET
from heuresis.agent.report.pictures import label
from heuresis.agent.report.record import WITHHELD, Record
from heuresis.agent.validators.ladder import tool_of

N_EXAMPLES = 3
REASON_CHARS = 300


@dataclass(frozen=True)
class Example:
    """One candidate that a gate stopped."""

    label: str
    reason: str
    run_id: str | None


@dataclass(frozen=True)
class Tally:
    """One gate: how many it was asked about and how it answered.

    Attributes:
        gate: Its name.
        judge: The tool it asks, or 'rule'.
        asked: Candidates it judged.
        passed: Of these, let through.
        stopped: Of these, stopped.
        not_asked: Left out because the budget of calls was used up.
        examples: Some of those stopped, of different reasons where there are.
    """

    gate: str
    judge: str
    asked: int
    passed: int
    stopped: int
    not_asked: int
    examples: tuple[Example, ...]

    @property
    def share(self) -> str:
        """Stopped of asked, in percent."""
        return f"{self.stopped / self.asked:.0%}" if self.asked else "none asked"


def tallies(record: Record) -> list[Tally]:
    """Count every gate's verdicts, in the order of the ladder."""
    judges = {HAZARD_GATE: "policy"} | {
        rung.name: tool_of(rung) or "rule" for rung in record.ladder
    }
    met = [verdict.gate for one in record.candidates for verdict in one.gates]
    return [_tally(record, gate, judges.get(gate, "unknown"))
            for gate in dict.fromkeys([*judges, *met])]  # fmt: skip


def _tally(record: Record, gate: str, judge: str) -> Tally:
    verdicts = [v for one in record.candidates for v in one.gates if v.gate == gate]
    stopped = [v for v in verdicts if not v.passed and v.reason != OUT_OF_BUDGET]
    passed = sum(v.passed for v in verdicts)
    return Tally(
        gate=gate,
        judge=judge,
        asked=passed + len(stopped),
        passed=passed,
        stopped=len(stopped),
        not_asked=len(verdicts) - passed - len(stopped),
        examples=_examples(record, gate),
    )


def _examples(record: Record, gate: str) -> tuple[Example, ...]:
    """Take candidates with unlike reasons first, then others, in order."""
    found = [
        (one, one.failed_gate)
        for one in record.candidates
        if one.failed_gate and one.failed_gate.gate == gate
        and one.failed_gate.reason != OUT_OF_BUDGET
    ]  # fmt: skip
    first = list({verdict.reason: (one, verdict) for one, verdict in reversed(found)}.values())[
        ::-1
    ]
    chosen = {one.id for one, _ in first}
    rest = [(one, verdict) for one, verdict in found if one.id not in chosen]
    return tuple(
        Example(
            label=WITHHELD if record.is_withheld(one) else label(record.spec.kind, one.form),
            reason=verdict.reason[:REASON_CHARS],
            run_id=verdict.run_id,
        )
        for one, verdict in [*first, *rest][:N_EXAMPLES]
    )
