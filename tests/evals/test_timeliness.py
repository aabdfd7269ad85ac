"""Claims fall due when their date passes or their tools change."""

import sys
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

HERE = str(Path(__file__).resolve().parent.parent)
if HERE not in sys.path:
    sys.path.append(HERE)

from heuresis.evals.timeliness import due  # noqa: E402  # the path comes first
from heuresis.memory.claims import NewClaim, cite, state  # noqa: E402  # as above
from heuresis.serving.lab import Lab  # noqa: E402  # as above
from heuresis.serving.open_lab import open_lab  # noqa: E402  # as above
from heuresis.settings import Settings  # noqa: E402  # as above
from heuresis.tools import registry  # noqa: E402  # as above

TODAY = date(2030, 1, 1)


@pytest.fixture
def lab(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Lab]:
    monkeypatch.setitem(registry.BUILT_IN, "test.weigh", "weigh:WEIGH")
    registry.places.cache_clear()
    lab = open_lab(Settings(home=tmp_path))
    yield lab
    lab.ledger.close()
    registry.places.cache_clear()


def claim(lab: Lab, **changes: str) -> str:
    fields = {"text": "caffeine is light", "subject": "caffeine", "predicate": "is light",
              "data_kind": "symbolic", "domain": "chemistry", "author": "a test"}  # fmt: skip
    return state(lab.ledger, NewClaim.model_validate({**fields, **changes}))


def test_a_claim_whose_date_has_passed_is_due(lab: Lab) -> None:
    past, _ = claim(lab, recheck_after="2029-12-31"), claim(lab, recheck_after="2030-01-01")
    assert [one.claim_id for one in due(lab.ledger, TODAY)] == [past]


def test_a_claim_that_rests_on_a_changed_tool_is_due(lab: Lab) -> None:
    kept = claim(lab)
    outcome = lab.run("test.weigh", {"smiles": "CCO"})
    cite(lab.ledger, kept, outcome.run_id, "weight", "supports")
    assert due(lab.ledger, TODAY) == []
    with lab.ledger.write() as connection:
        connection.exec_driver_sql("UPDATE run SET weights_digest = 'program:scales==0'")
    (found,) = due(lab.ledger, TODAY)
    assert found.reasons == ("test.weigh, backend scales: other weights",)
    with lab.ledger.write() as connection:
        connection.exec_driver_sql("UPDATE run SET tool_version = '0.9.0'")
    assert "from version 0.9.0 to 1.0.0" in due(lab.ledger, TODAY)[0].reasons[0]


def test_a_superseded_claim_is_never_due(lab: Lab) -> None:
    old = claim(lab, recheck_after="2029-12-31")
    claim(lab, supersedes_id=old)
    assert due(lab.ledger, TODAY) == []
