"""A campaign that a session began is held to the session's rules; a person's own is not."""

from collections.abc import Callable, Iterator

import pytest
from fixtures_lab import rows
from small_campaign import small

from heuresis.agent import campaign
from heuresis.agent.assistant.approving import asked_of, waiting_in
from heuresis.agent.assistant.state import Bench, Limits
from heuresis.agent.assistant.turn import say
from heuresis.agent.planning.plan import Campaign, Plan
from heuresis.agent.spec import CampaignSpec
from heuresis.memory import grants, sessions
from heuresis.memory.approval_queue import find_request
from heuresis.serving.context import Context
from heuresis.serving.lab import Lab
from heuresis.settings import Settings

RULES = """
rules:
  - {id: weighing, verdict: ask, why: scales wear out, origins: [session], tool: test.weigh}
"""
Spec = Callable[..., CampaignSpec]


@pytest.fixture(autouse=True)
def rules(settings: Settings) -> Iterator[None]:
    settings.home.mkdir(parents=True, exist_ok=True)
    (settings.home / "approval.yaml").write_text(RULES)
    yield


@pytest.fixture
def bench(lab: Lab) -> Bench:
    """A turn whose plan is one campaign."""
    message = say(lab, sessions.open_session(lab.ledger, "test"), "find a heavy one")
    at = Bench(lab, sessions.get_message(lab.ledger, message), Limits(), lambda event: None)
    step = Campaign(id="s1", spec=small())
    plan = Plan(planner="test", goal="x", subjects=(), steps=(step,))
    at.note("plan", plan.model_dump(mode="json"))
    return at


def weighed(lab: Lab) -> set[str]:
    return {row["status"] for row in rows(lab.ledger, "run") if row["tool"] == "test.weigh"}


def drive(lab: Lab, settings: Settings, spec: CampaignSpec, began: Context | None) -> None:
    campaign.drive(campaign.start(spec, lab, settings), lab, settings, began=began)


def test_a_campaign_of_a_session_waits_as_one_and_one_word_lets_all_of_it_pass(
    lab: Lab, settings: Settings, bench: Bench, spec: Spec
) -> None:
    [waiting] = waiting_in(bench)
    [row] = rows(lab.ledger, "approval_request")
    assert row["id"] == waiting.request_id
    assert "test.weigh, a whole campaign" in row["text"]
    grants.grant(lab.ledger, find_request(lab.ledger, row["id"]), "once", "me")
    assert waiting_in(bench) == []
    [step] = bench.plan().steps
    drive(lab, settings, spec(), bench.context("s1", asked_of(step, bench.plan())))
    assert weighed(lab) == {"ok"}


def test_a_campaign_that_a_session_began_unasked_is_blocked_call_by_call(
    lab: Lab, settings: Settings, spec: Spec
) -> None:
    drive(lab, settings, spec(), Context(origin="session:S:M:s1", asked="sha256:x"))
    assert weighed(lab) == {"blocked"}
    assert len(rows(lab.ledger, "approval_request")) == 1


def test_a_campaign_that_a_person_began_waits_for_nobody(
    lab: Lab, settings: Settings, spec: Spec
) -> None:
    drive(lab, settings, spec(), None)
    assert weighed(lab) == {"ok"}
    assert rows(lab.ledger, "approval_request") == []
