"""A campaign runs through every room, keeps its budget, learns, and ends in a report."""

from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest
from filelock import FileLock

from heuresis.agent import campaign
from heuresis.agent.spec import CampaignSpec
from heuresis.agent.utility import utility_of
from heuresis.errors import RequestError
from heuresis.evals.ledger_audit import audit
from heuresis.evals.process_score import score
from heuresis.memory import campaigns, runs
from heuresis.memory.campaigns import CandidateView
from heuresis.serving.lab import Lab
from heuresis.settings import Settings

Spec = Callable[..., CampaignSpec]


def run(spec: CampaignSpec, lab: Lab, settings: Settings) -> tuple[str, list[CandidateView]]:
    campaign_id = campaign.start(spec, lab, settings)
    campaign.drive(campaign_id, lab, settings)
    return campaign_id, campaigns.view(lab.ledger, campaign_id)


def stop_of(lab: Lab, campaign_id: str) -> Any:
    return campaigns.get(lab.ledger, campaign_id).stop_reason


def test_a_campaign_proposes_judges_measures_and_reports(
    spec: Spec, lab: Lab, settings: Settings
) -> None:
    campaign_id, seen = run(spec(), lab, settings)
    assert {one.round for one in seen} == {1, 2, 3}
    assert all(one.gates for one in seen)
    measured = [one for one in seen if one.failed_gate is None]
    assert measured
    assert all(one.values["share"].run_id for one in measured)
    assert (campaign.report_folder(settings, campaign_id) / "report.html").is_file()


def test_every_promise_of_the_record_is_kept(spec: Spec, lab: Lab, settings: Settings) -> None:
    campaign_id, _ = run(spec(), lab, settings)
    findings = audit(lab.ledger, campaign_id)
    assert [one for one in findings if one.verdict == "fail"] == []
    assert sum(one.verdict == "pass" for one in findings) >= 18
    process, outcome = score(lab.ledger, campaign_id)
    assert process.stage_completeness == process.citation_precision == 1
    assert outcome.n_measured > 0


def test_the_audit_finds_a_record_that_was_tampered_with(
    spec: Spec, lab: Lab, settings: Settings
) -> None:
    campaign_id, _ = run(spec(), lab, settings)
    with lab.ledger.write() as connection:
        connection.exec_driver_sql("UPDATE run SET weights_digest = ''")
        connection.exec_driver_sql("UPDATE quantity SET unit = ''")
        connection.exec_driver_sql("DELETE FROM stage WHERE name = 'decision' AND round = 2")
        connection.exec_driver_sql("UPDATE campaign SET stop_reason = 'felt like it'")
    failed = {one.statement for one in audit(lab.ledger, campaign_id) if one.verdict == "fail"}
    assert {"R1.1", "R1.2", "R3.1", "R3.2"} <= failed


def test_results_change_what_is_proposed_next(spec: Spec, lab: Lab, settings: Settings) -> None:
    _, learning = run(spec(warm_start=False), lab, settings)
    _, frozen = run(spec(warm_start=False, memory="frozen"), lab, settings)
    first = [{one.form for one in seen if one.round == 1} for seen in (learning, frozen)]
    later = [{one.form for one in seen if one.round > 1} for seen in (learning, frozen)]
    assert first[0] == first[1]
    assert later[0] != later[1]


def test_the_loop_finds_more_than_it_began_with(spec: Spec, lab: Lab, settings: Settings) -> None:
    made = spec(budget={"rounds": 5, "per_round": 10})
    _, seen = run(made, lab, settings)
    by_round = [[utility_of(made.objectives, one) for one in seen if one.round == number]
                for number in (1, 5)]  # fmt: skip
    assert max(by_round[1]) > max(by_round[0])


