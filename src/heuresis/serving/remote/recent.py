"""A thing worth knowing that may take long to ask: asked rarely, and waited for briefly."""

import logging
import threading
import time
from collections.abc import Callable
from typing import Generic, TypeVar

T = TypeVar("T")

FRESH_S = 2.0  # so long an answer is given again
PATIENCE_S = 3.0  # after which a question counts as not answered

log = logging.getLogger(__name__)


class Recent(Generic[T]):
    """The latest answer to a question that many may ask.

    The question is put in a thread of its own, one at a time: a service that hangs costs one
    thread, whoever asks and however often.

    Args:
        ask: The question.
        otherwise: What is said where there is no answer, in time or at all.
    """

    def __init__(self, ask: Callable[[], T], otherwise: T) -> None:
        self._ask, self._otherwise = ask, otherwise
        self._turn = threading.Condition()
        self._answer = otherwise
        self._is_asking = False
        self._asked_at_s = self._answered_at_s = float("-inf")

    def begin(self) -> None:
        """Put the question, unless it is being put or was answered a moment ago."""
        with self._turn:
            if self._is_asking or time.monotonic() - self._answered_at_s < FRESH_S:
                return
            self._is_asking, self._asked_at_s = True, time.monotonic()
        threading.Thread(target=self._look, daemon=True).start()

    def get(self) -> T:
        """Return the latest answer; wait for one only as long as a question may take."""
        self.begin()
        with self._turn:
            left_s = self._asked_at_s + PATIENCE_S - time.monotonic()
            is_known = self._turn.wait_for(lambda: not self._is_asking, max(0.0, left_s))
            return self._answer if is_known else self._otherwise

    def _look(self) -> None:
        answer = self._otherwise
        try:
            answer = self._ask()
        except Exception:  # edge of a thread: no answer is an answer too
            log.warning("no answer", exc_info=True)
        with self._turn:
            self._answer, self._is_asking = answer, False
            self._answered_at_s = time.monotonic()
            self._turn.notify_all()
