"""A library as a source of Ray Data: one reader, where the command was given; a row per shard."""

from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any

from ray.data.block import BlockMetadata
from ray.data.datasource import Datasource, ReadTask

from heuresis.errors import HeuresisError
from heuresis.serving.library.crew import Job
from heuresis.serving.library.records import Record
from heuresis.serving.library.shards import Shard
from heuresis.serving.library.table import arrow

WRONG = "wrong"  # column of why the reader stopped


class Shards(Datasource):  # type: ignore[misc]  # ray is untyped here
    """Reads a library once, from its beginning to its end.

    Args:
        job: The library, how it is cut, and which shards are done.
    """

    def __init__(self, job: Job) -> None:
        super().__init__()
        self._job = job

    def estimate_inmemory_data_size(self) -> int | None:
        """Say that it is not known: the file may be packed."""
        return None

    def get_read_tasks(self, parallelism: int, *_: Any, **__: Any) -> list[ReadTask]:
        """Return the one reader there is."""
        unknown = BlockMetadata(
            num_rows=None, size_bytes=None, exec_stats=None, task_exec_stats=None
        )
        return [ReadTask(partial(_blocks, self._job), unknown)]

    @property
    def supports_distributed_reads(self) -> bool:
        """Say that the file is where the command was given."""
        return False


def _blocks(job: Job) -> Iterator[Any]:
    """Yield one block per shard; a library that breaks off ends with a block that says so."""
    pa = arrow()
    try:
        for shard in job.shards():
            yield pa.table({name: [value] for name, value in packed(shard).items()}, _schema())
    except HeuresisError as error:
        last = {**packed(Shard("", 0, 0)), WRONG: str(error)}
        yield pa.table({name: [value] for name, value in last.items()}, _schema())


def _schema() -> Any:
    pa = arrow()
    texts, text, number = pa.list_(pa.large_string()), pa.string(), pa.int64()
    return pa.schema([
        ("digest", text), ("first", number), ("n_records", number), ("numbers", pa.list_(number)),
        ("texts", texts), ("names", texts), ("wrongs", texts), (WRONG, text),
    ])  # fmt: skip


def packed(shard: Shard) -> dict[str, Any]:
    """Return a shard as a row."""
    return {
        "digest": shard.digest,
        "first": shard.first,
        "n_records": shard.n_records,
        "numbers": [one.number for one in shard.records],
        "texts": [one.text for one in shard.records],
        "names": [one.name for one in shard.records],
        "wrongs": [one.wrong for one in shard.records],
        WRONG: "",
    }


def unpacked(row: Mapping[str, Any]) -> Shard:
    """Return a shard from its row."""
    columns = (row[name] for name in ("numbers", "texts", "names", "wrongs"))
    found = tuple(Record(*one) for one in zip(*columns, strict=True))
    return Shard(row["digest"], row["first"], row["n_records"], found)
