"""The lab: the one door through which every tool is run."""

import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from typing import Any

from pydantic import ValidationError

from heuresis.contract import Backend, Outcome, Request
from heuresis.errors import HeuresisError, PolicyError, RequestError, ServiceError
from heuresis.explain import wrong_fields
from heuresis.memory import runs
from heuresis.memory.claims import judge_runs
from heuresis.memory.ledger import Ledger
from heuresis.memory.vault import Vault
from heuresis.serving import recording
from heuresis.serving.approval.gate import ApprovalGate
from heuresis.serving.approval.gate import Call as Asked
from heuresis.serving.context import Context
from heuresis.serving.execution import execute, guarded
from heuresis.serving.faults import reach
from heuresis.serving.host import Host
from heuresis.serving.needs import Leaning
from heuresis.serving.opening import open_files
from heuresis.serving.policy import Policy
from heuresis.serving.screening import (
    rules_digest,
    screen_after,
    screen_before,
    screen_leaving,
)
from heuresis.serving.slot import Slot, canonical_json, raw_json, run_key
from heuresis.serving.tracing import Word, run_told, tracing_of
from heuresis.settings import Settings
from heuresis.tools import registry
from heuresis.tools.registry import AnyTool

FIRST_POLL_S, LONGEST_POLL_S = 0.02, 1.0
AnyRequest = Request | dict[str, Any]


@dataclass(frozen=True)
class _Call:
    """What all requests of one call share."""

    tool: AnyTool
    backend: Backend[Any, Any]
    weights_digest: str
    context: Context

    def key(self, text: str) -> str:
        tool = self.tool
        return run_key(tool.name, tool.card.version, self.backend, self.weights_digest, text)

    def told(self, slots: Sequence[Slot]) -> dict[str, Word]:
        """Return what a span may be told of it."""
        names = {"heuresis.tool": self.tool.name, "heuresis.backend": self.backend.name}
        return {**names, "heuresis.n_requests": len(slots)}

    def row(self, slot: Slot) -> dict[str, Any]:
        return recording.new_row(self.tool, self.backend, self.weights_digest, slot, self.context)


