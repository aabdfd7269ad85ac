"""What requests lean on: other tools' answers, asked for first, through the lab's own door."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from heuresis.contract import Backend, Need, Outcome
from heuresis.errors import HeuresisError
from heuresis.memory import runs
from heuresis.memory.ledger import Ledger
from heuresis.memory.vault import Vault
from heuresis.serving import recording
from heuresis.serving.context import Context
from heuresis.serving.execution import guarded
from heuresis.serving.opening import open_files
from heuresis.serving.slot import Slot
from heuresis.tools.registry import AnyTool

Ask = Callable[[str, Sequence[Any], Context, str | None], list[Outcome]]


@dataclass(frozen=True)
class Leaning:
    """Runs what a batch of requests needs, in waves, and joins the answers to them.

    Attributes:
        ledger: Where it is recorded who leaned on what.
        vault: Where files of answers are.
        ask: The lab's door: tool, requests, context, backend.
    """

    ledger: Ledger
    vault: Vault
    ask: Ask

    def inform(
        self, tool: AnyTool, backend: Backend[Any, Any], slots: Sequence[Slot], context: Context
    ) -> None:
        """Give every slot the request its backend gets, or an error."""
        for slot in slots:
            slot.informed = slot.request
        if tool.needs is None or tool.assemble is None:
            return
        answers: list[list[Outcome]] = [[] for _ in slots]
        wave = [_first(tool, backend, slot) for slot in slots]
        while any(wave):
            self._answer(slots, wave, answers, context)
            wave = [_later(tool, slot, mine) for slot, mine in zip(slots, answers, strict=True)]
        for slot, mine in zip(slots, answers, strict=True):
            if slot.error is None:
                self._assemble(tool, slot, mine)

    def _answer(
        self,
        slots: Sequence[Slot],
        wave: Sequence[Sequence[Need]],
        answers: Sequence[list[Outcome]],
        context: Context,
    ) -> None:
        """Run one wave for all slots at once, and record who leans on what."""
        # One origin for the batch: a new attempt may retry a need that failed.
        # Who began it still counts: a need must not pass where the call itself would be asked for.
        cause = context.cause or context.origin
        together = Context(origin=f"needs:{slots[0].run_id}", cause=cause)
        got = iter(self._run([need for each in wave for need in each], together))
        notes = []
        for slot, each, mine in zip(slots, wave, answers, strict=True):
            new = [next(got) for _ in each]
            mine.extend(new)
            asker = replace(context, origin=f"need:{slot.run_id}")
            notes += [recording.call_row(one.run_id, asker, cached=True) for one in new]
        runs.note_calls(self.ledger, notes)

    def _run(self, needs: Sequence[Need], context: Context) -> list[Outcome]:
        answers: dict[int, Outcome] = {}
        for tool, backend in sorted({(need.tool, need.backend) for need in needs}, key=str):
            at = [i for i, need in enumerate(needs) if (need.tool, need.backend) == (tool, backend)]
            outcomes = self.ask(tool, [needs[i].request for i in at], context, backend)
            answers.update(zip(at, outcomes, strict=True))
        return [answers[i] for i in sorted(answers)]

    def _assemble(self, tool: AnyTool, slot: Slot, answers: Sequence[Outcome]) -> None:
        try:
            with guarded(tool):
                if tool.assemble is not None and slot.request is not None:
                    slot.informed = open_files(tool.assemble(slot.request, answers), self.vault)
        except HeuresisError as error:
            slot.error = error


def _first(tool: AnyTool, backend: Backend[Any, Any], slot: Slot) -> Sequence[Need]:
    try:
        with guarded(tool):
            return tool.needs(slot.request, backend.name) if tool.needs else ()
    except HeuresisError as error:
        slot.error = error
        return ()


def _later(tool: AnyTool, slot: Slot, answers: Sequence[Outcome]) -> Sequence[Need]:
    """Ask what else is needed, given the answers so far; nothing after an error."""
    if tool.later is None or slot.error is not None:
        return ()
    try:
        with guarded(tool):
            return tool.later(slot.request, answers)
    except HeuresisError as error:
        slot.error = error
        return ()
