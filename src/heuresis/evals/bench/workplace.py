"""A home for each measurement, and the bench's own tools in the registry while it lasts."""

import logging
import tempfile
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from io import StringIO
from pathlib import Path

from heuresis.serving.lab import Lab
from heuresis.serving.open_lab import open_lab
from heuresis.settings import Settings, get_settings
from heuresis.tools import registry

TOOLS: Mapping[str, str] = {
    "bench.noop": "heuresis.evals.bench.noop:NOOP",
    "bench.length": "heuresis.evals.bench.noop:LENGTH",
    "bench.faulty": "heuresis.evals.bench.faulty:FAULTY",
}


@contextmanager
def temporary_settings() -> Iterator[Settings]:
    """Settings of this process, but for a home that is deleted at the end."""
    with tempfile.TemporaryDirectory(prefix="heuresis-bench-") as folder:
        moved = {"home": Path(folder), "ledger_url": "", "vault_url": "", "recall_url": ""}
        yield Settings(**{**get_settings().model_dump(), **moved})


@contextmanager
def bench_tools() -> Iterator[None]:
    """Register the tools of the bench, and take them out again."""
    registry.BUILT_IN.update(TOOLS)
    registry.places.cache_clear()
    try:
        yield
    finally:
        for name in TOOLS:
            registry.BUILT_IN.pop(name, None)
        registry.places.cache_clear()
        registry.load.cache_clear()


@contextmanager
def temporary_lab() -> Iterator[Lab]:
    """The lab as the settings describe it, with all its policies, on an empty ledger."""
    with bench_tools(), temporary_settings() as settings:
        lab = open_lab(settings)
        try:
            yield lab
        finally:
            lab.ledger.close()


@contextmanager
def silence() -> Iterator[None]:
    """Keep progress bars, greetings and warnings of libraries off the screen."""
    logging.getLogger("lightning.pytorch").setLevel(logging.ERROR)
    with warnings.catch_warnings(), redirect_stdout(StringIO()), redirect_stderr(StringIO()):
        warnings.simplefilter("ignore")
        yield
