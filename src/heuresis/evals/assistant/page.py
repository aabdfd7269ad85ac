"""The table of the assistant's evaluation, as text: planners side by side, then what failed."""

from collections.abc import Iterator, Sequence

from heuresis.evals.assistant.run import Report, Share

PARTS = ("family", "steps", "phrasing")


def rows(reports: Sequence[Report]) -> list[list[str]]:
    """Return one row a group, one column a planner."""
    found = [
        ["answered or equivalent", *(_cell(one.answered) for one in reports)],
        ["refused rightly", *(_cell(one.refused) for one in reports)],
        ["numbers invented", *(str(one.n_invented) for one in reports)],
        ["numerals marked by the gate", *(str(one.n_flagged) for one in reports)],
        ["crashes", *(str(one.n_crashed) for one in reports)],
        ["time, median s", *(f"{one.seconds_p50:.3f}" for one in reports)],
        ["time, 95 % s", *(f"{one.seconds_p95:.3f}" for one in reports)],
    ]
    for part in PARTS:
        names = sorted({name for one in reports for name in one.parts[part]})
        for name in names:
            cells = [_cell(one.parts[part].get(name)) for one in reports]
            found.append([f"{part}: {name}", *cells])
    return found


def failures(report: Report) -> Iterator[str]:
    """Yield a line for each request that failed or held invented numbers."""
    for one in report.scores:
        reasons = [*one.wrong, *(f"invented {numeral}" for numeral in one.invented)]
        if reasons:
            yield f"{one.id}: {'; '.join(reasons)}"


def as_text(reports: Sequence[Report]) -> str:
    """Return the table, and the failures of the first planner."""
    head = ["", *(f"{one.planner}, {one.half}" for one in reports)]
    lines = [head, *rows(reports)]
    widths = [max(len(line[i]) for line in lines) for i in range(len(head))]
    table = ["  ".join(cell.ljust(w) for cell, w in zip(line, widths, strict=True)).rstrip()
             for line in lines]  # fmt: skip
    return "\n".join([*table, "", f"Failures of {reports[0].planner}:", *failures(reports[0])])


def as_json(reports: Sequence[Report]) -> str:
    """Return the reports as one JSON list."""
    body = ",\n".join(one.model_dump_json(indent=1) for one in reports)
    return f"[{body}]\n"


def _cell(share: Share | None) -> str:
    if share is None or share.value is None or share.low is None or share.high is None:
        return "-"
    return f"{share.n_passed}/{share.n} {share.value:.2f} [{share.low:.2f}, {share.high:.2f}]"
