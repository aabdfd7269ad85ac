"""The threads that do jobs: take the next, also a dead process's, do it, note how it ended."""

import logging
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from sqlalchemy import Row

from heuresis.errors import HeuresisError, ServiceError
from heuresis.memory import jobs, ownership
from heuresis.serving.jobs.work import Ending, Work
from heuresis.serving.lab import Lab
from heuresis.serving.remote.above import Assistant, Campaigns

LOOK_S = 1.0  # between two looks for jobs of other processes, and of dead ones
WAITING_S = 5.0  # between two looks whether a person's word was given
SWEEP_S = 600.0
KEPT_S = 7 * 24 * 3600.0
TRIES, BACKOFF_S = 5, 0.5  # where the ledger is locked, or a service is for a moment not there

log = logging.getLogger(__name__)


class Crew:
    """Does jobs in threads of this process.

    Args:
        lab: The door to tools.
        assistant: Answers messages; None where there is none.
        campaigns: Searches; None where there are none.
        n_threads: Jobs done at the same time.
        lease_s: After which a silent process on another host counts as dead.
        kept_s: How long a job is kept after its end.
    """

    def __init__(  # noqa: PLR0913  # what a crew is made of
        self,
        lab: Lab,
        assistant: Assistant | None = None,
        campaigns: Campaigns | None = None,
        *,
        n_threads: int = 2,
        lease_s: float = 30.0,
        kept_s: float = KEPT_S,
    ) -> None:
        self.kept_s = kept_s
        self._lab = lab
        self._lease_s = lease_s
        self._leaving = threading.Event()
        self._new = threading.Condition()
        self._work = Work(lab, assistant, campaigns, self._leaving.is_set)
        beats: list[Callable[[], None]] = [self._do_jobs] * n_threads + [self._keep_house]
        self._threads = [threading.Thread(target=beat, daemon=True) for beat in beats]

    def start(self) -> None:
        """Begin to do jobs."""
        for thread in self._threads:
            thread.start()

    def stop(self, timeout_s: float = 10.0) -> None:
        """Put jobs down at their next part, for whoever comes next."""
        self._leaving.set()
        self.wake()
        until_s = time.monotonic() + timeout_s
        for thread in self._threads:
            if thread.ident is not None:
                thread.join(max(0.0, until_s - time.monotonic()))

    def is_working(self) -> bool:
        """Whether all threads live."""
        return all(thread.is_alive() for thread in self._threads)

    def wake(self) -> None:
        """Say that there is a new job, or a new word of a person."""
        with self._new:
            self._new.notify_all()

    def _do_jobs(self) -> None:
        while not self._leaving.is_set():
            job = None
            with suppress(ServiceError):  # the ledger is looked at again in a moment
                job = jobs.take(self._lab.ledger, self._lease_s)
            if job is not None:
                self._do(job)
                continue
            with self._new:
                self._new.wait(LOOK_S)

    def _do(self, job: Row[Any]) -> None:
        try:
            ending = self._outlast(lambda: self._work.do(job))
        except HeuresisError as error:
            ending = Ending("failed", str(error), {})
        except Exception as error:  # edge of a thread: the job must be told of it
            log.exception("job %s", job.id)
            ending = Ending("failed", f"internal error: {type(error).__name__}", {})
        with suppress(ServiceError):  # it stays ours, and is taken up by the next process
            self._outlast(lambda: self._note(job, ending))

    def _note(self, job: Row[Any], ending: Ending | None) -> None:
        if ending is None:
            jobs.put_back(self._lab.ledger, job.id)
            return
        ledger, kept_s = self._lab.ledger, self.kept_s
        jobs.end(ledger, job.id, ending.status, ending.reason, ending.facts, kept_s)

    def _outlast(self, action: Callable[[], Any]) -> Any:
        """Repeat what failed for the moment only."""
        for attempt in range(TRIES):
            try:
                return action()
            except ServiceError as error:
                if not error.transient or self._leaving.is_set():
                    raise
            time.sleep(BACKOFF_S * 2**attempt)
        return action()

    def _keep_house(self) -> None:
        """Renew leases, ask waiting jobs again, throw old ones away."""
        swept_s = waited_s = time.monotonic()
        while not self._leaving.wait(min(WAITING_S, self._lease_s / 3)):
            now_s = time.monotonic()
            with suppress(ServiceError):  # at the next turn
                jobs.renew(self._lab.ledger, self._lease_s)
                if now_s - waited_s >= WAITING_S:
                    waited_s = now_s
                    self._ask_again()
                if now_s - swept_s >= SWEEP_S:
                    swept_s = now_s
                    jobs.sweep(self._lab.ledger)
                    ownership.forget_reserved(self._lab.ledger)

    def _ask_again(self) -> None:
        """Queue the jobs that wait for a person whose word may have been given elsewhere."""
        if jobs.wake_waiting(self._lab.ledger):
            self.wake()
