"""What stands in one place of an answer: references for numbers, words for the rest."""

from typing import Any

from heuresis.agent.assistant.answers import is_referable
from heuresis.agent.numbers.conversion import convert
from heuresis.agent.numbers.references import write
from heuresis.errors import RequestError
from heuresis.memory.campaigns import Number

MAX_WORDS = 600  # characters of a text value
MAX_PARTS = 12  # of a list or of named parts
MAX_RECORDS = 5  # of many things of a kind
MAX_DEPTH = 3  # of parts within parts
MORE = "and more"


def cell(run_id: str, path: str, value: Any, unit: str = "", depth: int = 0) -> str:
    """Return a reference, or the words, for a part of a run's answer.

    Args:
        run_id: The run.
        path: Where the value stands in its answer.
        value: What stands there.
        unit: Unit that was asked for; it is passed over where the number is of another kind.
        depth: How many parts it lies within.
    """
    if is_referable(value):
        return write(run_id, path, unit=_fitting(value, unit))
    if depth >= MAX_DEPTH or not isinstance(value, dict | list) or "digest" in value:
        return words(value)
    if isinstance(value, list) and value and all(_is_record(part) for part in value):
        return _records(run_id, path, value, unit)
    if isinstance(value, list):
        parts = [cell(run_id, f"{path}[{i}]", part, unit, depth + 1)
                 for i, part in enumerate(value[:MAX_PARTS])]  # fmt: skip
    else:
        named = list(value.items())[:MAX_PARTS]
        inner = [cell(run_id, f"{path}.{name}", part, unit, depth + 1) for name, part in named]
        parts = [f"{name.replace('_', ' ')}: {text}" for (name, _), text in
                 zip(named, inner, strict=True)]  # fmt: skip
    more = [MORE] if len(value) > MAX_PARTS else []
    return ", ".join([*parts, *more]) or "none"


def _is_record(value: Any) -> bool:
    return isinstance(value, dict) and "digest" not in value and not is_referable(value)


def _records(run_id: str, path: str, value: list[Any], unit: str) -> str:
    """Tell of the first of many things their words and measured numbers, and no more."""
    parts = []
    for i, record in enumerate(value[:MAX_RECORDS]):
        told = [
            f"{name.replace('_', ' ')} {cell(run_id, f'{path}[{i}].{name}', part, unit, MAX_DEPTH)}"
            for name, part in record.items()
            if isinstance(part, str) or (isinstance(part, dict) and is_referable(part))
        ]
        parts.append(", ".join(told))
    return "; ".join([*parts, *([MORE] if len(value) > MAX_RECORDS else [])])


def words(value: Any) -> str:
    """Say a value that is no quantity."""
    if value is None or value in ([], {}):
        return "none"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, dict) and "digest" in value:
        return f"file {value.get('name', '')} ({value['digest'][:19]}…)"
    if isinstance(value, dict | list):
        return f"{MORE} in the run"
    return str(value)[:MAX_WORDS]


def names_in(value: Any, depth: int = 0) -> list[str]:
    """List the words of a value, which may stand as names in an answer."""
    if is_referable(value):
        return []
    if depth >= MAX_DEPTH or not isinstance(value, dict | list) or "digest" in value:
        return [words(value)]
    if isinstance(value, list):
        return [name for part in value[:MAX_PARTS] for name in names_in(part, depth + 1)]
    keys = [key.replace("_", " ") for key in list(value)[:MAX_PARTS]]
    parts = list(value.values())[:MAX_PARTS]
    return [*keys, *(name for part in parts for name in names_in(part, depth + 1))]


def _fitting(value: Any, unit: str) -> str:
    """Return the unit as asked for, or per atom where the number is; '' where neither fits."""
    if not unit or not isinstance(value, dict):
        return ""
    given = Number(1.0, value["unit"], None, None, None, None, None, "", "")
    per_atom = [f"{unit}/atom"] if value["unit"].endswith("/atom") else []
    for one in (unit, *per_atom):
        try:
            convert(given, one)
        except RequestError:
            continue
        return one
    return ""
