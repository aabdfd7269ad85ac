"""Run as a process by tests: read one file into a home and print the document's id."""

import sys
import time
from pathlib import Path

from heuresis.agent.documents.entering import enter_file
from heuresis.serving.context import Context
from heuresis.serving.open_lab import open_lab
from heuresis.settings import Settings


def main(home: Path, file: Path, start: str) -> None:
    lab = open_lab(Settings(home=home))
    if start:
        Path(f"{start}.{time.time_ns()}").touch()
        while not Path(start).exists():
            time.sleep(0.005)
    print(enter_file(lab, file, Context(origin="test")).document.id)


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3])
