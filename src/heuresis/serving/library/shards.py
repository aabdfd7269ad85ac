"""A library cut into shards: each is named by the digest of what is asked and of its records."""

import hashlib
from collections.abc import Container, Iterable, Iterator
from dataclasses import dataclass
from itertools import islice

from heuresis.serving.library.records import Record


@dataclass(frozen=True)
class Shard:
    """A part of a library.

    Attributes:
        digest: Of plan and records; equal parts of a library are one shard.
        first: Number of its first record.
        n_records: How many.
        records: They; none where the shard is done.
    """

    digest: str
    first: int
    n_records: int
    records: tuple[Record, ...] = ()


def cut(
    found: Iterable[Record], n_each: int, plan_digest: str, done: Container[str]
) -> Iterator[Shard]:
    """Cut a stream; of shards that are done, or came before, only the name is returned.

    Args:
        found: Records in the order of the library.
        n_each: Records of a shard.
        plan_digest: Of all that decides a result, apart from the records.
        done: Digests of shards that are done.
    """
    begun: set[str] = set()
    stream = iter(found)
    while batch := tuple(islice(stream, n_each)):
        digest = _digest(plan_digest, batch)
        is_known = digest in done or digest in begun
        begun.add(digest)
        yield Shard(digest, batch[0].number, len(batch), () if is_known else batch)


def _digest(plan_digest: str, batch: tuple[Record, ...]) -> str:
    """Digest the records with their places; those count from the first, so equal parts meet."""
    total = hashlib.sha256(plan_digest.encode())
    first = batch[0].number
    for one in batch:
        parts = (str(one.number - first), one.text, one.name, one.wrong)
        total.update("\x1f".join(f"{len(part)}:{part}" for part in parts).encode())
        total.update(b"\x1e")
    return total.hexdigest()
