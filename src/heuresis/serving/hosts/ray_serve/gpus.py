"""The GPUs of this computer and their memory, as NVIDIA's own program lists them."""

import shutil
import subprocess
from dataclasses import dataclass

PATIENCE_S = 15.0
QUERY = ("--query-gpu=name,memory.total", "--format=csv,noheader,nounits")
MIB_PER_GB = 1e9 / 1024**2


@dataclass(frozen=True)
class Gpu:
    """One of them.

    Attributes:
        name: As its maker calls it.
        memory_gb: Its memory, in GB.
    """

    name: str
    memory_gb: float


def found() -> list[Gpu]:
    """Return the GPUs there are; none where there is no driver, or it does not answer."""
    program = shutil.which("nvidia-smi")
    if program is None:
        return []
    try:
        done = subprocess.run(
            [program, *QUERY], capture_output=True, text=True, timeout=PATIENCE_S, check=True
        )
    except (OSError, subprocess.SubprocessError):
        return []
    return [gpu for line in done.stdout.splitlines() if (gpu := _gpu(line)) is not None]


def _gpu(line: str) -> Gpu | None:
    name, _, memory_mib = line.rpartition(",")
    try:
        return Gpu(name.strip(), float(memory_mib) / MIB_PER_GB)
    except ValueError:  # "[N/A]": memory that it shares with the computer
        return None
