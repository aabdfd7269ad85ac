"""One line of the table, and the whole of it as it is written to JSON."""

from collections.abc import Sequence
from typing import Literal

from pydantic import Field, computed_field

from heuresis.contract import Frozen
from heuresis.evals.bench.measure import median, ratio_of

Verdict = Literal["met", "missed", "told"]
Detail = str | float | int | bool


class Row(Frozen):
    """One comparison; a smaller number is better on both sides."""

    name: str = Field(pattern=r"^[a-z_]+\.[a-z0-9_]+$", description="Measurement and what of it.")
    what: str = Field(description="In words.")
    unit: str = Field(description="Of `ours` and `other`.")
    ours: float = Field(gt=0, description="Median.")
    against: str = Field(description="'goal', or who else was measured.")
    other: float = Field(gt=0, description="The goal, or the median of the other side.")
    ratio: float = Field(gt=0, description="Median over turns of other / ours.")
    low: float = Field(gt=0, description="Lower quartile of the ratio.")
    high: float = Field(gt=0, description="Upper quartile of the ratio.")
    needed: float | None = Field(description="Ratio that meets the goal; none: for information.")
    n: int = Field(ge=1, description="Turns, or calls.")
    note: str = Field(default="", description="What a reader must know.")
    details: dict[str, Detail] = Field(default={}, description="More numbers, by name.")

    @computed_field  # type: ignore[prop-decorator]  # pydantic's own way, unknown to mypy
    @property
    def verdict(self) -> Verdict:
        """Whether the goal is met."""
        if self.needed is None:
            return "told"
        return "met" if self.ratio >= self.needed else "missed"


class Machine(Frozen):
    """Where and with what it was measured."""

    n_cpus: int = Field(ge=1, description="Logical processors this process may use.")
    load_before: tuple[float, float, float] = Field(description="1, 5, 15 min, at the start.")
    load_after: tuple[float, float, float] = Field(description="1, 5, 15 min, at the end.")
    system: str = Field(description="Operating system and processor family.")
    python: str = Field(description="Version of Python.")
    versions: dict[str, str] = Field(description="Version by package.")


class Report(Frozen):
    """One run of the bench."""

    schema_version: Literal[1] = Field(default=1, description="Raised when fields change.")
    at: str = Field(description="UTC.")
    seconds: float = Field(ge=0, description="How long the bench took.")
    quick: bool = Field(description="Few turns: shows that it works, proves little.")
    machine: Machine = Field(description="Where.")
    rows: tuple[Row, ...] = Field(description="The table.")
    skipped: dict[str, str] = Field(default={}, description="Reason by measurement not made.")


def against_goal(  # noqa: PLR0913  # a line of the table has that many cells
    name: str,
    what: str,
    ours: Sequence[float],
    goal: float,
    unit: str,
    *,
    note: str = "",
    details: dict[str, Detail] | None = None,
) -> Row:
    """Compare numbers with the largest that is good enough."""
    ratio = ratio_of([goal] * len(ours), ours)
    return Row(
        name=name,
        what=what,
        unit=unit,
        ours=median(ours),
        against="goal",
        other=goal,
        ratio=ratio.median,
        low=ratio.low,
        high=ratio.high,
        needed=1.0,
        n=ratio.n,
        note=note,
        details=details or {},
    )


def told(  # noqa: PLR0913, PLR0917  # as above
    name: str,
    what: str,
    ours: Sequence[float],
    unit: str,
    note: str = "",
    details: dict[str, Detail] | None = None,
) -> Row:
    """State numbers for which no goal was set and nobody else was measured."""
    row = against_goal(name, what, ours, median(ours), unit, note=note, details=details)
    return row.model_copy(update={"against": "itself", "needed": None})


def against_peer(  # noqa: PLR0913  # as above
    name: str,
    what: str,
    ours: Sequence[float],
    peer: tuple[str, Sequence[float]],
    unit: str,
    *,
    needed: float | None,
    note: str = "",
    details: dict[str, Detail] | None = None,
) -> Row:
    """Compare with somebody else, who was measured in the same turns."""
    ratio = ratio_of(peer[1], ours)
    return Row(
        name=name,
        what=what,
        unit=unit,
        ours=median(ours),
        against=peer[0],
        other=median(peer[1]),
        ratio=ratio.median,
        low=ratio.low,
        high=ratio.high,
        needed=needed,
        n=ratio.n,
        note=note,
        details=details or {},
    )
