"""What an accuracy eval returns: methods against metrics with intervals, leaks and a finding."""

from collections.abc import Mapping, Sequence

from pydantic import Field

from heuresis.contract import Frozen

LEVEL = 0.95
BAR = "\\|"  # a bar inside a cell


class Score(Frozen):
    """One metric of one method."""

    value: float = Field(description="On all items used.")
    low: float | None = Field(default=None, description="Lower end of the 95 % interval.")
    high: float | None = Field(default=None, description="Upper end of the 95 % interval.")


class Row(Frozen):
    """One method, or one baseline."""

    method: str = Field(description="What was predicted, and how.")
    n: int | None = Field(description="Items it was scored on; None for a published figure.")
    scores: dict[str, Score] = Field(description="By metric; a metric without meaning is absent.")


class Part(Frozen):
    """Methods in rows, metrics in columns."""

    caption: str = Field(description="What the part shows.")
    columns: dict[str, str] = Field(description="Metrics in order, with their units.")
    rows: tuple[Row, ...] = Field(description="Methods first, baselines after them.")

    def row(self, method: str) -> Row:
        """Find a method's row; raises KeyError."""
        found = {row.method: row for row in self.rows}
        return found[method]


class AccuracyTable(Frozen):
    """The answer of one accuracy eval."""

    name: str = Field(description="Name of the eval.")
    title: str = Field(description="What was measured, on which data.")
    n_offered: int = Field(description="Rows of the file, or entries of the sample.")
    n_used: int = Field(description="Distinct items that were scored.")
    left_out: dict[str, int] = Field(description="Items not scored, by reason.")
    leak: str = Field(description="What the models had seen of these data.")
    finding: str = Field(description="The result in plain sentences.")
    parts: tuple[Part, ...] = Field(description="The numbers.")
    notes: tuple[str, ...] = Field(default=(), description="How it was done, where it matters.")


def as_markdown(table: AccuracyTable) -> str:
    """Write a table as Markdown, intervals in brackets."""
    left_out = ", ".join(f"{n:,} {why}" for why, n in table.left_out.items() if n) or "none"
    lines = [
        f"## {table.title}",
        "",
        table.finding,
        "",
        f"**What the model had seen.** {table.leak}",
        "",
        f"{table.n_offered:,} offered, {table.n_used:,} used; left out: {left_out}.",
        "",
    ]
    for part in table.parts:
        lines += [*_part_lines(part), ""]
    lines += [f"- {note}" for note in table.notes]
    return "\n".join(lines).rstrip() + "\n"


def _part_lines(part: Part) -> list[str]:
    heads = [name if unit == "1" else f"{name}, {unit}" for name, unit in part.columns.items()]
    return [
        f"**{part.caption}**",
        "",
        _line(["method", "n", *heads]),
        _line(["---", "---:", *["---:"] * len(heads)]),
        *(_line(_cells(row, part.columns)) for row in part.rows),
    ]


def _line(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cell.replace('|', BAR) for cell in cells)} |"


def _cells(row: Row, columns: Mapping[str, str]) -> list[str]:
    count = "" if row.n is None else f"{row.n:,}"
    told = [brief(row.scores[name]) if name in row.scores else "" for name in columns]
    return [row.method, count, *told]


def brief(score: Score) -> str:
    """Write such as '0.512 [0.49, 0.53]'."""
    if score.low is None or score.high is None:
        return f"{score.value:.3f}"
    return f"{score.value:.3f} [{score.low:.3f}, {score.high:.3f}]"
