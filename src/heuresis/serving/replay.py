"""Run a crate again, elsewhere: every run through the lab, every difference named."""

import json
import tempfile
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pydantic import ConfigDict, Field, ValidationError
from sqlalchemy import select

from heuresis.contract import Frozen, Outcome
from heuresis.errors import HeuresisError, RequestError
from heuresis.memory.extract import DIGEST
from heuresis.memory.runs import RUN, get
from heuresis.serving.context import Context
from heuresis.serving.crate.items import RUNS_FILE
from heuresis.serving.crate.opening import Crate, open_crate
from heuresis.serving.differences import Difference, Tolerance, differing, shown
from heuresis.serving.lab import Lab, choose_backend
from heuresis.serving.open_lab import open_lab
from heuresis.serving.replay_report import ReplayReport, Skipped
from heuresis.serving.slot import canonical_json
from heuresis.serving.versions import version_changes
from heuresis.settings import Settings
from heuresis.tools import registry

BATCH = 64
READS_ORIGINALS = "image.read"
ANSWERS = ("ok", "partial", "empty", "out_of_domain")  # what a second machine should say again

# Relaxations stop at the first step below a force limit, and which step that is depends on the
# last digits of the forces; so their results repeat to about the share of a percent.
NOISE: Mapping[str, Tolerance] = {
    "crystal.relax": Tolerance(relative=1e-3, absolute=1e-3),
    "crystal.stability": Tolerance(relative=1e-3, absolute=1e-3),
    "crystal.bulk_modulus": Tolerance(relative=1e-2, absolute=1e-3),
    "molecule.geometry": Tolerance(relative=1e-3, absolute=1e-3),
}


class EmbeddedRun(Frozen):
    """What a crate says of one run; its other columns are for readers."""

    model_config = ConfigDict(extra="ignore")

    id: str = Field(description="ULID.", max_length=26)
    tool: str = Field(description="Name of the tool.")
    tool_version: str = Field(description="Version of its card.")
    backend: str = Field(description="Which of its backends.")
    weights_digest: str = Field(description="Of the weights or the program.")
    status: str = Field(description="How it ended.")
    request: str | None = Field(description="Path of the request; none where it is withheld.")
    response: str | None = Field(description="Path of the response, where there is one.")


@dataclass
class _Tally:
    """What was found so far."""

    n_same: int = 0
    differences: list[Difference] = field(default_factory=list)
    files: list[Difference] = field(default_factory=list)
    skipped: list[Skipped] = field(default_factory=list)


def replay(
    path: Path,
    home: Path | None = None,
    tolerance: Tolerance | None = None,
    on_progress: Callable[[int, int], None] = lambda done, total: None,
) -> ReplayReport:
    """Open a crate and execute its runs again, with the same requests and backends.

    Args:
        path: Zip or folder.
        home: An empty home to work in; None for a folder that is removed afterwards.
        tolerance: For all tools; those that state more noise keep it.
        on_progress: Told how many of how many runs are done.

    Raises:
        RequestError: The crate cannot be read or was altered, or `home` holds runs already.
    """
    with open_crate(path) as crate, _fresh_lab(home) as lab:
        asked = tolerance or Tolerance()
        every = _runs_of(crate)
        left_out = [Skipped(run=run.id, tool=run.tool, reason=why)
                    for run in every if (why := _why_not(run, crate))]  # fmt: skip
        skipped = {one.run for one in left_out}
        wanted = [run for run in every if run.id not in skipped]
        tally, n_done = _Tally(), 0
        for batch in _batches(wanted):
            _replay_batch(lab, crate, batch, asked, tally)
            n_done += len(batch)
            on_progress(n_done, len(wanted))
        return ReplayReport(
            crate=crate.name,
            crate_digest=crate.digest,
            versions=version_changes(crate, wanted),
            n_runs=len(wanted),
            n_same=tally.n_same,
            share=tally.n_same / len(wanted) if wanted else 0.0,
            tolerances={name: within(name, asked) for name in sorted({r.tool for r in wanted})},
            differences=tuple(tally.differences),
            files=tuple(tally.files),
            skipped=tuple(tally.skipped),
            left_out=tuple(left_out),
        )


def within(tool: str, asked: Tolerance) -> Tolerance:
    """Return a tool's tolerance: what was asked, or its stated noise where that is more."""
    noise = NOISE.get(tool, asked)
    return Tolerance(
        relative=max(asked.relative, noise.relative), absolute=max(asked.absolute, noise.absolute)
    )


