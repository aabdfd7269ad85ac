"""Facts about the machine without which a time means nothing."""

import os
import platform
from importlib.metadata import PackageNotFoundError, version

from heuresis.evals.bench.row import Machine

PACKAGES = (
    "heuresis", "admet-ai", "ase", "chgnet", "chemprop", "langgraph", "pydantic", "rdkit",
    "sqlalchemy", "torch",
)  # fmt: skip

Load = tuple[float, float, float]


def load_average() -> Load:
    """Return the length of the queue for processors over 1, 5 and 15 min; zeros where unknown."""
    try:
        return os.getloadavg()
    except (AttributeError, OSError):  # not known on this system
        return (0.0, 0.0, 0.0)


def machine(before: Load) -> Machine:
    """Describe this machine at the end of a bench.

    Args:
        before: The load average at its start.
    """
    return Machine(
        n_cpus=n_cpus(),
        load_before=before,
        load_after=load_average(),
        system=f"{platform.system()} {platform.machine()}",
        python=platform.python_version(),
        versions={name: _version(name) for name in PACKAGES},
    )


def n_cpus() -> int:
    """Count the processors this process may use."""
    try:
        return len(os.sched_getaffinity(0))
    except AttributeError:  # only Linux says it
        return os.cpu_count() or 1


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "absent"