class Lab:
    """Gates, caches, runs, checks and records; everything that executes a tool comes here.

    Args:
        ledger: Where runs are recorded.
        vault: Where their files go.
        host: Where backends run.
        policies: Screens; every one must agree.
        settings: Chosen backends and the length of leases.
    """

    def __init__(
        self,
        ledger: Ledger,
        vault: Vault,
        host: Host,
        policies: Sequence[Policy],
        settings: Settings,
    ) -> None:
        self.ledger = ledger
        self.vault = vault
        self.policies = tuple(policies)
        self.watchers: list[Callable[[Sequence[Outcome]], None]] = []  # told of every answer
        self._host = host
        self._settings = settings
        self.tracing = tracing_of(settings)
        self._leaning = Leaning(ledger, vault, self.run_many)
        self.approvals = ApprovalGate(ledger, settings)  # in every lab: nothing gets round it
        runs.keep_leases(ledger, settings.lease_s)

    @property
    def host(self) -> Host:
        """Where backends run."""
        return self._host

    @property
    def settings(self) -> Settings:
        """The settings it was opened with."""
        return self._settings

    def run(
        self,
        tool: str,
        request: AnyRequest,
        context: Context | None = None,
        backend: str | None = None,
    ) -> Outcome:
        """Run one request; see `run_many`."""
        return self.run_many(tool, [request], context, backend)[0]

    def run_many(
        self,
        tool: str,
        requests: Sequence[AnyRequest],
        context: Context | None = None,
        backend: str | None = None,
    ) -> list[Outcome]:
        """Return one outcome per request, in order; what failed says so in its status.

        Args:
            tool: Name in the registry.
            requests: Requests of that tool, or their fields.
            context: Who calls and under which limits.
            backend: Name of a backend; None for the one in the settings, or the default.

        Raises:
            RequestError: No such tool or backend.
            ServiceError: The backend cannot run here, or the ledger cannot be written.
            BudgetError: The caller's limits do not allow the fresh runs this would take.
        """
        call = self._resolve(tool, context or Context(), backend)
        slots = [Slot(raw) for raw in requests]
        began_ns = time.time_ns()
        with self.tracing.span("lab.call", call.told(slots)) as tell:
            outcomes = self._answer(call, slots)
            if len(outcomes) == 1:
                tell(run_told(outcomes[0]))
            self.tracing.runs(outcomes, began_ns)
        for watch in self.watchers:
            watch(outcomes)
        return outcomes

    def _answer(self, call: _Call, slots: Sequence[Slot]) -> list[Outcome]:
        reach("lab.1")
        self._validate(call, slots)
        reach("lab.2")
        screen_before(self.ledger, self.policies, call.tool.name, _open(slots), call.context)
        self._screen_leaving(call, _open(slots), is_sent=False)
        self.approvals.screen(Asked.of(call.tool, call.backend, call.context), _open(slots))
        reach("lab.3")
        self._gate(call, _open(slots))
        reach("lab.4")
        self._refuse(call, [slot for slot in slots if slot.error is not None])
        self._settle(call, _open(slots))
        return [_outcome(slot) for slot in slots]

    def answered(self, tool: str, requests: Sequence[AnyRequest], context: Context) -> list[bool]:
        """Say of each request whether it would be answered from the ledger, at no cost.

        Raises:
            RequestError: No such tool or backend.
            ServiceError: The backend cannot run here.
        """
        call = self._resolve(tool, context, backend=None)
        slots = [Slot(raw) for raw in requests]
        self._validate(call, slots)
        with self.ledger.read() as connection:
            rows = runs.find(connection, {slot.key for slot in slots})
        return [
            slot.key in rows and runs.is_final(rows[slot.key], context.origin) for slot in slots
        ]

    def way(self, name: str, backend: str | None = None) -> tuple[AnyTool, Backend[Any, Any]]:
        """Return a tool and the backend that would be asked, which may be missing here.

        Raises:
            RequestError: No such tool or backend.
        """
        tool = registry.load(name)
        return tool, choose_backend(tool, backend or self._settings.backends.get(name))

    # --- 1 resolve ---

    def _resolve(self, name: str, context: Context, backend: str | None) -> _Call:
        tool, chosen = self.way(name, backend)
        missing = chosen.missing()
        if missing is not None:
            raise ServiceError(f"tool {name!r}, backend {chosen.name!r}: {missing}")
        return _Call(tool, chosen, chosen.digest(), context)

    def _screen_leaving(self, call: _Call, slots: Sequence[Slot], *, is_sent: bool) -> None:
        ledger, name = self.ledger, call.tool.name
        screen_leaving(
            ledger, self.policies, name, call.backend, slots, call.context, is_sent=is_sent
        )

    # --- 2 validate ---

    def _validate(self, call: _Call, slots: Sequence[Slot]) -> None:
        for slot in slots:
            try:
                with guarded(call.tool):
                    typed = open_files(_typed(call.tool, slot.raw), self.vault)
                    request = call.tool.canonical(typed)
                    slot.text = canonical_json(request)
                slot.request = request
            except HeuresisError as error:
                slot.error = error
            slot.key = call.key(slot.text or "unread:" + raw_json(slot.raw))

    # --- 4 domain gate ---

    def _gate(self, call: _Call, slots: Sequence[Slot]) -> None:
        for slot in slots:
            try:
                with guarded(call.tool):
                    call.tool.check_domain(slot.request)
            except HeuresisError as error:
                slot.error = error

    def _refuse(self, call: _Call, slots: Sequence[Slot]) -> None:
        """Record what ended before it began, so that calls made equal rows written."""
        if not slots:
            return
        for slot in slots:
            if isinstance(slot.error, PolicyError):  # other rules may let the same request pass
                slot.key = call.key(f"{rules_digest(self.policies)}:{slot.error}:{slot.text}")
        rows = {slot.key: recording.refused_row(call.row(slot), _error(slot)) for slot in slots}
        shared = recording.call_row("", call.context, cached=False)
        standing = runs.refuse(self.ledger, list(rows.values()), shared)
        for slot in slots:
            row = {**rows[slot.key], "id": standing[slot.key]}
            slot.outcome = recording.outcome_now(call.tool, row, call.backend.name, slot)

    # --- 5 look up, 6 lease, 7 to 10 ---

    def _settle(self, call: _Call, slots: Sequence[Slot]) -> None:
        """Bring every open slot to an outcome: a hit, our own run, or somebody else's."""
        first: dict[str, Slot] = {}
        for slot in slots:
            first.setdefault(slot.key, slot)
        reach("lab.5")
        poll_s = FIRST_POLL_S
        while missing := {key: slot for key, slot in first.items() if slot.outcome is None}:
            self._lease_and_run(call, missing)
            if any(slot.outcome is None for slot in missing.values()):
                time.sleep(poll_s)
                poll_s = min(2 * poll_s, LONGEST_POLL_S)
        for slot in slots:
            if slot.outcome is None:
                slot.outcome = _outcome(first[slot.key]).model_copy(update={"cached": True})

    def _give(self, call: _Call, first: dict[str, Slot], hits: dict[str, Any]) -> None:
        """Hand out runs that had ended before, if the policies of today allow their answers."""
        if not hits:
            return
        slots = [first[key] for key in hits]
        old = {key: recording.outcome_of(call.tool, row) for key, row in hits.items()}
        for slot in slots:
            slot.response = old[slot.key].response
        screen_after(self.ledger, self.policies, call.tool.name, slots, call.context)
        given = [slot for slot in slots if slot.error is None]
        notes = [
            recording.call_row(old[slot.key].run_id, call.context, cached=True) for slot in given
        ]
        runs.note_calls(self.ledger, notes)
        for slot in given:
            notice = recording.notice_of(call.tool, slot.flag)
            slot.outcome = old[slot.key].model_copy(update={"notice": notice})
        self._refuse(call, [slot for slot in slots if slot.error is not None])

    def _lease_and_run(self, call: _Call, missing: dict[str, Slot]) -> None:
        rows = [call.row(slot) for slot in missing.values()]
        got = runs.lease(self.ledger, rows, self._settings.lease_s)
        reach("lab.6")
        mine = [missing[key] for key in got.mine]
        for slot in mine:
            slot.run_id = got.mine[slot.key]
            slot.error = None  # of a turn whose lease was lost
        try:
            self._give(call, missing, got.finished)
            if mine and call.context.spend is not None:
                call.context.spend(call.tool.name, len(mine))
            if mine:
                self._execute(call, mine)
                self._record(call, mine)
        except BaseException:
            with suppress(ServiceError):  # the first error is the one to tell
                runs.release(self.ledger, list(got.mine.values()))
            raise

    def _execute(self, call: _Call, slots: Sequence[Slot]) -> None:
        self._leaning.inform(call.tool, call.backend, slots, call.context)
        self._screen_leaving(call, _open(slots), is_sent=True)
        asked = [slot for slot in slots if slot.error is None]
        with self.tracing.span("backend.execute", self._told(call, asked)):
            execute(self._host, call.tool, call.backend, asked)
        reach("lab.8")
        screen_after(self.ledger, self.policies, call.tool.name, _open(slots), call.context)
        reach("lab.9")

    def _told(self, call: _Call, slots: Sequence[Slot]) -> dict[str, Word]:
        ids = {"heuresis.run_id": slots[0].run_id} if len(slots) == 1 else {}
        return {**call.told(slots), **ids, "heuresis.host": self._host.name}

    def _record(self, call: _Call, slots: Sequence[Slot]) -> None:
        ending = recording.ending(call.tool, slots, call.context, self.vault)
        lost = runs.finish(self.ledger, ending, partial(judge_runs, self.ledger))
        reach("lab.10")
        rows = {row["id"]: row for row in ending.runs}
        with_files = {row["run_id"] for row in ending.artifacts}
        for slot in slots:
            if slot.run_id not in lost:
                row = rows[slot.run_id]
                if slot.run_id in with_files:  # the bytes are in the vault; a hit has none either
                    slot.response = call.tool.response.model_validate_json(row["response"])
                slot.outcome = recording.outcome_now(call.tool, row, call.backend.name, slot)


