"""A small campaign that needs no model."""

import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

HERE = str(Path(__file__).resolve().parent.parent)
if HERE not in sys.path:
    sys.path.append(HERE)

from fixtures_postgres import empty_ledger, postgres  # noqa: E402  # the path comes first
from small_campaign import small  # noqa: E402  # as above

from heuresis.agent.spec import CampaignSpec  # noqa: E402  # as above
from heuresis.serving.lab import Lab  # noqa: E402  # as above
from heuresis.serving.open_lab import open_lab  # noqa: E402  # as above
from heuresis.settings import Settings  # noqa: E402  # as above
from heuresis.tools import registry  # noqa: E402  # as above

FROM_POSTGRES = (empty_ledger, postgres)  # fixtures, for the tests of this folder


@pytest.fixture
def spec() -> Callable[..., CampaignSpec]:
    """Build the small campaign, with changes."""
    return lambda **changes: CampaignSpec.model_validate(small(**changes))


@pytest.fixture(autouse=True)
def weigh(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Put the test tool into the registry, as an installed package would."""
    monkeypatch.setitem(registry.BUILT_IN, "test.weigh", "weigh:WEIGH")
    registry.places.cache_clear()
    yield
    registry.places.cache_clear()


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """Settings with a home of this test's own."""
    return Settings(home=tmp_path / "home")


@pytest.fixture
def lab(settings: Settings) -> Iterator[Lab]:
    """The lab over that home."""
    lab = open_lab(settings)
    yield lab
    lab.ledger.close()