@contextmanager
def _fresh_lab(home: Path | None) -> Iterator[Lab]:
    """Open a lab in which nothing is cached, whatever ledger this machine is set up to use."""
    with ExitStack() as stack:
        place = home or Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="heuresis-")))
        lab = open_lab(Settings(home=place, ledger_url="", vault_url="", recall_url=""))
        stack.callback(lab.ledger.close)
        with lab.ledger.read() as connection:
            if connection.execute(select(RUN.c.id).limit(1)).first():
                raise RequestError(
                    f"home {str(place)!r}: holds runs, which would be found instead of repeated; "
                    "allowed: an empty or new folder"
                )
        yield lab


def _runs_of(crate: Crate) -> list[EmbeddedRun]:
    try:
        return [EmbeddedRun.model_validate(row) for row in crate.lines(RUNS_FILE)]
    except ValidationError as error:
        raise RequestError(f"crate: {RUNS_FILE!r}: got a row that is no run: {error}") from error


def _why_not(run: EmbeddedRun, crate: Crate) -> str:
    """Say why a run is not meant to repeat; empty where it is."""
    if run.status not in ANSWERS:
        return f"it ended {run.status}"
    if run.request is None:
        return "its request is withheld"
    if run.tool == READS_ORIGINALS and not _has_original(crate, run):
        return "the file it read stayed at home (export with --with-originals)"
    try:
        is_endpoint = choose_backend(registry.load(run.tool), run.backend).kind == "endpoint"
    except HeuresisError:
        return ""  # not here: it is tried, and skipped with that reason
    return "an endpoint's model may change, and a call may cost" if is_endpoint else ""


def _has_original(crate: Crate, run: EmbeddedRun) -> bool:
    request = _json(crate, run.request)
    named = request.get("original", "") if isinstance(request, dict) else ""
    return bool(list(crate.files(f"artifacts/{str(named).removeprefix('sha256:')}")))


def _batches(runs: Sequence[EmbeddedRun]) -> Iterator[list[EmbeddedRun]]:
    groups: defaultdict[tuple[str, str], list[EmbeddedRun]] = defaultdict(list)
    for run in runs:
        groups[run.tool, run.backend].append(run)
    for group in groups.values():
        for start in range(0, len(group), BATCH):
            yield group[start : start + BATCH]


def _replay_batch(
    lab: Lab, crate: Crate, batch: Sequence[EmbeddedRun], asked: Tolerance, tally: _Tally
) -> None:
    tool, backend = batch[0].tool, batch[0].backend
    requests = [_json(crate, run.request) for run in batch]
    _restore_inputs(lab, crate, requests)
    try:
        context = Context(origin=f"replay:{crate.digest}")
        outcomes = lab.run_many(tool, requests, context, backend)
    except HeuresisError as error:  # of the tool or the backend, so of every run of the batch
        tally.skipped += [Skipped(run=run.id, tool=tool, reason=str(error)) for run in batch]
        return
    for run, request, outcome in zip(batch, requests, outcomes, strict=True):
        found = list(_compare(lab, crate, run, request, outcome, within(tool, asked)))
        changed = [one for one, is_file in found if not is_file]
        tally.files += [one for one, is_file in found if is_file]
        tally.differences += changed
        tally.n_same += not changed


def _json(crate: Crate, path: str | None) -> Any:
    try:
        return json.loads(crate.read(path)) if path else None
    except (ValueError, RecursionError) as error:
        raise RequestError(f"crate: {path!r}: got no valid JSON: {error}") from error


def _restore_inputs(lab: Lab, crate: Crate, requests: Sequence[Any]) -> None:
    """Put the bytes that requests speak of into the vault, as they were."""
    for digest in set(DIGEST.findall(json.dumps(requests))):
        for path in crate.files(f"artifacts/{digest.removeprefix('sha256:')}"):
            lab.vault.put(crate.read(path))


def _compare(  # noqa: PLR0913, PLR0917  # one comparison needs both sides and their stores
    lab: Lab, crate: Crate, run: EmbeddedRun, request: Any, outcome: Outcome, limits: Tolerance
) -> Iterator[tuple[Difference, bool]]:
    """Yield what differs, and whether it is a file."""

    def difference(path: str, before: Any, after: Any, same_if: str = "equal") -> Difference:
        return Difference(run=run.id, tool=run.tool, path=path, before=shown(before),
                          after=shown(after), tolerance=same_if)  # fmt: skip

    if outcome.status.value != run.status:
        why = f" ({outcome.reason})" if outcome.reason else ""
        yield difference("status", run.status, outcome.status.value + why), False
        return
    row = get(lab.ledger, outcome.run_id)
    if row is not None and json.loads(row.request) != request:
        yield difference("request", json.dumps(request), row.request), False
    after = json.loads(canonical_json(outcome.response)) if outcome.response else None
    close = f"relative {limits.relative:g} or absolute {limits.absolute:g}"
    for place in differing(_json(crate, run.response), after, limits):
        is_number = isinstance(place.before, float) and isinstance(place.after, float)
        said = difference(place.path, place.before, place.after, close if is_number else "equal")
        yield said, place.is_file
