"""Outcomes as people read them: status first, why, where it came from, numbers, files."""

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel

from heuresis.commands import output
from heuresis.commands.numbers import spelled
from heuresis.contract import Artifact, Outcome, Quantity, artifacts_in

if TYPE_CHECKING:
    from heuresis.memory.vault import Vault

COLUMNS_OF_NUMBERS = 6  # in the table of a batch; --json has all


def show_outcome(outcome: Outcome, files: Sequence[Path] = ()) -> None:
    """Print one outcome."""
    output.line(f"{outcome.status.value}  {outcome.reason}".rstrip())
    how = f"{outcome.backend}, {outcome.seconds:.3g} s{', cached' if outcome.cached else ''}"
    output.facts({"tool": f"{outcome.tool} ({how})", "run": outcome.run_id})
    if numbers := outcome.quantities:
        output.table(("number", "value"), [(path, spelled(q)) for path, q in numbers.items()])
    if others := list(_others(outcome.response)):
        output.table(("field", "value"), others)
    _show_artifacts(outcome, files)
    if outcome.notice:
        output.line(f"Note: {outcome.notice}")


def show_batch(subjects: Sequence[str], outcomes: Sequence[Outcome]) -> None:
    """Print one line per outcome."""
    names = list(dict.fromkeys(path for outcome in outcomes for path in outcome.quantities))
    shown = names[:COLUMNS_OF_NUMBERS]
    rows = []
    for subject, outcome in zip(subjects, outcomes, strict=True):
        numbers = outcome.quantities
        cells = [spelled(numbers[name]) if name in numbers else "" for name in shown]
        why = output.shortened(outcome.reason, 120)
        rows.append((subject, outcome.status.value, *cells, outcome.run_id, why))
    output.table(("request", "status", *shown, "run", "reason"), rows)
    if len(names) > len(shown):
        output.say(f"{len(names) - len(shown)} more numbers: --json has them all")
    for notice in dict.fromkeys(outcome.notice for outcome in outcomes if outcome.notice):
        output.line(f"Note: {notice}")


def save_artifacts(outcomes: Iterable[Outcome], vault: "Vault", folder: Path) -> list[Path]:
    """Write the files of outcomes below a folder, one folder per run."""
    written = []
    for outcome in outcomes:
        for path, artifact in artifacts_in(outcome.response).items():
            place = folder / outcome.run_id / f"{path}-{Path(artifact.name).name}"
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_bytes(vault.get(artifact.digest))
            written.append(place)
    return written


def _others(response: Any) -> Iterable[tuple[str, str]]:
    """Find the fields of an answer that hold neither numbers with units nor files."""
    if response is None:
        return
    for name in type(response).model_fields:
        value = getattr(response, name)
        if not _is_shown_elsewhere(value):
            yield name, output.shortened(_plain(value))


def _is_shown_elsewhere(value: Any) -> bool:
    if isinstance(value, dict):
        return bool(value) and all(_is_shown_elsewhere(part) for part in value.values())
    if isinstance(value, list | tuple):
        return bool(value) and all(_is_shown_elsewhere(part) for part in value)
    if isinstance(value, BaseModel) and not isinstance(value, Quantity | Artifact):
        parts = (getattr(value, name) for name in type(value).model_fields)
        return all(_is_shown_elsewhere(part) for part in parts)
    return value is None or isinstance(value, Quantity | Artifact)


def _plain(value: Any) -> Any:
    if isinstance(value, BaseModel):
        return value.model_dump(mode="json")
    if isinstance(value, list | tuple):
        return [_plain(part) for part in value]
    return str(value) if isinstance(value, str) else value


def _show_artifacts(outcome: Outcome, files: Sequence[Path]) -> None:
    artifacts = artifacts_in(outcome.response)
    rows = [(path, a.name, f"{a.n_bytes} bytes", a.digest) for path, a in artifacts.items()]
    if rows:
        output.table(("file", "name", "size", "digest"), rows)
    for place in files:
        output.line(f"written: {place}")
