"""Who works on the shards of a library: this process alone, or all processors through Ray."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

from heuresis.serving.library.plan import Plan
from heuresis.serving.library.records import Library, records
from heuresis.serving.library.shards import Shard, cut
from heuresis.serving.library.working import Result, Worker
from heuresis.serving.policy import Policy
from heuresis.settings import Settings


@dataclass(frozen=True)
class Job:
    """A library and what is asked of it. Plain data: it travels to who works on it.

    Attributes:
        plan: What is asked.
        library: Of what.
        n_each: Records of a shard.
        done: Digests of shards that need no work.
    """

    plan: Plan
    library: Library
    n_each: int
    done: frozenset[str]

    def shards(self) -> Iterator[Shard]:
        """Cut the library anew, always the same."""
        return cut(records(self.library), self.n_each, self.plan.digest, self.done)


class Crew(Protocol):
    """Works on shards in whatever order; shards that are done pass by as they are met."""

    n_workers: int

    def results(self, job: Job) -> Iterator[Result]:
        """Yield one result per shard of the library.

        Raises:
            RequestError: The library cannot be read to its end.
            ServiceError: A worker does not work.
        """
        ...


class Alone:
    """A crew of one: this process.

    Args:
        policies: Screens of this process.
    """

    n_workers = 1

    def __init__(self, policies: Sequence[Policy]) -> None:
        self._policies = policies

    def results(self, job: Job) -> Iterator[Result]:
        """See `Crew.results`."""
        worker = Worker(job.plan, self._policies)
        for shard in job.shards():
            yield worker.work(shard) if shard.records else passed(shard)


def passed(shard: Shard) -> Result:
    """Return the result of a shard that needs no work."""
    return Result(shard.digest, shard.first, shard.n_records)


def has_many(job: Job) -> bool:
    """Whether more than one shard needs work."""
    n_open = 0
    for shard in job.shards():
        n_open += bool(shard.records)
        if n_open > 1:
            return True
    return False


def choose_crew(
    job: Job, settings: Settings, policies: Sequence[Policy], *, alone: bool
) -> tuple[Crew, str]:
    """Return who works, and in words why it is not all processors where it is not.

    Args:
        job: The work.
        settings: Which Ray.
        policies: Screens of this process.
        alone: Whether this process is asked to do it alone.
    """
    from importlib.util import find_spec

    if alone:
        return Alone(policies), "one process, as asked"
    if find_spec("ray") is None:
        why = "one process: Ray is not installed; `pip install 'heuresis[ray]'` uses all processors"
        return Alone(policies), why
    if not has_many(job):
        return Alone(policies), "one process: at most one shard needs work"
    from heuresis.serving.hosts.ray_data.crew import RayCrew

    return RayCrew(settings), ""