def test_the_budget_of_calls_is_never_exceeded(spec: Spec, lab: Lab, settings: Settings) -> None:
    made = spec(budget={"rounds": 9, "per_round": 6, "calls": {"test.weigh": 10}})
    campaign_id, seen = run(made, lab, settings)
    assert stop_of(lab, campaign_id) == "budget"
    assert runs.fresh_calls(lab.ledger, campaign_id, "") == {"test.weigh": 10}
    assert any("budget" in gate.reason for one in seen for gate in one.gates if not gate.passed)


def test_answers_known_from_before_cost_no_call(spec: Spec, lab: Lab, settings: Settings) -> None:
    small = {"rounds": 1, "per_round": 6}
    _, before = run(spec(warm_start=False, budget=small), lab, settings)
    made = spec(warm_start=False, budget={**small, "calls": {"test.weigh": 1}})
    campaign_id, again = run(made, lab, settings)
    assert [one.form for one in again] == [one.form for one in before]
    assert runs.fresh_calls(lab.ledger, campaign_id, "") == {}
    assert not any("budget" in gate.reason for one in again for gate in one.gates)


@pytest.mark.parametrize(
    ("stop", "reason"),
    [({"utility": 0.01}, "goal met"), ({"patience": 1}, "patience")],
)
def test_it_stops_early_and_says_why(
    spec: Spec, lab: Lab, settings: Settings, stop: dict[str, Any], reason: str
) -> None:
    objectives = [{"name": "share", "direction": "maximise", "tool": "test.weigh",
                   "path": "weight", "unit": "1", "worst": 0.0, "best": 0.05}]  # fmt: skip
    made = spec(stop=stop, objectives=objectives, budget={"rounds": 9, "per_round": 4})
    campaign_id, _ = run(made, lab, settings)
    assert stop_of(lab, campaign_id) == reason


def test_a_campaign_without_candidates_ends_in_a_report_too(
    spec: Spec, lab: Lab, settings: Settings
) -> None:
    space = {"kind": "molecule", "start": ["CCO"], "keep_core": "c1ccccc1"}
    try:
        campaign_id, seen = run(spec(space=space), lab, settings)
    except RequestError as error:
        assert "keep_core" in str(error) or "CCO" in str(error)
        return
    assert stop_of(lab, campaign_id) == "no candidate" or not any(one.values for one in seen)


def test_a_wrong_unit_ends_the_campaign_as_an_error(
    spec: Spec, lab: Lab, settings: Settings
) -> None:
    objectives = [{"name": "share", "direction": "maximise", "tool": "test.weigh",
                   "path": "weight", "unit": "kg", "worst": 0.0, "best": 1.0}]  # fmt: skip
    campaign_id = campaign.start(spec(objectives=objectives), lab, settings)
    with pytest.raises(RequestError, match="got 'kg', allowed: '1'"):
        campaign.drive(campaign_id, lab, settings)
    assert stop_of(lab, campaign_id) == "error"


def test_a_hazardous_start_is_stopped_before_any_tool_sees_it(
    spec: Spec, lab: Lab, settings: Settings
) -> None:
    space = {"kind": "molecule", "start": ["CC(C)OP(C)(=O)F"], "elements": list("CNOFP")}
    _, seen = run(spec(space=space, budget={"rounds": 1, "per_round": 1}), lab, settings)
    assert [one.failed_gate.gate for one in seen if one.failed_gate] == ["hazard"] * len(seen)
    with lab.ledger.read() as connection:
        assert connection.exec_driver_sql("SELECT count(*) FROM run").scalar_one() == 0
        blocked = connection.exec_driver_sql("SELECT count(*) FROM policy_event").scalar_one()
    assert blocked == len(seen) >= 1


def test_what_lies_outside_a_tools_domain_is_rejected_with_the_reason(
    spec: Spec, lab: Lab, settings: Settings
) -> None:
    space = {"kind": "molecule", "start": ["CCSCC(=O)O"], "max_heavy_atoms": 10}
    made = spec(space=space, validators=[], budget={"rounds": 1, "per_round": 5})
    _, seen = run(made, lab, settings)
    reasons = [one.failed_gate.reason for one in seen if one.failed_gate]
    assert any("out_of_domain" in reason and "sulfur" in reason for reason in reasons)


