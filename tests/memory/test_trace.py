"""From a number on paper to the run, its inputs, its weights, its code, and what it leaned on."""

import json

import pytest
from sqlalchemy import update

from heuresis.errors import RequestError
from heuresis.memory import campaigns, claims
from heuresis.memory.campaigns import NewCandidate, Verdict
from heuresis.memory.ledger import Ledger
from heuresis.memory.runs import QUANTITY
from heuresis.memory.trace import flatten, trace
from heuresis.serving.context import Context
from heuresis.serving.lab import Lab
from heuresis.version import code_version

pytestmark = pytest.mark.both_stores


def set_value(ledger: Ledger, run_id: str, value: float) -> None:
    with ledger.write() as connection:
        connection.execute(update(QUANTITY).where(QUANTITY.c.run_id == run_id).values(value=value))


def campaign(ledger: Ledger) -> str:
    row = {"name": "small", "goal": "more", "kind": "molecule", "seed": 0, "spec": "{}",
           "spec_digest": "d", "cards": "{}", "code_version": "c"}  # fmt: skip
    return campaigns.start(ledger, row)


def candidate(ledger: Ledger, campaign_id: str, form: str) -> str:
    row = campaigns.get(ledger, campaign_id)
    campaigns.open_round(ledger, row, 1, [NewCandidate(form, (), "random", "made", None, "")], {})
    return campaigns.view(ledger, campaign_id, 1)[0].id


def test_a_number_leads_to_its_run_inputs_weights_and_code(lab: Lab) -> None:
    outcome = lab.run("test.echo", {"number": 21}, Context(origin="test:one"))
    (found,) = trace(lab.ledger, "42")
    assert found.run["id"] == outcome.run_id
    assert found.run["request"] == {"number": 21}
    assert found.run["response"]["double"]["value"] == 42
    assert (found.run["tool_version"], found.run["weights_digest"]) == ("1.0.0", "program:echo==1")
    assert found.run["code_version"] == code_version()
    assert (found.quantity or {})["path"] == "double"
    assert found.asked_by == ["test:one"]


@pytest.mark.parametrize(
    ("stored", "printed"),
    [(-1.2349, "-1.23"), (-1.2349, "\u22121.235"), (0.00012, "1.2e-4"), (41999.6, "42000"),
     (7.0, " 7.00 "), (0.5, "+0.5")],
)  # fmt: skip
def test_a_number_is_found_as_it_is_printed(lab: Lab, stored: float, printed: str) -> None:
    outcome = lab.run("test.echo", {"number": 1})
    set_value(lab.ledger, outcome.run_id, stored)
    assert [one.run["id"] for one in trace(lab.ledger, printed)] == [outcome.run_id]


def test_a_number_that_no_run_gave_is_refused(lab: Lab) -> None:
    outcome = lab.run("test.echo", {"number": 1})
    set_value(lab.ledger, outcome.run_id, 1.2361)
    for text in ("1.23", "1.25", "12", "nothing", "%%%%", "01ZZZZ", "sha256:00", ""):
        with pytest.raises(RequestError, match="got nothing by that number or id"):
            trace(lab.ledger, text)
    with pytest.raises(RequestError, match="no run can hold"):
        trace(lab.ledger, "1e99999999999999999999")


def test_too_many_runs_with_a_number_are_refused_with_advice(lab: Lab) -> None:
    outcomes = lab.run_many("test.echo", [{"number": n} for n in range(1, 31)])
    for outcome in outcomes:
        set_value(lab.ledger, outcome.run_id, 3.14)
    with pytest.raises(RequestError, match="30 runs with such a number.*give more digits"):
        trace(lab.ledger, "3.1")


def test_a_trace_goes_on_to_the_runs_that_a_run_leaned_on(lab: Lab) -> None:
    outcome = lab.run("test.sum", {"numbers": [3, 4]})
    (found,) = trace(lab.ledger, outcome.run_id)
    assert [need.run["request"]["number"] for need in found.needs] == [3, 4]
    assert len(flatten([found])) == 3
    again = lab.run("test.sum", {"numbers": [4, 5]})  # 4 is found, not run again
    (found,) = trace(lab.ledger, again.run_id)
    assert [need.run["request"]["number"] for need in found.needs] == [4, 5]


def test_the_beginning_of_an_id_leads_to_all_that_begin_so(lab: Lab) -> None:
    """Ids made within a millisecond differ in their last letter only."""
    outcome = lab.run("test.echo", {"number": 1})
    begun = trace(lab.ledger, outcome.run_id[:10])
    assert outcome.run_id in {one.run["id"] for one in begun}


def test_a_file_leads_to_the_run_that_made_it(lab: Lab) -> None:
    outcome = lab.run("test.echo", {"number": 2000})
    (by_id,) = trace(lab.ledger, outcome.run_id)
    (file,) = by_id.artifacts
    (by_file,) = trace(lab.ledger, file["digest"])
    assert by_file.run["id"] == outcome.run_id


def test_a_candidate_leads_to_what_judged_and_measured_it(lab: Lab) -> None:
    ledger = lab.ledger
    campaign_id = campaign(ledger)
    one = candidate(ledger, campaign_id, "CCO")
    judged, measured = lab.run_many("test.echo", [{"number": 5}, {"number": 6}])
    campaigns.note_verdicts(ledger, [Verdict(one, "range", True, "in it", judged.run_id)])
    campaigns.note_measurements(ledger, [(one, "size", measured.run_id, "double")])
    found = {each.run["id"]: each for each in trace(ledger, one)}
    assert found.keys() == {judged.run_id, measured.run_id}
    assert found[judged.run_id].used_by == [f"gate range of candidate {one}: passed"]
    assert found[measured.run_id].used_by == [f"size of candidate {one} in campaign small"]


def test_a_claim_leads_to_its_evidence(lab: Lab) -> None:
    outcome = lab.run("test.echo", {"number": 8})
    new = claims.NewClaim(
        text="eight doubles to sixteen", subject="8", predicate="doubles", data_kind="structured",
        domain="arithmetic", author="test",
    )  # fmt: skip
    claim = claims.state(lab.ledger, new)
    claims.cite(lab.ledger, claim, outcome.run_id, "double", "supports")
    (found,) = trace(lab.ledger, claim)
    assert found.used_by == [f"supports claim {claim}"]


def test_a_failed_run_is_traced_too(lab: Lab) -> None:
    outcome = lab.run("test.echo", {"number": -3})
    (found,) = trace(lab.ledger, outcome.run_id)
    assert (found.run["status"], found.run["response"]) == ("failed", None)
    assert "nonsense" in found.run["reason"]
    assert json.dumps(found.run)
