"""A library screened for numbers of `molecule.describe`, beside a plain RDKit script.

Fairness: both sides read the same file of generated SMILES, compute the same numbers, and write
the kept molecules with them and a canonical SMILES. The plain script (`plain_screen`) does nothing
else. Ours settles the canonical form, screens hazards, checks every answer, writes Parquet with
failures, and commits each shard to a ledger. Three sets of numbers: six that take little, all that
take little (without QED), and all.

On one processor both run in this process, in turns. On all, both are processes of their own, timed
from start to end; ours starts Ray, whose start is told beside. Memory is that of all processes of
a side together (shared pages counted in each), the largest of samples.
"""

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from itertools import count, islice
from pathlib import Path
from typing import Any

from heuresis.errors import ServiceError
from heuresis.evals.bench import plain_screen
from heuresis.evals.bench.generated_library import N_ALL, molecules, write_library
from heuresis.evals.bench.machine import n_cpus
from heuresis.evals.bench.measure import alternate, median
from heuresis.evals.bench.row import Row, against_peer, told
from heuresis.evals.bench.workplace import temporary_settings
from heuresis.settings import Settings

TOOL = "molecule.describe"
WORDS = {"six": "six numbers", "cheap": "15 numbers, all but QED", "all": "all 16 numbers"}
TOGETHER = "cheap"
KEEP = "average_mass < 500 Da and log_p < 5"
SIZE, QUICK_SIZE = 100_000, 4_000
ALONE_SIZE, QUICK_ALONE_SIZE = 5_000, 500  # in a turn
TURNS, QUICK_TURNS = 5, 2
NEEDED = 0.8
SAMPLE_S = 0.5
MB = 1024 * 1024


def measure(*, quick: bool, size: int | None = None) -> list[Row]:
    """Time one processor in turns, then all of them once.

    Args:
        quick: Small.
        size: Molecules of the run on all processors.
    """
    n = min(size or (QUICK_SIZE if quick else SIZE), N_ALL)
    with temporary_settings() as settings:
        alone = [_alone(settings, which, quick=quick) for which in WORDS]
        return [*alone, *_together(settings, n)]


def _alone(settings: Settings, which: str, *, quick: bool) -> Row:
    n, turns = (QUICK_ALONE_SIZE, QUICK_TURNS) if quick else (ALONE_SIZE, TURNS)
    path, out = settings.home / "alone.smi", settings.home / "alone.csv"
    screen = _screen_here(settings, path, which)
    write_library(path, 1 + turns)
    screen(0)
    plain_screen.screen(path, out, 1, which)  # both warm

    def ours(turn: int) -> None:
        _part(path, n, turn)
        screen(turn + 1)

    def theirs(turn: int) -> None:
        _part(path, n, turn)
        plain_screen.screen(path, out, 1, which)

    ms = {
        name: [1000 * each / n for each in seconds]
        for name, seconds in alternate({"ours": ours, "theirs": theirs}, turns).items()
    }
    return against_peer(
        f"screening.one_core_{which}", f"{WORDS[which]}, one process, {n:,} molecules a turn",
        ms["ours"],
        ("a plain script", ms["theirs"]), "ms/molecule", needed=NEEDED,
        note=f"{1000 / median(ms['ours']):,.0f} and {1000 / median(ms['theirs']):,.0f} "
        "molecules/s; ours also screens hazards, checks and records",
    )  # fmt: skip


def _part(path: Path, n: int, turn: int) -> None:
    """Write molecules that no turn before had, so that nothing is known already."""
    with path.open("w", encoding="utf-8") as file:
        lines = islice(molecules(), turn * n, (turn + 1) * n)
        file.writelines(f"{one} g{i}\n" for i, one in enumerate(lines))


def _screen_here(settings: Settings, path: Path, which: str) -> Callable[[int], object]:
    """Return what screens the library in this process, each time into a folder of its own."""
    from heuresis.serving.library.crew import Alone, Job
    from heuresis.serving.library.files import Folder
    from heuresis.serving.library.planning import Wish, plan_for, records_of_shard
    from heuresis.serving.library.records import open_library
    from heuresis.serving.library.screen import Screen
    from heuresis.serving.open_lab import open_lab

    lab = open_lab(settings)
    numbers = count()

    def screen(_: int) -> object:
        library = open_library(path)
        plan = plan_for(lab, library, Wish((TOOL,), KEEP, plain_screen.WHICH[which]))
        work = Screen(lab, Folder(settings.home / f"{which}{next(numbers)}"), plan)
        job = Job(plan, library, records_of_shard(plan), work.begin())
        return work.work(Alone(lab.policies), job, lambda _: None)

    return screen


