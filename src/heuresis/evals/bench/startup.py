"""How long the command line takes to answer `--help`, and what of that is Python itself.

Fairness: whole processes, from start to exit, on a home that does not exist; byte code is compiled
and files are cached by one run before.
"""

import os
import subprocess
import sys

from heuresis.evals.bench.measure import alternate
from heuresis.evals.bench.row import Row, against_goal, against_peer
from heuresis.evals.bench.workplace import temporary_settings

TURNS, QUICK_TURNS = 15, 3
GOAL_MS = 500.0


def measure(*, quick: bool) -> list[Row]:
    """Time `heuresis --help` beside a Python that does nothing."""
    with temporary_settings() as settings:
        environment = {**os.environ, "HEURESIS_HOME": str(settings.home / "absent")}

        def run(*arguments: str) -> None:
            command = [sys.executable, *arguments]
            subprocess.run(command, env=environment, check=True, stdout=subprocess.DEVNULL)

        actions = {
            "help": lambda _: run("-m", "heuresis", "--help"),
            "bare": lambda _: run("-c", "pass"),
        }
        alternate(actions, 1)
        seconds = alternate(actions, QUICK_TURNS if quick else TURNS)
    ours, bare = ([1000 * each for each in seconds[name]] for name in ("help", "bare"))
    return [
        against_goal("startup.help", "heuresis --help", ours, GOAL_MS, "ms"),
        against_peer("startup.over_python", "heuresis --help", ours, ("python -c pass", bare),
                     "ms", needed=None, note="the floor"),
    ]  # fmt: skip
