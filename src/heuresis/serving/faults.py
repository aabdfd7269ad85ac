"""Points at which tests stop the process, to prove that a crash there loses and repeats nothing.

Armed only by the environment: HEURESIS_FAULT='point:n' kills the process with SIGKILL when the
point is reached for the n-th time.
"""

import os
import signal
from collections import Counter

ARMED = os.environ.get("HEURESIS_FAULT", "")
_reached: Counter[str] = Counter()


def reach(point: str) -> None:
    """Do nothing, unless this point is armed."""
    if not ARMED:
        return
    _reached[point] += 1
    name, _, count = ARMED.partition(":")
    if name == point and _reached[point] == int(count or 1):
        os.kill(os.getpid(), signal.SIGKILL)
