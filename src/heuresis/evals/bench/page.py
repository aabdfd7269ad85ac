"""The table as a person reads it."""

from rich.console import Console
from rich.table import Table

from heuresis.evals.bench.row import Report, Row

STYLE = {"met": "green", "missed": "red", "told": "dim"}
WIDTH = 150  # where the output is no terminal


def show(report: Report, console: Console) -> None:
    """Print the table, its notes and the machine."""
    table = Table(title="Speed: ratio = goal or peer / ours, so 1 or more is as fast or faster")
    for name in ("what", "ours", "goal or peer", "unit", "ratio (quartiles)", "needed", "n"):
        table.add_column(name, justify="left" if name == "what" else "right")
    table.add_column("verdict")
    for row in report.rows:
        table.add_row(*_cells(row), f"[{STYLE[row.verdict]}]{row.verdict}[/]")
    console.print(table)
    for row in report.rows:
        if row.note:
            console.print(f"{row.name}: {row.note}", style="dim", markup=False, soft_wrap=True)
    for name, reason in report.skipped.items():
        console.print(f"{name}: not measured: {reason}", style="yellow", markup=False)
    console.print(_machine(report), markup=False, soft_wrap=True)


def _cells(row: Row) -> tuple[str, ...]:
    against = "goal" if row.against == "goal" else row.against
    return (
        row.what,
        f"{row.ours:.3g}",
        f"{row.other:.3g} {against}",
        row.unit,
        f"{row.ratio:.2f} ({row.low:.2f} to {row.high:.2f})",
        "" if row.needed is None else f"{row.needed:g}",
        str(row.n),
    )


def _machine(report: Report) -> str:
    of = report.machine
    before, after = (" ".join(f"{x:.1f}" for x in load) for load in (of.load_before, of.load_after))
    versions = ", ".join(f"{name} {number}" for name, number in of.versions.items())
    pace = "quick, " if report.quick else ""
    return (
        f"{of.n_cpus} CPUs, {of.system}, load {before} before and {after} after, "
        f"Python {of.python}, {versions}; {pace}{report.seconds:.0f} s, {report.at}"
    )
