"""Claims: their status follows the evidence, in the transaction of the run that brings it."""

from typing import Any

import pytest
from fixtures_lab import rows
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from heuresis.errors import RequestError
from heuresis.memory import claims
from heuresis.memory.claim_tests import COMPARE, ClaimTest
from heuresis.memory.claims import NewClaim
from heuresis.serving.lab import Lab

pytestmark = pytest.mark.both_stores


def claim(text: str = "Doubles stay below ten.", **fields: Any) -> NewClaim:
    known = {"subject": "doubles", "predicate": "below", "data_kind": "structured",
             "domain": "arithmetic", "author": "test"}  # fmt: skip
    return NewClaim(text=text, **{**known, **fields})


def below(threshold: float, **fields: Any) -> ClaimTest:
    known = {"tool": "test.echo", "request_holds": '"number"', "path": "double", "sign": "<",
             "unit": "1"}  # fmt: skip
    return ClaimTest(threshold=threshold, **{**known, **fields})


def status(lab: Lab, claim_id: str) -> str:
    return str(claims.show(lab.ledger, claim_id)["status"])


def test_a_claim_is_proposed_then_supported_then_refuted_by_runs(lab: Lab) -> None:
    claim_id = claims.state(lab.ledger, claim(test=below(10)))
    assert status(lab, claim_id) == "proposed"
    lab.run("test.echo", {"number": 1})
    assert status(lab, claim_id) == "supported"
    lab.run("test.echo", {"number": 50})
    shown = claims.show(lab.ledger, claim_id)
    assert shown["status"] == "refuted"
    assert (shown["supports"], shown["contradicts"]) == (1, 1)
    assert [event["status"] for event in shown["history"]] == ["proposed", "supported", "refuted"]
    assert "open conflict" in shown["history"][-1]["reason"]
    assert {row["run_id"] for row in shown["evidence"]} == {
        row["id"] for row in rows(lab.ledger, "run")
    }


def test_a_support_does_not_raise_what_was_refuted(lab: Lab) -> None:
    claim_id = claims.state(lab.ledger, claim(test=below(10)))
    lab.run("test.echo", {"number": 50})
    lab.run("test.echo", {"number": 1})
    assert status(lab, claim_id) == "refuted"


@pytest.mark.sqlite_only
def test_the_flip_and_the_run_land_together_or_not_at_all(lab: Lab) -> None:
    """The database refuses the status, so the run that would bring it is not recorded either."""
    from sqlalchemy import text

    claim_id = claims.state(lab.ledger, claim(test=below(10)))
    with lab.ledger.write() as connection:
        connection.execute(
            text(
                "CREATE TRIGGER no_flip BEFORE INSERT ON claim_event "
                "BEGIN SELECT RAISE(ABORT, 'no flips today'); END"
            )
        )
    with pytest.raises(Exception, match="no flips today"):
        lab.run("test.echo", {"number": 50})
    for table in ("run", "quantity", "evidence", "call"):
        assert rows(lab.ledger, table) == [], table
    assert status(lab, claim_id) == "proposed"


@pytest.mark.parametrize("number", [0, -3, -13, -2])
def test_only_numbers_that_were_kept_speak(lab: Lab, number: int) -> None:
    claim_id = claims.state(lab.ledger, claim(test=below(-100)))
    outcome = lab.run("test.echo", {"number": number})
    assert status(lab, claim_id) == ("refuted" if outcome.response else "proposed")


@pytest.mark.parametrize(
    "other",
    [
        {"tool": "test.odd"},
        {"path": "treble"},
        {"unit": "eV"},
        {"request_holds": '"number":77'},
        {"request_holds": '"NUMBER"'},
        {"request_holds": "number_"},
    ],
)
def test_a_run_about_something_else_says_nothing(lab: Lab, other: dict[str, str]) -> None:
    claim_id = claims.state(lab.ledger, claim(test=below(10, **other)))
    lab.run("test.echo", {"number": 50})
    assert status(lab, claim_id) == "proposed"


def test_benzene_does_not_speak_of_cyclohexane(lab: Lab) -> None:
    """Case means something in SMILES: c1ccccc1 is benzene, C1CCCCC1 is not."""
    test = below(10, tool="test.odd", request_holds="C1CCCCC1", path="value", unit="eV")
    claim_id = claims.state(lab.ledger, claim(test=test))
    lab.run("test.odd", {"number": 50, "words": "c1ccccc1"})
    assert status(lab, claim_id) == "proposed"
    lab.run("test.odd", {"number": 50, "words": "C1CCCCC1"})
    assert status(lab, claim_id) == "refuted"


