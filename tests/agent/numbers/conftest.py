"""A ledger with a few runs, once for all tests of numbers."""

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

HERE = str(Path(__file__).resolve().parent)
if HERE not in sys.path:
    sys.path.append(HERE)

from numbers_ledger import FAILED, GONE, OK, PARTIAL, fill  # noqa: E402  # the path comes first

from heuresis.agent.numbers.renderer import Sources  # noqa: E402  # as above
from heuresis.memory.ledger import Ledger  # noqa: E402  # as above


@pytest.fixture(scope="session")
def ledger(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ledger]:
    place = tmp_path_factory.mktemp("numbers") / "ledger.sqlite"
    ledger = Ledger(f"sqlite:///{place}")
    fill(ledger)
    yield ledger
    ledger.close()


@pytest.fixture
def sources() -> Sources:
    return Sources(frozenset({OK, PARTIAL, FAILED, GONE}))
