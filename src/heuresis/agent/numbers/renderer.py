"""References become text: value, unit and uncertainty as the ledger has them, each with its place.

The only place where a number about the world is written into an answer.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from sqlalchemy import Row, bindparam, select

from heuresis.agent.numbers.conversion import convert
from heuresis.agent.numbers.counts import count
from heuresis.agent.numbers.derived import derive, remark
from heuresis.agent.numbers.passages import filled
from heuresis.agent.numbers.recorded import counted
from heuresis.agent.numbers.references import (
    CountRef,
    DerivedRef,
    NumberRef,
    PassageRef,
    Place,
    Reference,
    RunRef,
    parse,
)
from heuresis.agent.report.numerals import DIGITS, show
from heuresis.contract import Status
from heuresis.errors import RequestError
from heuresis.memory.campaigns import Number
from heuresis.memory.ledger import Ledger
from heuresis.memory.runs import QUANTITY, RUN

USABLE = (Status.OK, Status.PARTIAL)
MAX_LISTED = 8  # paths or runs named in a reason

# Built once: putting a statement together takes longer than running it.
_RUNS = select(RUN.c.id, RUN.c.status, RUN.c.tool).where(
    RUN.c.id.in_(bindparam("ids", expanding=True))
)
_NUMBERS = select(QUANTITY).where(
    QUANTITY.c.run_id.in_(bindparam("ids", expanding=True)),
    QUANTITY.c.path.in_(bindparam("paths", expanding=True)),
)
_PATHS = select(QUANTITY.c.path).where(QUANTITY.c.run_id == bindparam("id")).order_by(QUANTITY.c.id)


@dataclass(frozen=True)
class Sources:
    """What one answer may rest on: the runs of its own session, and what was said there.

    Attributes:
        runs: Ids of runs.
        campaigns: Ids of campaigns whose candidates may be counted.
        said: The user's own messages; their numerals may be quoted.
        names: Names with digits that the session knows, such as of files, tools and end points.
        documents: Name by id of the documents that may be quoted.
    """

    runs: frozenset[str]
    campaigns: frozenset[str] = frozenset()
    said: tuple[str, ...] = ()
    names: frozenset[str] = frozenset()
    documents: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Fill(Place):
    """What was put in the place of a reference; `start` and `end` lie in the rendered text.

    Attributes:
        kind: A number, one derived from two numbers, a link to a run, a count, or a quotation.
        run_id: The run; the campaign or 'runs' for a count; the document for a quotation.
        path: Place in the run's answer; what was counted for a count; the passage's number.
        written: The reference as the composer wrote it.
        other: Run and path of the second number of a difference or ratio, joined by a full stop.
    """

    kind: Literal["number", "derived", "run", "count", "passage"]
    run_id: str
    path: str
    written: str
    other: str = ""


@dataclass(frozen=True)
class Refusal(Place):
    """A reference that was not filled; `start` and `end` lie in the rendered text.

    Attributes:
        written: The reference as the composer wrote it.
        reason: What was got and what is allowed.
    """

    written: str
    reason: str


@dataclass(frozen=True)
class Rendered:
    """A draft with its references filled.

    Attributes:
        text: The text; what was refused says so in its place.
        fills: What was filled, in order.
        refusals: What was not, in order.
    """

    text: str
    fills: tuple[Fill, ...] = ()
    refusals: tuple[Refusal, ...] = ()


@dataclass(frozen=True)
class _Facts:
    ledger: Ledger
    sources: Sources
    runs: dict[str, Any] = field(default_factory=dict)
    numbers: dict[tuple[str, str], Number] = field(default_factory=dict)


def render(draft: str, ledger: Ledger, sources: Sources) -> Rendered:
    """Fill every reference of a draft from the ledger, or say in its place why not."""
    references = parse(draft).references
    facts = _read(ledger, sources, references)
    parts: list[str] = []
    fills: list[Fill] = []
    refusals: list[Refusal] = []
    at = length = 0
    for one in references:
        before, written = draft[at : one.start], draft[one.start : one.end]
        start = length + len(before)
        try:
            text = _text(facts, one)
        except RequestError as error:
            text = f"⟨refused: {error}⟩"
            refusals.append(Refusal(start, start + len(text), written, str(error)))
        else:
            fills.append(_fill(one, start, start + len(text), written))
        parts += [before, text]
        length, at = start + len(text), one.end
    return Rendered("".join([*parts, draft[at:]]), tuple(fills), tuple(refusals))


def spelled(number: Number, digits: int = DIGITS) -> str:
    """Return value, unit and uncertainty in one line; the unit '1' is not written."""
    shown = show(number, digits)
    unit = "" if number.unit == "1" else f" {number.unit}"
    return f"{shown.text}{unit}{f' ({shown.note})' if shown.note else ''}"


def _read(ledger: Ledger, sources: Sources, references: Sequence[Reference]) -> _Facts:
    """Read all that the references name, in two questions."""
    facts = _Facts(ledger, sources)
    wanted = _numbers_of(references)
    asked = {run_id for run_id, _ in wanted}
    asked |= {one.run_id for one in references if isinstance(one, RunRef)}
    if any(isinstance(one, CountRef) for one in references):
        asked |= sources.runs
    ids = sorted(asked & sources.runs)
    if not ids:
        return facts
    with ledger.read() as connection:
        for run in connection.execute(_RUNS, {"ids": ids}):
            facts.runs[run.id] = run
        if wanted:
            paths = sorted({path for _, path in wanted})
            for row in connection.execute(_NUMBERS, {"ids": ids, "paths": paths}):
                facts.numbers[row.run_id, row.path] = _number(row)
    return facts


def _numbers_of(references: Sequence[Reference]) -> set[tuple[str, str]]:
    """Return run and path of every number that the references name."""
    named: set[tuple[str, str]] = set()
    for one in references:
        if isinstance(one, NumberRef):
            named.add((one.run_id, one.path))
        elif isinstance(one, DerivedRef):
            named |= {one.first, one.second}
    return named


def _number(row: Row[Any]) -> Number:
    fields = {name: getattr(row, name) for name in Number.__dataclass_fields__}
    return Number(**fields)


def _text(facts: _Facts, one: Reference) -> str:
    if isinstance(one, CountRef):
        return str(count(facts.ledger, one, facts.runs.values(), facts.sources.campaigns))
    if isinstance(one, PassageRef):
        return filled(facts.ledger, one, facts.sources.documents)
    if isinstance(one, RunRef):
        row = _run(facts, one.run_id)
        return f"run {row.id}" + (f" ({row.status})" if row.status != Status.OK else "")
    if isinstance(one, DerivedRef):
        return _derived_text(facts, one)
    number = _found(facts, one.run_id, one.path)
    if one.unit is not None:
        number = convert(number, one.unit)
    return spelled(number, one.digits or DIGITS)


def _derived_text(facts: _Facts, one: DerivedRef) -> str:
    first, second = _found(facts, *one.first), _found(facts, *one.second)
    text = spelled(derive(one.measure, first, second, one.unit), one.digits or DIGITS)
    note = remark(first, second)
    return f"{text} ({note})" if note else text


def _found(facts: _Facts, run_id: str, path: str) -> Number:
    row = _run(facts, run_id)
    if row.status not in USABLE:
        raise RequestError(
            f"run {row.id!r}: got one that ended as {row.status!r}, allowed: {', '.join(USABLE)}"
        )
    number = facts.numbers.get((row.id, path)) or counted(facts.ledger, row.id, path)
    if number is None:
        raise RequestError(
            f"run {row.id!r}: got no number {path!r}, allowed: {_paths(facts.ledger, row.id)}"
        )
    return number


def _run(facts: _Facts, run_id: str) -> Any:
    if run_id not in facts.sources.runs:
        raise RequestError(
            f"run {run_id!r}: not one this answer may use, allowed: {_listed(facts.sources.runs)}"
        )
    if run_id not in facts.runs:
        raise RequestError(f"run {run_id!r}: got no such run in the ledger")
    return facts.runs[run_id]


def _paths(ledger: Ledger, run_id: str) -> str:
    with ledger.read() as connection:
        return _listed(connection.scalars(_PATHS, {"id": run_id}).all())


def _listed(names: Collection[str]) -> str:
    some = sorted(names)
    more = f" and {len(some) - MAX_LISTED} more" if len(some) > MAX_LISTED else ""
    return ", ".join(some[:MAX_LISTED]) + more or "none"


def _fill(one: Reference, start: int, end: int, written: str) -> Fill:
    if isinstance(one, NumberRef):
        return Fill(start, end, "number", one.run_id, one.path, written)
    if isinstance(one, DerivedRef):
        other = ".".join(one.second)
        return Fill(start, end, "derived", *one.first, written, other)
    if isinstance(one, RunRef):
        return Fill(start, end, "run", one.run_id, "", written)
    if isinstance(one, PassageRef):
        document_id, _, number = one.ref.partition(".")
        return Fill(start, end, "passage", document_id, number, written)
    return Fill(start, end, "count", one.of, one.what, written)
