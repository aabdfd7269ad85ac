"""The work of one shard, by the lab's own steps; it records nothing and returns what to record.

Canonical form, screens before, domain gate, execution with retries and checks, screens after: the
same functions in the same order as in `Lab`, without leases and rows of single runs.
"""

import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from pydantic import ValidationError

from heuresis.contract import Backend, Status
from heuresis.errors import HeuresisError, RequestError, ServiceError
from heuresis.explain import wrong_fields
from heuresis.serving.context import Context
from heuresis.serving.execution import execute, guarded
from heuresis.serving.hosts.inprocess import InProcessHost
from heuresis.serving.hosts.ray_serve.address import Address
from heuresis.serving.lab import choose_backend
from heuresis.serving.library.best import best_of
from heuresis.serving.library.expression import Node, Value, decide, parse
from heuresis.serving.library.plan import Plan, Step
from heuresis.serving.library.planning import ORIGIN
from heuresis.serving.library.records import Record
from heuresis.serving.library.shards import Shard
from heuresis.serving.library.table import Failure, Kept, arrow, written
from heuresis.serving.policy import Policy
from heuresis.serving.recording import status_of
from heuresis.serving.screening import judge_after, judge_before, rules_digest
from heuresis.serving.slot import Slot
from heuresis.tools.rdkit_log import silent_rdkit
from heuresis.tools.registry import AnyTool

UNREADABLE, INVALID = "unreadable", "invalid"  # the file's record; what a tool makes of it
UNDECIDED, INCOMPLETE = "undecided", "incomplete"


@dataclass(frozen=True)
class Result:
    """What came of a shard.

    Attributes:
        digest: Of the shard.
        first: Number of its first record.
        n_records: How many it has.
        n_kept: How many pass the expression.
        n_stored: Rows of the file.
        failures: Records by reason, of those that are neither kept nor dropped; 'incomplete' are
            kept although a tool did not answer.
        events: What screens said, as rows of the log.
        data: The file.
        seconds: Of work.
        passing: Why the shard must be tried again; empty where it is done.
    """

    digest: str
    first: int
    n_records: int
    n_kept: int = 0
    n_stored: int = 0
    failures: dict[str, int] = field(default_factory=dict)
    events: tuple[dict[str, str], ...] = ()
    data: bytes = b""
    seconds: float = 0.0
    passing: str = ""

    @property
    def is_new(self) -> bool:
        """Whether it was worked on; what is done already only passes by."""
        return bool(self.data)


@dataclass
class _Row:
    """A record on its way."""

    place: int
    name: str
    text: str
    structure: str = ""
    notice: str = ""
    values: dict[str, Value | None] = field(default_factory=dict)
    failed: list[Failure] = field(default_factory=list)
    is_open: bool = True
    is_blocked: bool = False

    def fail(self, tool: str, reason: str, why: str) -> None:
        self.failed.append(Failure(self.place, tool, reason, why))


@dataclass(frozen=True)
class _Way:
    """One step, opened: what it asks and reads."""

    step: Step
    tool: AnyTool
    backend: Backend[Any, Any]