def choose_backend(tool: AnyTool, name: str | None) -> Backend[Any, Any]:
    """Return a tool's backend by name, its first by default.

    Raises:
        RequestError: The tool has no backend of that name.
    """
    if name is None:
        return tool.backends[0]
    for backend in tool.backends:
        if backend.name == name:
            return backend
    allowed = ", ".join(backend.name for backend in tool.backends)
    raise RequestError(f"tool {tool.name!r}: got backend {name!r}, allowed: {allowed}")


def _typed(tool: AnyTool, raw: Any) -> Request:
    if isinstance(raw, Request) and isinstance(raw, tool.request):
        return raw
    if not isinstance(raw, dict):
        got = type(raw).__name__
        raise RequestError(f"tool {tool.name!r}: got a {got}, allowed: {tool.request.__name__}")
    kind: type[Request] = tool.request
    try:
        return kind.model_validate(raw)
    except ValidationError as error:
        wrong = "; ".join(wrong_fields(error, "request"))
        raise RequestError(f"tool {tool.name!r}: {wrong}") from error


def _open(slots: Sequence[Slot]) -> list[Slot]:
    return [slot for slot in slots if slot.outcome is None and slot.error is None]


def _error(slot: Slot) -> Exception:
    if slot.error is None:
        raise AssertionError("a refused slot has an error")
    return slot.error


def _outcome(slot: Slot) -> Outcome:
    if slot.outcome is None:
        raise AssertionError("a settled slot has an outcome")
    return slot.outcome
