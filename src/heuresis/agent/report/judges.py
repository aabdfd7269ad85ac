"""The judges: each tool that decided something, with the error it is known to have."""

from dataclasses import dataclass, field
from functools import cached_property
from json import loads

from heuresis.agent.report.record import Record
from heuresis.agent.validators.ladder import Measure, tool_of
from heuresis.contract import Card
from heuresis.errors import HeuresisError
from heuresis.tools import registry


@dataclass(frozen=True)
class Judge:
    """A tool in its role.

    Attributes:
        tool: Its name.
        objectives: Numbers it gave.
        gates: Gates that asked it.
        version: As recorded when the campaign started; as are backend and weights.
        backend: Which of its ways was taken.
        weights_digest: Which weights or program.
        card: The card of that very version; None where this installation has none.
        remark: Why there is no card.
    """

    tool: str
    objectives: tuple[str, ...]
    gates: tuple[str, ...]
    version: str
    backend: str
    weights_digest: str
    card: Card | None = field(repr=False)
    remark: str = ""

    @cached_property
    def decides(self) -> str:
        """Its roles in words."""
        parts = []
        if self.objectives:
            parts.append(f"the values of {', '.join(self.objectives)}")
        if self.gates:
            parts.append(f"the verdicts of {', '.join(self.gates)}")
        return " and ".join(parts)

    @property
    def caution(self) -> str:
        """One sentence that holds the claim and the error of whoever makes it."""
        error = self.card.accuracy.rstrip(".") if self.card else f"not known here ({self.remark})"
        return (
            f"{self.decides[0].upper()}{self.decides[1:]} are answers of {self.tool} "
            f"{self.version}, whose known error is: {error}."
        )


def judges(record: Record) -> list[Judge]:
    """Return the tools of the ladder in the order in which a candidate met them."""
    recorded = loads(record.campaign.cards)
    names = [name for rung in record.ladder if (name := tool_of(rung))]
    return [_judge(record, name, recorded.get(name, {})) for name in dict.fromkeys(names)]


def _judge(record: Record, name: str, told: dict[str, str]) -> Judge:
    rungs = [rung for rung in record.ladder if tool_of(rung) == name]
    measures = [rung for rung in rungs if isinstance(rung, Measure)]
    version = told.get("version", "unrecorded")
    card, remark = _card(name, version)
    return Judge(
        tool=name,
        objectives=tuple(one.name for rung in measures for one in rung.objectives),
        gates=tuple(rung.name for rung in rungs if not isinstance(rung, Measure)),
        version=version,
        backend=told.get("backend", "unrecorded"),
        weights_digest=told.get("weights_digest", "unrecorded"),
        card=card,
        remark=remark,
    )


def _card(name: str, version: str) -> tuple[Card | None, str]:
    """Return the card of one version of a tool, or why there is none."""
    try:
        card = registry.load(name).card
    except (HeuresisError, ImportError) as error:
        return None, f"the tool cannot be loaded here: {type(error).__name__}"
    if card.version != version:
        return None, f"this installation holds version {card.version}, the campaign used {version}"
    return card, ""
