"""A library screened: shards are worked on and committed once, so the same call goes on."""

import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

from sqlalchemy import Row

from heuresis.memory.ledger import Ledger
from heuresis.memory.library import commit_shard, note_plan, shards_of
from heuresis.serving.faults import reach
from heuresis.serving.lab import Lab
from heuresis.serving.library.crew import Crew, Job
from heuresis.serving.library.files import Folder, file_digest
from heuresis.serving.library.plan import Plan
from heuresis.serving.library.working import Result
from heuresis.version import code_version


@dataclass
class Progress:
    """How far a screen is.

    Attributes:
        n_records: Seen so far, those of shards that were done before too.
        n_new: Of these, worked on now.
        n_kept: Of those worked on now, kept.
        n_shards: Shards seen.
        n_known: Of these, done before.
        n_left: Shards to be tried again.
        why_left: The last reason.
        seconds: Since the start.
    """

    n_records: int = 0
    n_new: int = 0
    n_kept: int = 0
    n_shards: int = 0
    n_known: int = 0
    n_left: int = 0
    why_left: str = ""
    seconds: float = 0.0

    @property
    def per_s(self) -> float:
        """Records worked on in a second."""
        return self.n_new / self.seconds if self.seconds else 0.0


Show = Callable[[Progress], None]
Place = tuple[int, str, int]  # number of the first record, digest and size of a shard


@dataclass(frozen=True)
class Screened:
    """What a screen has seen: the places of all shards of the library, in its order."""

    places: tuple[Place, ...]
    progress: Progress


@dataclass
class Screen:
    """One library under one plan, into one folder.

    Attributes:
        lab: Whose ledger it is.
        folder: Where the files go.
        plan: What is asked.
    """

    lab: Lab
    folder: Folder
    plan: Plan
    _lost: dict[str, str] = field(default_factory=dict)

    def begin(self) -> frozenset[str]:
        """Write down what is asked; return the shards that are done and whose files are sound.

        Raises:
            ServiceError: Ledger or folder cannot be written.
        """
        self.folder.open()
        note_plan(self._ledger, self.plan.digest, self.plan.model_dump_json())
        done = set()
        for digest, row in shards_of(self._ledger, self.plan.digest).items():
            if whereabouts(self.folder, row) is None:
                self._lost[digest] = row.file_digest
            else:
                done.add(digest)
        return frozenset(done)

    def work(self, crew: Crew, job: Job, show: Show) -> Screened:
        """Have all open shards worked on, and commit each as it comes.

        Raises:
            RequestError: The library cannot be read to its end.
            ServiceError: A worker, the ledger or the folder does not work.
        """
        progress, places = Progress(), []
        began = time.monotonic()
        for result in crew.results(job):
            progress.n_shards += 1
            progress.n_records += result.n_records
            progress.seconds = time.monotonic() - began
            places.append((result.first, result.digest, result.n_records))
            if result.passing:
                progress.n_left, progress.why_left = progress.n_left + 1, result.passing
            elif result.is_new:
                self._commit(result)
                progress.n_new += result.n_records
                progress.n_kept += result.n_kept
            else:
                progress.n_known += 1
            show(progress)
        progress.seconds = time.monotonic() - began
        return Screened(tuple(sorted(places)), progress)

    @property
    def _ledger(self) -> Ledger:
        return self.lab.ledger

    def _commit(self, result: Result) -> None:
        """Put a shard's file in place together with its row; whoever is second discards its own."""
        reach("screen.1")
        place = self.folder.prepare(result.digest, result.data)
        reach("screen.2")
        write = partial(
            commit_shard, self._ledger, self._row(result), result.events, place,
            lost=self._lost.get(result.digest),
        )  # fmt: skip
        try:
            self._ledger.outlast(write)
        finally:
            self.folder.discard(result.digest)
        reach("screen.3")

    def _row(self, result: Result) -> dict[str, Any]:
        import hashlib
        import json

        return {
            "digest": result.digest,
            "plan_digest": self.plan.digest,
            "n_records": result.n_records,
            "n_kept": result.n_kept,
            "n_stored": result.n_stored,
            "failures": json.dumps(result.failures, sort_keys=True),
            "file_digest": hashlib.sha256(result.data).hexdigest(),
            "folder": str(self.folder.path),
            "seconds": result.seconds,
            "code_version": code_version(),
        }


def whereabouts(folder: Folder, row: Row[Any]) -> Path | None:
    """Return where a shard's file is whole: here, or where it was written first; or None."""
    for place in (folder, Folder(Path(row.folder))):
        if file_digest(place.file(row.digest)) == row.file_digest:
            return place.file(row.digest)
    return None


def shown(progress: Progress) -> Mapping[str, Any]:
    """Return a progress as plain data."""
    return {**asdict(progress), "per_s": progress.per_s}
