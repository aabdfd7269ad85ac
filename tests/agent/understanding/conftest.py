"""Reading of messages without Java, and a way to the sentences."""

import sys
from collections.abc import Callable, Iterable
from pathlib import Path

import pytest

HERE = str(Path(__file__).resolve().parent)
if HERE not in sys.path:
    sys.path.append(HERE)

from heuresis.agent.understanding.entities import Understanding  # noqa: E402  # the path comes first
from heuresis.agent.understanding.understand import understand  # noqa: E402  # as above


def no_reader(names: Iterable[str]) -> dict[str, str | None]:
    """Read no name at all, as OPSIN does with words that are none."""
    return dict.fromkeys(names)


@pytest.fixture
def read() -> Callable[..., Understanding]:
    """Read a message with the tables only."""
    return lambda text, *rest: understand(text, *rest, read_names=no_reader)
