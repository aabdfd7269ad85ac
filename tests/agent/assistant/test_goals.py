"""Answers that compare, test a claim or search: recorded once, traced to runs, safe to kill."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from fixtures_lab import rows

from heuresis.agent.assistant.claiming import gather
from heuresis.agent.assistant.steps import carry_out, progress_of
from heuresis.agent.assistant.turn import answer, say
from heuresis.agent.planning.protocol import latest_plan
from heuresis.errors import RequestError
from heuresis.memory import claims, sessions
from heuresis.memory.claim_tests import ClaimTest
from heuresis.memory.ledger import Ledger, derived_id
from heuresis.memory.sessions import MessageView
from heuresis.serving.context import Context
from heuresis.serving.lab import Lab
from heuresis.settings import Settings

DRIVER = Path(__file__).with_name("answer_one.py")
KILLED = -9
SEARCH = "find an analogue of phenol with higher QED"


def asked(lab: Lab, settings: Settings, *texts: str) -> list[MessageView]:
    session = sessions.open_session(lab.ledger, "test")
    turns = [answer(say(lab, session, text), lab, settings) for text in texts]
    return [one.message for one in turns if one.message is not None]


def stated(ledger: Ledger, threshold: float, text: str = "ethanol is drug-like") -> str:
    test = ClaimTest(tool="molecule.describe", request_holds='"smiles":"CCO"', path="qed",
                     sign=">", threshold=threshold, unit="1")  # fmt: skip
    new = claims.NewClaim(
        text=text, subject="QED of ethanol", predicate="is high", data_kind="symbolic",
        domain="molecule", author="a test", test=test,
    )  # fmt: skip
    return claims.state(ledger, new)


def test_a_difference_is_a_number_of_two_runs(lab: Lab, settings: Settings) -> None:
    [found] = asked(lab, settings, "how much heavier is CCCO than CCO")
    text = found.facts["text"]
    assert "The higher molecular weight: CCCO." in text
    assert "CCCO − CCO: 14.03 Da" in text  # noqa: RUF001  # a minus sign
    [derived] = [fill for fill in found.facts["fills"] if fill["kind"] == "derived"]
    assert derived["run_id"] in found.facts["runs"]
    assert derived["other"].removesuffix(".average_mass") in found.facts["runs"]
    assert found.facts["n_flags"] == 0


def test_yes_or_no_is_said_in_words(lab: Lab, settings: Settings) -> None:
    yes, no = asked(lab, settings, "Is CCCO heavier than CCO?", "Is the QED of CCO over 0.9?")
    assert "Yes: CCCO has the higher molecular weight" in yes.facts["text"]
    assert "- CCO, QED of CCO over 0.9: no" in no.facts["text"]
    assert "Left out" not in no.facts["text"]


def test_of_two_that_cannot_be_told_apart_the_larger_value_is_named_as_open(
    lab: Lab, settings: Settings
) -> None:
    [found] = asked(lab, settings, "which has the higher logP, CCO or CCCO?")
    assert "By value alone CCCO has the higher logP" in found.facts["text"]
    assert "cannot be told apart" in found.facts["text"]


def test_a_claim_is_recorded_with_its_evidence_and_named_by_the_message(
    lab: Lab, settings: Settings
) -> None:
    [found] = asked(lab, settings, "Hypothesis: CCO is heavier than CCCO")
    [row] = claims.list_claims(lab.ledger)
    assert (row["status"], row["text"]) == ("refuted", "CCO is heavier than CCCO")
    assert f"Claim {row['id']}, refuted" in found.facts["text"]
    evidence = claims.show(lab.ledger, row["id"])["evidence"]
    assert {one["run_id"] for one in evidence} <= set(found.facts["runs"])
    assert found.facts["n_flags"] == 0


def test_a_claim_that_is_stated_again_after_a_crash_is_the_same(
    lab: Lab, settings: Settings
) -> None:
    [found] = asked(lab, settings, "Hypothesis: CCO is heavier than CCCO")
    before = claims.show(lab.ledger, claims.list_claims(lab.ledger)[0]["id"])
    stages = sessions.stages(lab.ledger, found.answers_id or "")
    plan = latest_plan(stages)
    assert plan is not None
    step = plan.steps[-1]
    context = Context(origin=f"session:{found.session_id}:{found.answers_id}:{step.id}")
    again = carry_out(step, plan, progress_of(plan, stages), lab, context)
    assert again == {name: stages[f"step {step.id}"][name] for name in again}
    assert claims.show(lab.ledger, before["id"]) == before
    assert len(claims.list_claims(lab.ledger)) == 1


def test_a_claim_within_the_uncertainty_is_left_undecided(lab: Lab, settings: Settings) -> None:
    [found] = asked(lab, settings, "test whether Cc1ccccc1C is more soluble than Cc1cccc(C)c1")
    [row] = claims.list_claims(lab.ledger)
    assert (row["status"], row["supports"], row["contradicts"]) == ("proposed", 0, 0)
    assert ", undecided: Cc1ccccc1C is more soluble" in found.facts["text"]
    assert "leaves it open" in found.facts["text"]


def test_a_claim_that_a_run_refutes_is_raised_once_in_whatever_session(
    lab: Lab, settings: Settings
) -> None:
    claim_id = stated(lab.ledger, 0.9)
    assert claims.show(lab.ledger, claim_id)["status"] == "proposed"
    [first] = asked(lab, settings, "TPSA of CCO")
    [second] = asked(lab, settings, "TPSA of CCN")
    assert f"claim {claim_id}, refuted: ethanol is drug-like" in first.facts["text"]
    assert first.facts["n_flags"] == 0
    assert claim_id not in second.facts["text"]


def test_evidence_is_gathered_now_on_demand(lab: Lab, settings: Settings) -> None:
    asked(lab, settings, "is it true that the QED of CCN is below 0.9?")
    [row] = claims.list_claims(lab.ledger)
    n_runs = len(rows(lab.ledger, "run"))
    found = gather(lab, row["id"])
    assert (found["status"], len(found["asked"])) == ("supported", 1)
    assert len(rows(lab.ledger, "run")) == n_runs  # the same question is not run twice


def test_a_test_without_a_request_learns_it_from_a_run_or_says_so(
    lab: Lab, settings: Settings
) -> None:
    claim_id = stated(lab.ledger, 0.1)
    with pytest.raises(RequestError, match=r"tool run molecule\.describe"):
        gather(lab, claim_id)
    asked(lab, settings, "TPSA of CCO")
    assert gather(lab, claim_id)["status"] == "supported"


def test_an_id_that_is_derived_is_the_same_each_time() -> None:
    at = "01J9Z3K4M5N6P7Q8R9STVWXYZ0"
    assert derived_id("a", at) == derived_id("a", at) != derived_id("b", at)
    assert derived_id("a", at)[:10] == at[:10]
    assert len(derived_id("a", at)) == len(at)


@pytest.mark.slow
def test_a_search_ends_with_candidates_whose_numbers_are_runs(lab: Lab, settings: Settings) -> None:
    first, second = asked(lab, settings, SEARCH, "TPSA of the best one")
    text = first.facts["text"]
    [row] = rows(lab.ledger, "campaign")
    assert f"heuresis campaign report {row['id']}" in text
    assert {fill["kind"] for fill in first.facts["fills"]} >= {"count", "number"}
    assert first.facts["n_flags"] == 0
    assert "TPSA" in second.facts["text"]


def _run(home: Path, fault: str = "") -> int:
    env = {**os.environ, "HEURESIS_FAULT": fault, "ASK": SEARCH}
    return subprocess.run([sys.executable, str(DRIVER), str(home)], env=env, check=False).returncode


@pytest.mark.slow
def test_a_search_that_is_killed_goes_on_with_the_same_campaign(tmp_path: Path) -> None:
    assert _run(tmp_path, "record:2") == KILLED
    assert _run(tmp_path) == 0
    ledger = Ledger(Settings(home=tmp_path).ledger)
    try:
        [row] = rows(ledger, "campaign")
        assert row["status"] == "done"
        keys = [one["key"] for one in rows(ledger, "run")]
        assert len(keys) == len(set(keys))
    finally:
        ledger.close()
