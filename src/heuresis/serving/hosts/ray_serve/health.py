"""Whether a replica may go on: no run that hangs, memory within bounds, a recent proof.

A real answer proves more than any check, so the model is asked its own question only when there is
none: no run has ended well for `proof_s`, or the last one failed. `proof_s` is at least a hundred
times what the question takes, so that checking never costs more than one percent of a processor.
"""

import threading
import time
from collections.abc import Callable
from contextlib import contextmanager
from typing import TYPE_CHECKING

from heuresis.errors import HeuresisError

if TYPE_CHECKING:
    from collections.abc import Iterator

SHARE = 100  # a proof may take this part of the time between two
Clock = Callable[[], float]


class Health:
    """What a replica knows of itself.

    Args:
        proof_s: Least seconds between two proofs without real work.
        recycle_mb: Resident memory above which a replica asks to be replaced.
        memory_mb: Tells the resident memory.
        clock: Tells seconds.
    """

    def __init__(
        self,
        proof_s: float,
        recycle_mb: int,
        memory_mb: Callable[[], float],
        clock: Clock = time.monotonic,
    ) -> None:
        self._proof_s, self._recycle_mb = proof_s, recycle_mb
        self._memory_mb, self._clock = memory_mb, clock
        self._proved_at: float | None = None
        self._is_doubted = False
        self._n_running = 0
        self._refuted = ""
        self._n_hung = 0
        self._counting = threading.Lock()

    @contextmanager
    def running(self) -> "Iterator[None]":
        """Note that the backend works, so that no proof is asked for meanwhile."""
        with self._counting:
            self._n_running += 1
        try:
            yield
        finally:
            with self._counting:
                self._n_running -= 1

    def answered(self) -> None:
        """A real request was answered."""
        self._proved_at, self._is_doubted, self._refuted = self._clock(), False, ""

    def failed(self) -> None:
        """The service failed a real request: ask for a proof before long."""
        self._is_doubted = True

    def hung(self) -> None:
        """A run did not end in its time; its thread is lost."""
        self._n_hung += 1

    @property
    def wants_proof(self) -> bool:
        """Whether the model should be asked its own question now."""
        if self._n_running or (self._proved_at is None and not self._is_doubted):
            return False  # at work, or nothing is loaded yet: a check must not load it
        return self._is_doubted or self._clock() - (self._proved_at or 0) > self._proof_s

    def prove(self, question: Callable[[], None]) -> None:
        """Ask the model its own question and remember how it went."""
        began = self._clock()
        try:
            with self.running():
                question()
        except HeuresisError as error:
            self._refuted = f"its own question failed: {error}"
            return
        self._proof_s = max(self._proof_s, SHARE * (self._clock() - began))
        self.answered()

    def figures(self) -> dict[str, float]:
        """Say what runs, what hangs, and how long ago an answer came; -1: never."""
        ago = -1.0 if self._proved_at is None else self._clock() - self._proved_at
        return {"n_running": self._n_running, "n_hung": self._n_hung, "answered_s_ago": ago}

    def complaint(self) -> str | None:
        """Say why the replica must be replaced, or None."""
        if self._n_hung:
            return f"{self._n_hung} runs did not end in their time"
        mb = self._memory_mb()
        if mb > self._recycle_mb:
            return f"memory: {mb:.0f} MB used, allowed: {self._recycle_mb} MB"
        return self._refuted or None