@pytest.mark.parametrize("smiles", ["F/C=C\\F", "[13C]%10", 'a"b', "O=C(O)_"])
def test_a_claim_finds_its_molecule_whatever_signs_it_holds(lab: Lab, smiles: str) -> None:
    test = below(10, tool="test.odd", request_holds=smiles, path="value", unit="eV")
    claim_id = claims.state(lab.ledger, claim(test=test))
    lab.run("test.odd", {"number": 1, "words": smiles})
    assert status(lab, claim_id) == "supported"


def test_a_claim_hears_the_runs_that_were_there_before_it(lab: Lab) -> None:
    lab.run("test.echo", {"number": 50})
    claim_id = claims.state(lab.ledger, claim(test=below(10)))
    assert lab.run("test.echo", {"number": 50}).cached  # a hit brings nothing new
    assert status(lab, claim_id) == "refuted"


@hypothesis_settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    sign=st.sampled_from(sorted(COMPARE)),
    threshold=st.integers(-4, 4),
    number=st.integers(10**6, 10**9),
)
def test_a_run_supports_exactly_what_it_satisfies(
    lab: Lab, sign: str, threshold: int, number: int
) -> None:
    asked = below(2 * number + threshold, sign=sign, request_holds=f'"number":{number}}}')
    claim_id = claims.state(lab.ledger, claim(test=asked))
    lab.run("test.echo", {"number": number})
    holds = COMPARE[sign](0, threshold)
    assert status(lab, claim_id) == ("supported" if holds else "refuted")


def test_a_claim_that_is_superseded_names_its_successor_and_hears_no_more(lab: Lab) -> None:
    old = claims.state(lab.ledger, claim(test=below(10)))
    new = claims.state(lab.ledger, claim("Doubles stay below 200.", supersedes_id=old))
    shown = claims.show(lab.ledger, old)
    assert shown["status"] == "superseded"
    assert shown["history"][-1]["reason"] == f"by {new}"
    lab.run("test.echo", {"number": 50})
    assert status(lab, old) == "superseded"
    assert claims.show(lab.ledger, new)["supersedes_id"] == old


def test_a_claim_cannot_supersede_what_is_not_there(lab: Lab) -> None:
    with pytest.raises(RequestError, match="claim 'nobody': got an unknown id"):
        claims.state(lab.ledger, claim(supersedes_id="nobody"))
    assert rows(lab.ledger, "claim") == rows(lab.ledger, "outbox") == []


def test_contested_claims_are_those_with_evidence_on_both_sides(lab: Lab) -> None:
    claims.state(lab.ledger, claim("All are below 1000.", test=below(1000)))
    contested = claims.state(lab.ledger, claim(test=below(10)))
    for number in (1, 50):
        lab.run("test.echo", {"number": number})
    assert len(claims.list_claims(lab.ledger)) == 2
    (row,) = claims.list_claims(lab.ledger, contested=True)
    assert (row["id"], row["supports"], row["contradicts"]) == (contested, 1, 1)


def test_evidence_by_hand_must_be_a_number_of_a_run(lab: Lab) -> None:
    claim_id = claims.state(lab.ledger, claim())
    run = lab.run("test.echo", {"number": 1})
    with pytest.raises(RequestError, match="got no quantity 'treble'"):
        claims.cite(lab.ledger, claim_id, run.run_id, "treble", "supports")
    with pytest.raises(RequestError, match="run 'nobody': got no quantity"):
        claims.cite(lab.ledger, claim_id, "nobody", "double", "supports")
    with pytest.raises(RequestError, match="claim 'nobody': got an unknown id"):
        claims.cite(lab.ledger, "nobody", run.run_id, "double", "supports")
    assert claims.cite(lab.ledger, claim_id, run.run_id, "double", "contradicts") == "refuted"
    assert rows(lab.ledger, "evidence")[0]["stance"] == "contradicts"


def test_an_unknown_claim_is_named(lab: Lab) -> None:
    with pytest.raises(RequestError, match="claim 'nobody': got an unknown id"):
        claims.show(lab.ledger, "nobody")


@pytest.mark.parametrize("date", ["tomorrow", "2026-1-1", "never", "never: "])
def test_a_claim_says_when_to_look_again_or_why_never(date: str) -> None:
    with pytest.raises(ValueError, match="recheck_after"):
        claim(recheck_after=date)
