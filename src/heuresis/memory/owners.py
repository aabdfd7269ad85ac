"""Is the process that holds a lease still alive? Without trusting the clock on this host."""

import os
import socket
from functools import cache
from pathlib import Path

import psutil


@cache
def _name(pid: int) -> str:
    return f"{socket.gethostname()}|{pid}|{_start(pid)}"


def this_owner() -> str:
    """Name this process: host, pid and when the kernel started it."""
    return _name(os.getpid())


def is_alive(owner: str, lease_until: float, wall_clock_s: float) -> bool:
    """Tell whether an owner lives.

    On this host the process table decides, so a jump of the clock changes nothing; for an owner
    on another host the lease decides, which that host renews.

    Args:
        owner: As `this_owner` named it.
        lease_until: Unix seconds.
        wall_clock_s: Unix seconds now.
    """
    host, _, rest = owner.partition("|")
    pid, _, start = rest.partition("|")
    if host != socket.gethostname() or not pid.isdecimal():
        return lease_until > wall_clock_s
    return start != "" and _start(int(pid)) == start


def _start(pid: int) -> str:
    """Return the start of a process in ticks since boot where the kernel tells, else in seconds."""
    stat = Path(f"/proc/{pid}/stat")
    try:
        if stat.exists():
            fields = stat.read_text().rpartition(")")[2].split()
            return "" if fields[0] in "ZX" else fields[19]
        return f"{psutil.Process(pid).create_time():.2f}"
    except (OSError, psutil.Error):
        return ""
