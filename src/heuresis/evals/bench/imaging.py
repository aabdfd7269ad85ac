"""How fast the imaging tools are through the lab, what they need in memory, how long they load.

Fairness: each tool has a process of its own, on one thread. The first call counts as loading: it
holds imports, weights and the tools it leans on. Then come images that nobody has seen, in one
batch; what a tool leans on is asked for them too and is part of the time. The images are shifted
copies of the drawn fundus photograph, at the size stated. The largest resident size of the process
is the memory, Python and all libraries in it.
"""

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from heuresis.errors import ServiceError
from heuresis.evals.bench.row import Row, against_goal, told
from heuresis.evals.bench.workplace import silence, temporary_lab
from heuresis.serving.lab import Lab

SIZE_PX = 565  # a side; photographs of DRIVE have 565 x 584
N, QUICK_N = 16, 2
MEMORY_GOAL_MB = 2048.0
ONE_THREAD = {"OMP_NUM_THREADS": "1", "MKL_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
TIMEOUT_S = 900


@dataclass(frozen=True)
class Asked:
    """A tool as it is measured.

    Attributes:
        fields: Fields of its request from the digests of one image and of the next.
        goal_ms: Longest time for one image; None where none was set.
    """

    fields: Callable[[str, str], dict[str, Any]]
    goal_ms: float | None = None


ASKED: Mapping[str, Asked] = {
    "image.read": Asked(lambda one, _: {"original": one}),
    "image.modality": Asked(lambda one, _: {"image": one}),
    "image.degrade": Asked(lambda one, _: {"image": one, "kind": "noise", "severity": "mild"}),
    "image.restore": Asked(lambda one, _: {"image": one, "chain": "denoise(1) > contrast(1)"}),
    "medical.quality": Asked(lambda one, _: {"image": one}),
    "medical.compare_quality": Asked(lambda one, other: {"first": one, "second": other}),
    "medical.segment_vessels": Asked(lambda one, _: {"image": one}, goal_ms=3000.0),
    "vision.segment": Asked(lambda one, _: {"image": one}, goal_ms=1000.0),
}


def measure(*, quick: bool) -> list[Row]:
    """Measure every tool in a process of its own.

    Raises:
        ServiceError: A tool did not answer.
    """
    return [row for name in ASKED for row in _rows(name, _in_child(name, QUICK_N if quick else N))]


def _in_child(name: str, n: int) -> dict[str, float]:
    command = [sys.executable, "-m", "heuresis.evals.bench.imaging", name, str(n)]
    done = subprocess.run(
        command,
        env={**os.environ, **ONE_THREAD},
        capture_output=True,
        text=True,
        timeout=TIMEOUT_S,
        check=False,
    )
    if done.returncode != 0:
        raise ServiceError(f"imaging: {name} ended with {done.returncode}: {done.stderr[-400:]}")
    found: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return found


def _rows(name: str, found: Mapping[str, float]) -> list[Row]:
    short = name.replace(".", "_")
    ms, goal = found["ms"], ASKED[name].goal_ms
    what, unit = f"{name}, one image of {SIZE_PX} px in a batch, one thread", "ms/image"
    note = f"{1000 / ms:.1f} images/s; first call with loading {found['load_s']:.1f} s"
    time_row = (
        told(f"imaging.{short}", what, [ms], unit, note=note)
        if goal is None
        else against_goal(f"imaging.{short}", what, [ms], goal, unit, note=note)
    )
    memory = against_goal(
        f"imaging.{short}_memory", f"{name}, largest memory", [found["mb"]], MEMORY_GOAL_MB, "MB"
    )
    return [time_row, memory]


def _measured(name: str, n: int) -> dict[str, float]:
    """Ask one tool, in this process."""
    import resource

    with temporary_lab() as lab, silence():
        digests = _pictures(lab, n + 2)
        requests = [ASKED[name].fields(a, b) for a, b in pairwise(digests)]
        load_s = _timed(lab, name, requests[:1])
        seconds = _timed(lab, name, requests[1:])
    mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return {"load_s": load_s, "ms": 1000 * seconds / n, "mb": mb}


def _timed(lab: Lab, name: str, requests: list[dict[str, Any]]) -> float:
    began = time.perf_counter()
    outcomes = lab.run_many(name, requests)
    seconds = time.perf_counter() - began
    unanswered = [one.reason for one in outcomes if not one.is_usable]
    if unanswered:
        raise ServiceError(f"{name}: got no answer: {unanswered[0]}")
    return seconds


def _pictures(lab: Lab, n: int) -> list[str]:
    """Put shifted copies of the drawn photograph into the vault."""
    import numpy as np
    from PIL import Image

    from heuresis.tools.image.examples import FUNDUS
    from heuresis.tools.image.pixels import encode

    drawn = Image.open(FUNDUS).convert("RGB").resize((SIZE_PX, SIZE_PX))
    array = np.asarray(drawn)
    return [lab.vault.put(encode(np.roll(array, shift, axis=(0, 1)))) for shift in range(n)]


if __name__ == "__main__":
    sys.stdout.write(json.dumps(_measured(sys.argv[1], int(sys.argv[2]))) + "\n")
