"""A shard as a Parquet file: the rows that are kept; in its metadata, what failed and why."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

from heuresis.errors import ServiceError
from heuresis.serving.library.expression import Value
from heuresis.serving.library.numbers import Number
from heuresis.serving.library.plan import Plan

ABOUT = b"heuresis"
NEEDED = "a screened library is written with pyarrow: pip install 'heuresis[ray]'"
ROW, NAME, STRUCTURE, NOTICE = "row", "name", "structure", "notice"


@dataclass(frozen=True, slots=True)
class Kept:
    """One record that is kept.

    Attributes:
        row: Place after the first record of its shard.
        name: What the library calls it.
        structure: Canonical, as the tools were asked about it.
        notice: Sentence of a screen that let it pass for review.
        values: By path; None where an answer has no such number.
    """

    row: int
    name: str
    structure: str
    notice: str
    values: Mapping[str, Value | None]


@dataclass(frozen=True, slots=True)
class Failure:
    """One record for which a tool gave no answer.

    Attributes:
        row: Place after the first record of its shard.
        tool: Which; empty where the record could not be read.
        reason: One word, by which failures are counted.
        why: In a sentence; of a blocked record it names no structure.
    """

    row: int
    tool: str
    reason: str
    why: str


def arrow() -> Any:
    """Import pyarrow.

    Raises:
        ServiceError: It is not installed.
    """
    try:
        import_module("pyarrow.parquet")
        return import_module("pyarrow")
    except ImportError as error:
        raise ServiceError(f"{error}; {NEEDED}") from error


def written(plan: Plan, digest: str, kept: Sequence[Kept], failed: Sequence[Failure]) -> bytes:
    """Return the bytes of a shard's file; equal for equal rows, on every computer."""
    pa = arrow()
    about = {
        "plan": plan.digest,
        "shard": digest,
        "failures": [[one.row, one.tool, one.reason, one.why] for one in failed],
    }
    columns: dict[str, Any] = {
        ROW: pa.array([one.row for one in kept], pa.int32()),
        NAME: pa.array([one.name for one in kept], pa.string()),
        STRUCTURE: pa.array([one.structure for one in kept], pa.string()),
        NOTICE: pa.array([one.notice or None for one in kept], pa.string()),
    }
    fields = [pa.field(name, column.type) for name, column in columns.items()]
    for number in plan.columns:
        column = pa.array([one.values.get(number.path) for one in kept], _type(pa, number))
        columns[number.path] = column
        fields.append(pa.field(number.path, column.type, metadata={"unit": number.unit}))
    text = json.dumps(about, ensure_ascii=True, separators=(",", ":"))
    schema = pa.schema(fields, metadata={ABOUT: text.encode()})
    sink = pa.BufferOutputStream()
    pa.parquet.write_table(pa.table([*columns.values()], schema=schema), sink, compression="zstd")
    data: bytes = sink.getvalue().to_pybytes()
    return data


def _type(pa: Any, number: Number) -> Any:
    return {"number": pa.float64(), "count": pa.int64(), "truth": pa.bool_()}[number.kind]


def failures_in(path: Path) -> list[Failure]:
    """Read what failed in a shard, without its rows."""
    about = json.loads(arrow().parquet.read_schema(path).metadata[ABOUT])
    return [Failure(*one) for one in about["failures"]]


def rows_in(path: Path) -> Iterator[Kept]:
    """Read the rows of a shard."""
    for one in arrow().parquet.read_table(path).to_pylist():
        row, name, structure, notice = (one.pop(each) for each in (ROW, NAME, STRUCTURE, NOTICE))
        yield Kept(row, name, structure, notice or "", one)