def _together(settings: Settings, n: int) -> list[Row]:
    """Screen one library on all processors, each side once."""
    path = settings.home / "library.smi"
    write_library(path, n)
    cpus = n_cpus()
    theirs = _run(
        settings, "-m", plain_screen.__name__, str(path), str(settings.home / "plain.csv"),
        str(cpus), TOGETHER,
    )  # fmt: skip
    ours = _run(
        settings, "-m", "heuresis", "screen", str(path), "--tools", TOOL, "--keep", KEEP,
        "--columns", ",".join(plain_screen.WHICH[TOGETHER]), "--json",
        "--out", str(settings.home / "screened"),
    )  # fmt: skip
    found = json.loads(ours.said)
    n_refused = found["failed"].get("blocked", 0)  # by the screen that the plain script lacks
    if not 0 <= int(theirs.said) - found["kept"] <= n_refused or found["records"] != n:
        raise ServiceError(
            f"screening: got {found['kept']} kept of {found['records']}, and {theirs.said} by the "
            f"plain script, allowed: the same of {n}"
        )
    ms, plain_ms = 1000 * ours.seconds / n, 1000 * theirs.seconds / n
    start_s = ours.seconds - found["seconds"]
    early_mb, late_mb = ours.part_mb(0.4, 0.6), ours.part_mb(0.6, 0.8)
    rate = f"{n / ours.seconds / cpus:,.0f} and {n / theirs.seconds / cpus:,.0f} a second and core"
    return [
        against_peer(
            "screening.all_cores",
            f"{WORDS[TOGETHER]}, {n:,} molecules on {cpus} processors, whole commands",
            [ms], ("a plain script", [plain_ms]), "ms/molecule", needed=NEEDED,
            note=f"{rate}; {ours.seconds:.0f} and {theirs.seconds:.0f} s, of ours {start_s:.0f} s "
            f"before and after the work and Ray's start within it; kept {found['kept']:,}",
            details={"seconds": ours.seconds, "plain_seconds": theirs.seconds, "n": n},
        ),
        told(
            "screening.memory", "largest memory of all processes of ours", [ours.largest_mb], "MB",
            note=f"median of the third fifth of the time {early_mb:,.0f} MB, of the fourth "
            f"{late_mb:,.0f} MB; the command itself {ours.command_mb:,.0f} MB at most; the plain "
            f"script {theirs.largest_mb:,.0f} MB",
            details={"early_mb": early_mb, "late_mb": late_mb},
        ),
    ]  # fmt: skip


@dataclass(frozen=True)
class Ended:
    """One command, run to its end.

    Attributes:
        said: On stdout.
        seconds: From start to end.
        samples: Memory of all its processes, and its own, in MB.
    """

    said: str
    seconds: float
    samples: Sequence[tuple[float, float]]

    @property
    def largest_mb(self) -> float:
        """Of all its processes."""
        return max(whole for whole, _ in self.samples)

    @property
    def command_mb(self) -> float:
        """Of the command itself, at most."""
        return max(own for _, own in self.samples)

    def part_mb(self, begin: float, end: float) -> float:
        """Return the median of a part of the time."""
        whole = [each for each, _ in self.samples]
        return median(whole[int(begin * len(whole)) : int(end * len(whole))] or whole)


def _run(settings: Settings, *arguments: str) -> Ended:
    environment = {**os.environ, "HEURESIS_HOME": str(settings.home), "HEURESIS_RAY_ADDRESS": ""}
    began = time.perf_counter()
    process = subprocess.Popen(
        [sys.executable, *arguments], env=environment, stdout=subprocess.PIPE,
        stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    samples = _samples(process)
    said, wrong = process.communicate()
    seconds = time.perf_counter() - began
    if process.returncode:
        raise ServiceError(f"{arguments[1]}: ended with {process.returncode}: {wrong[-500:]}")
    return Ended(said, seconds, samples or [(1.0, 1.0)])


def _samples(process: "subprocess.Popen[str]") -> Sequence[tuple[float, float]]:
    """Return memory of a process with its children, and its own, in MB, as long as it runs."""
    import psutil

    found = []
    root = psutil.Process(process.pid)
    while process.poll() is None:
        with suppress(psutil.Error):
            own = root.memory_info().rss / MB
            rest = [_rss_mb(child) for child in root.children(recursive=True)]
            found.append((own + sum(rest), own))
        time.sleep(SAMPLE_S)
    return found


def _rss_mb(child: Any) -> float:
    import psutil

    with suppress(psutil.Error):
        return float(child.memory_info().rss) / MB
    return 0.0