def test_a_second_campaign_starts_from_what_the_first_learned(
    spec: Spec, lab: Lab, settings: Settings
) -> None:
    _, first = run(spec(), lab, settings)
    campaign_id, second = run(spec(seed=2), lab, settings)
    recalled = [one for one in second if one.retest]
    assert recalled
    assert {one.form for one in recalled} <= {one.form for one in first}
    fresh = {one.form for one in second if not one.retest}
    assert not fresh & {one.form for one in first if one.values}
    stages = campaigns.stages_of(lab.ledger, campaign_id)
    assert next(s for s in stages if s["name"] == "retrieved")["body"]["observations"] > 0


def test_the_same_seed_gives_the_same_campaign(spec: Spec, lab: Lab, settings: Settings) -> None:
    made = spec(warm_start=False)
    forms = [[(one.round, one.form) for one in run(made, lab, settings)[1]] for _ in range(2)]
    assert forms[0] == forms[1]


def test_two_processes_do_not_drive_one_campaign(spec: Spec, lab: Lab, settings: Settings) -> None:
    campaign_id = campaign.start(spec(), lab, settings)
    folder = settings.home / "campaigns"
    folder.mkdir(parents=True)
    with (
        FileLock(folder / f"{campaign_id}.lock"),
        pytest.raises(RequestError, match="another process drives it"),
    ):
        campaign.drive(campaign_id, lab, settings)


def test_a_finished_campaign_can_be_driven_again_without_effect(
    spec: Spec, lab: Lab, settings: Settings
) -> None:
    campaign_id, seen = run(spec(), lab, settings)
    campaign.drive(campaign_id, lab, settings)
    assert campaigns.view(lab.ledger, campaign_id) == seen


def test_shuffled_memory_keeps_the_values_and_moves_them(
    spec: Spec, lab: Lab, settings: Settings
) -> None:
    from heuresis.agent.knowledge import own_observations, told

    made = spec(memory="shuffled", budget={"rounds": 1, "per_round": 12})
    _, seen = run(made, lab, settings)
    true = own_observations(made, seen)
    heard = told(made, true, [], 2)
    assert Counter(one.utility for one in heard) == Counter(one.utility for one in true)
    assert [one.form for one in heard] == sorted(one.form for one in true)
    assert heard != sorted(true, key=lambda one: one.form)


def test_a_refuted_claim_changes_the_next_proposals(
    spec: Spec, lab: Lab, settings: Settings
) -> None:
    from heuresis.agent.knowledge import own_observations, told, with_refuted
    from heuresis.agent.proposers.build import build_proposer
    from heuresis.memory.claims import NewClaim, cite, show, state

    made = spec(budget={"rounds": 1, "per_round": 20})
    _, seen = run(made, lab, settings)
    own = own_observations(made, seen)

    def proposed() -> set[str]:
        proposer = build_proposer(made, 2)
        proposer.tell(told(made, with_refuted(lab.ledger, own), [], 2))
        return {one.form for one in proposer.ask(10, {one.form for one in own})}

    before = proposed()
    best = max(seen, key=lambda one: utility_of(made.objectives, one))
    claim = state(
        lab.ledger,
        NewClaim(
            text=f"{best.form} is rich in nitrogen and oxygen",
            subject=best.form,
            predicate="has a high share",
            data_kind="symbolic",
            domain="chemistry",
            author="a test",
        ),
    )
    number = best.values["share"]
    assert cite(lab.ledger, claim, number.run_id, number.path, "contradicts") == "refuted"
    assert [one["status"] for one in show(lab.ledger, claim)["history"]] == ["proposed", "refuted"]
    after = proposed()
    assert len(before & after) / len(before | after) < 1