class Worker:
    """Works on shards of one plan; loads models at the first.

    Args:
        plan: What is asked.
        policies: Screens of this process.

    Raises:
        ServiceError: This process has other tools, weights or rules than the plan names.
    """

    def __init__(self, plan: Plan, policies: Sequence[Policy]) -> None:
        self._plan, self._policies = plan, policies
        self._tree: Node | None = parse(plan.keep) if plan.keep else None
        self._host = InProcessHost()
        arrow()
        if rules_digest(policies) != plan.rules:
            raise ServiceError("worker: got other rules of screening than the plan; install anew")
        self._ways = [_opened(plan, step) for step in plan.steps]

    def work(self, shard: Shard) -> Result:
        """Return what came of a shard."""
        began = time.perf_counter()
        rows = [_row(one, shard.first, self._plan.holds) for one in shard.records]
        events: list[dict[str, str]] = []
        for way in self._ways:
            asked = [row for row in rows if row.is_open]
            passing = self._ask(way, asked, events, shard.digest)
            if passing:
                return Result(shard.digest, shard.first, shard.n_records, passing=passing)
            self._drop(asked)
        return self._result(shard, rows, events, time.perf_counter() - began)

    def _ask(
        self, way: _Way, rows: Sequence[_Row], events: list[dict[str, str]], digest: str
    ) -> str:
        """Ask one tool about open rows; return why the shard must be tried again, or nothing."""
        tool, context = way.tool, Context(origin=f"{ORIGIN}:{digest}")
        slots = [Slot(row.structure or row.text) for row in rows]
        for slot in slots:
            _read(way, slot)
        events += judge_before(self._policies, tool.name, _open(slots), context)
        for slot in _open(slots):
            _gate(tool, slot)
        execute(self._host, tool, way.backend, _open(slots))
        events += judge_after(self._policies, tool.name, _open(slots), context)
        passing = _passing(slots)
        if not passing:
            for row, slot in zip(rows, slots, strict=True):
                self._take(way, row, slot)
        return passing

    def _take(self, way: _Way, row: _Row, slot: Slot) -> None:
        """Take an answer's numbers, or write down why there is none."""
        name = way.tool.name
        row.notice = row.notice or slot.flag
        if slot.request is not None:
            row.structure = str(getattr(slot.request, way.step.field))
        if slot.error is not None:
            status, kind = status_of(slot.error)
            is_blocked = status is Status.BLOCKED
            is_request = status is Status.FAILED and kind == "request"
            row.fail(name, INVALID if is_request else status.value, _why(slot.error))
            row.is_blocked = is_blocked
            row.is_open = not is_blocked
        elif slot.grade.status is Status.EMPTY or slot.response is None:
            row.fail(name, Status.EMPTY.value, slot.grade.reason)
        else:
            for number in self._plan.columns_of(name):
                row.values[number.path] = number.of(slot.response)

    def _drop(self, rows: Sequence[_Row]) -> None:
        """Close rows that no further tool can bring back."""
        for row in rows:
            if self._tree is None:
                row.is_open = row.is_open and not row.failed
            elif decide(self._tree, row.values) is False:
                row.is_open = False

    def _result(
        self, shard: Shard, rows: Sequence[_Row], events: Sequence[dict[str, str]], seconds: float
    ) -> Result:
        counts: Counter[str] = Counter()
        kept = [row for row in rows if self._is_kept(row, counts)]
        stored = self._stored(kept)
        failed = [one for row in rows for one in row.failed]
        return Result(
            shard.digest, shard.first, shard.n_records, len(kept), len(stored), dict(counts),
            tuple(events), written(self._plan, shard.digest, stored, failed), seconds,
        )  # fmt: skip

    def _is_kept(self, row: _Row, counts: Counter[str]) -> bool:
        """Whether a row passes; otherwise count why, unless the expression says no."""
        said = None if row.is_blocked else self._said(row)
        if said:
            counts.update([INCOMPLETE] if row.failed else [])
        elif said is None:
            if not row.failed:
                row.fail("", UNDECIDED, "a number that the expression needs is not in the answer")
            counts[row.failed[0].reason] += 1
        return bool(said)

    def _said(self, row: _Row) -> bool | None:
        if self._tree is None:
            return None if row.failed else True
        return decide(self._tree, row.values)

    def _stored(self, kept: Sequence[_Row]) -> list[Kept]:
        found = [Kept(r.place, r.name, r.structure, r.notice, r.values) for r in kept]
        if self._plan.top is None:
            return found
        by = self._plan.by
        ranked = (one for one in found if one.values.get(by) is not None)
        return best_of(
            ranked, self._plan.top, lambda one: float(one.values[by] or 0),
            lambda one: one.structure, lowest=self._plan.lowest,
        )  # fmt: skip


def _opened(plan: Plan, step: Step) -> _Way:
    tool, _ = Address(step.tool, step.backend, step.place).open()  # no registry of this process
    if tool.narrow is not None:
        tool = tool.narrow(plan.fields_of(step.tool))
    backend = choose_backend(tool, step.backend)
    missing = backend.missing()
    if missing is not None:
        raise ServiceError(f"worker: tool {tool.name!r}, backend {backend.name!r}: {missing}")
    here, there = (tool.card.version, backend.digest()), (step.version, step.weights_digest)
    if here != there:
        raise ServiceError(
            f"worker: tool {tool.name!r}: got {here!r}, allowed: {there!r}; install the same on "
            "every computer"
        )
    return _Way(step, tool, backend)


def _row(one: Record, first: int, holds: str) -> _Row:
    row = _Row(one.number - first, one.name, one.text)
    try:
        if one.wrong:
            raise RequestError(one.wrong)
        if holds == "sdf":
            row.text = _smiles_of(one.text)
    except RequestError as error:
        row.fail("", UNREADABLE, str(error))
        row.is_open = False
    return row


def _smiles_of(block: str) -> str:
    from rdkit import Chem

    with silent_rdkit():
        try:
            mol = Chem.MolFromMolBlock(block.partition("\nM  END")[0] + "\nM  END\n")
        except RuntimeError:  # of a header that says what cannot be
            mol = None
        text = "" if mol is None else Chem.MolToSmiles(mol)
    if not text:
        raise RequestError("got a block that RDKit cannot read as a molecule")
    return str(text)


def _read(way: _Way, slot: Slot) -> None:
    """Give a slot its canonical request, or an error."""
    try:
        with guarded(way.tool):
            slot.request = way.tool.canonical(_typed(way, slot.raw))
        slot.informed = slot.request
    except HeuresisError as error:
        slot.error = error


def _typed(way: _Way, text: str) -> Any:
    try:
        return way.tool.request.model_validate({way.step.field: text})
    except ValidationError as error:
        raise RequestError("; ".join(wrong_fields(error, "request"))) from error


def _gate(tool: AnyTool, slot: Slot) -> None:
    try:
        with guarded(tool):
            tool.check_domain(slot.request)
    except HeuresisError as error:
        slot.error = error


def _open(slots: Sequence[Slot]) -> list[Slot]:
    return [slot for slot in slots if slot.error is None]


def _passing(slots: Sequence[Slot]) -> str:
    """Say why a shard must be tried again: a service that is away, or fails for every record."""
    errors = [slot.error for slot in slots if isinstance(slot.error, ServiceError)]
    for error in errors:
        if error.transient:
            return str(error)
    return str(errors[0]) if len(errors) == len(slots) > 1 else ""


def _why(error: Exception) -> str:
    return str(error)[:300]
