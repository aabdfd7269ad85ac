"""The lab's fixtures; `tests/` on the path, so that test tools have a module to be named by."""

import sys
from pathlib import Path

HERE = str(Path(__file__).resolve().parent.parent)
if HERE not in sys.path:
    sys.path.append(HERE)

from fixtures_crate import altered, made  # noqa: E402  # the path comes first
from fixtures_lab import (  # noqa: E402  # as above
    empty_ledger,
    executions,
    home,
    lab,
    ledger,
    make_lab,
    postgres,
    pytest_generate_tests,
    store,
    test_tools,
)

__all__ = [
    "altered",
    "empty_ledger",
    "executions",
    "home",
    "lab",
    "ledger",
    "made",
    "make_lab",
    "postgres",
    "pytest_generate_tests",
    "store",
    "test_tools",
]
