"""One call of `tool run`: read the requests, run them in order, print what came out."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from heuresis.commands import exit_codes, output
from heuresis.commands.fields import Fields
from heuresis.commands.outcomes import save_artifacts, show_batch, show_outcome
from heuresis.commands.records import Batch, read_batch
from heuresis.contract import Outcome
from heuresis.errors import RequestError
from heuresis.serving.context import Context
from heuresis.serving.lab import Lab, choose_backend
from heuresis.settings import Settings
from heuresis.tools.registry import AnyTool

LONGEST_CHUNK = 100  # requests between two movements of the progress bar


@dataclass(frozen=True)
class Call:
    """What a command line asks of one tool.

    Attributes:
        tool: The tool.
        backend: Name of a backend; None for that of the settings.
        lab: Where it runs.
        settings: Those the lab was opened with.
        out: Folder for the files that runs make, if they are wanted.
        as_json: Whether outcomes are printed as JSON.
    """

    tool: AnyTool
    backend: str | None
    lab: Lab
    settings: Settings
    out: Path | None
    as_json: bool

    @cached_property
    def context(self) -> Context:
        """One origin for all requests of this command line."""
        return Context()

    def answer(self, source: str | None, given: dict[str, Any]) -> int:
        """Run everything and return the exit code."""
        batch = self._read(source, given)
        if batch.is_many:
            return self._answer_many(batch.requests)
        (outcome,) = self._run(batch.requests)
        files = self._save([outcome])
        if self.as_json:
            output.emit(outcome.model_dump(mode="json"))
        else:
            show_outcome(outcome, files)
        return exit_codes.code_of(outcome)

    def _read(self, source: str | None, given: dict[str, Any]) -> Batch:
        fields = Fields(self.tool.request)
        if source is None and not given and fields.required:
            raise RequestError(
                f"tool {self.tool.name!r}: got no input, allowed: inline JSON, a file, or "
                + " ".join(f"--{name.replace('_', '-')} …" for name in fields.required)
            )
        batch = Batch([{}], is_many=False)
        if source is not None:
            batch = read_batch(source, fields, given, self._to_cif)
        requests = [{**request, **given} for request in batch.requests]
        return Batch([self._with_files(request) for request in requests], batch.is_many)

    def _with_files(self, request: dict[str, Any]) -> dict[str, Any]:
        """Read in the pictures that are named as '@FILE'."""
        from heuresis.serving.ingest import with_files

        return with_files(self.lab, self.tool, request, self.context)

    def answer_example(self, given: dict[str, Any]) -> int:
        """Run the tool's own example, its files put into the vault first."""
        from heuresis.serving.ingest import keep_example

        example = keep_example(self.lab, self.tool, self.context)
        return self.answer(None, {**example, **given})

    def _to_cif(self, poscar: str) -> str:
        """Let the tool that knows crystals read another format."""
        outcome = self.lab.run("crystal.parse", {"poscar": poscar}, self.context)
        crystal = getattr(outcome.response, "crystal", None)
        if crystal is None:
            raise RequestError(f"POSCAR: {outcome.reason or outcome.status.value}")
        return str(crystal)

    def _run(self, requests: Sequence[dict[str, Any]]) -> list[Outcome]:
        return self.lab.run_many(self.tool.name, requests, self.context, self.backend)

    def _answer_many(self, requests: Sequence[dict[str, Any]]) -> int:
        outcomes: list[Outcome] = []
        try:
            for part in self._chunks(requests):
                outcomes += part
                self._save(part)
                if self.as_json:
                    for outcome in part:
                        output.emit(outcome.model_dump(mode="json"))
        except KeyboardInterrupt:
            output.say(f"{len(outcomes)} of {len(requests)} are recorded; repeat to go on")
            raise
        if not self.as_json:
            show_batch([_subject(request) for request in requests], outcomes)
        return exit_codes.gravest(map(exit_codes.code_of, outcomes))

    def _chunks(self, requests: Sequence[dict[str, Any]]) -> Iterator[list[Outcome]]:
        chosen = choose_backend(
            self.tool, self.backend or self.settings.backends.get(self.tool.name)
        )
        size = min(max(1, chosen.batch_size), LONGEST_CHUNK)
        with output.progress() as bars:
            bar = bars.add_task(self.tool.name, total=len(requests))
            for start in range(0, len(requests), size):
                part = self._run(requests[start : start + size])
                bars.advance(bar, len(part))
                yield part

    def _save(self, outcomes: Sequence[Outcome]) -> list[Path]:
        if self.out is None:
            return []
        return save_artifacts(outcomes, self.lab.vault, self.out)


def _subject(request: dict[str, Any]) -> str:
    """Name a request in a table: its first field, or all where there are several."""
    values = list(request.values())
    return output.shortened(values[0] if len(values) == 1 else request, 48)
