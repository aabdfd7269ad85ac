"""What a run came to, in a few lines for a language model: names and numbers, never long values."""

from collections.abc import Iterator
from typing import Any

from heuresis.agent.assistant.answers import response_of
from heuresis.agent.planning.hosted.fences import MAX_ONE_LINE, cleaned, one_line
from heuresis.memory import runs
from heuresis.memory.ledger import Ledger

MAX_NUMBERS, MAX_OTHER = 30, 15  # fields of one answer that are told
MAX_ITEMS = 6  # of a list
MAX_CHARS = 2_500  # of one answer


def told(ledger: Ledger, run_id: str, alias: str) -> str:
    """Say what a run came to, with the references by which it is told or passed on."""
    row = runs.get(ledger, run_id)
    if row is None:
        return "not run"
    head = f"run {alias}: {row.tool} ended {row.status}"
    if row.reason:
        head += f": {one_line(row.reason, 300)}"
    numbers, others = [], []
    for path, value in _leaves(response_of(ledger, run_id), ""):
        if isinstance(value, dict) and "unit" in value:
            numbers.append(f"{cleaned(path)} = {_number(value)}")
        else:
            others.append(f"{cleaned(path)}: {_short(value, alias, path)}")
    lines = [head]
    if numbers:
        lines.append(f"numbers, told by writing {{{{run:{alias}.NAME}}}}:")
        lines += [f"  {one}" for one in _first(numbers, MAX_NUMBERS)]
    if others:
        lines += [f"  {one}" for one in _first(others, MAX_OTHER)]
    text = "\n".join(lines)
    return text if len(text) <= MAX_CHARS else f"{text[:MAX_CHARS]}\n  … cut"


def _first(lines: list[str], n: int) -> list[str]:
    more = [f"… and {len(lines) - n} more"] if len(lines) > n else []
    return [*lines[:n], *more]


def _leaves(value: Any, path: str) -> Iterator[tuple[str, Any]]:
    """Walk through an answer down to quantities, files, texts and truth values."""
    is_whole = isinstance(value, dict) and ({"value", "unit"} <= value.keys() or "digest" in value)
    if isinstance(value, dict) and not is_whole:
        for name, part in value.items():
            yield from _leaves(part, f"{path}.{name}" if path else name)
    elif isinstance(value, list):
        for i, part in enumerate(value[:MAX_ITEMS]):
            yield from _leaves(part, f"{path}[{i}]")
        if len(value) > MAX_ITEMS:
            yield path, f"a list of {len(value)}, the first {MAX_ITEMS} told"
    elif value is not None:
        yield path, value


def _number(value: dict[str, Any]) -> str:
    unit = "" if value["unit"] == "1" else f" {cleaned(str(value['unit']))}"
    std = value.get("std")
    return f"{value['value']:.4g}{f' ± {std:.2g}' if std else ''}{unit}"


def _short(value: Any, alias: str, path: str) -> str:
    pass_on = f'pass it on as "{{{{run:{alias}.{cleaned(path)}}}}}"'
    if isinstance(value, dict):
        return f"file {one_line(str(value.get('media_type', '')), 40)}, {pass_on}"
    if not isinstance(value, str):
        return f"{value:.4g}" if isinstance(value, float) else str(value)
    if len(value) > MAX_ONE_LINE or "\n" in value:
        return f"text of {len(value)} characters, {pass_on}"
    return one_line(value)
