"""Where graphs keep their state between nodes: one SQLite file of its own."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

WAIT_S = 60


@contextmanager
def checkpoints(path: Path) -> Iterator[sqlite3.Connection]:
    """Open the file of checkpoints, and close it at the end."""
    path.parent.mkdir(parents=True, exist_ok=True)
    connection = sqlite3.connect(path, check_same_thread=False, timeout=WAIT_S)
    # As the ledger has it: a killed process loses nothing, and no node waits for the disk.
    connection.execute("PRAGMA synchronous=NORMAL")
    try:
        yield connection
    finally:
        connection.close()
