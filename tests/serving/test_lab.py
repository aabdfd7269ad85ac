"""The door: what comes out of it, in which order, how often, and what it writes down."""

import json
import threading
from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any

import pytest
from fixtures_lab import MakeLab, rows
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from noop import EchoRequest
from odd_tools import CALLS, OddRequest

from heuresis.contract import Outcome, Request, Response, Status
from heuresis.errors import BudgetError, RequestError, ServiceError
from heuresis.memory import runs
from heuresis.serving.context import Context
from heuresis.serving.lab import Lab
from heuresis.serving.policy import Verdict

pytestmark = pytest.mark.both_stores

Executions = Callable[[], list[int]]


def echo(lab: Lab, *numbers: int, origin: str = "test:one") -> list[Outcome]:
    return lab.run_many("test.echo", [{"number": n} for n in numbers], Context(origin=origin))


# --- statuses ---


@pytest.mark.parametrize(
    ("number", "status", "kind", "reason"),
    [
        (1, Status.OK, "", ""),
        (0, Status.EMPTY, "", "nothing in it"),
        (-1, Status.FAILED, "request", "allowed: others"),
        (-2, Status.OUT_OF_DOMAIN, "domain", "not made for"),
        (-3, Status.FAILED, "service", "got nonsense"),
        (-13, Status.FAILED, "service", "bad luck"),
        (-14, Status.FAILED, "service", "ZeroDivisionError: a model's own error"),
    ],
)
def test_every_way_to_end_has_its_status(
    lab: Lab, number: int, status: Status, kind: str, reason: str
) -> None:
    (outcome,) = echo(lab, number)
    assert (outcome.status, outcome.error_kind) == (status, kind)
    assert reason in outcome.reason
    assert (outcome.response is None) == (status not in (Status.OK, Status.EMPTY))
    (row,) = rows(lab.ledger, "run")
    assert (row["id"], row["status"], row["reason"]) == (outcome.run_id, status, outcome.reason)


def test_answers_come_in_the_order_of_the_questions(lab: Lab) -> None:
    numbers = [5, -2, 3, 1002, -1, 0, 4, 3]
    outcomes = echo(lab, *numbers)
    doubles = [o.quantities["double"].value if o.response else None for o in outcomes]
    assert doubles == [10, None, 6, 2004, None, 0, 8, 6]


def test_no_questions_get_no_answers(lab: Lab) -> None:
    assert lab.run_many("test.echo", []) == []
    assert rows(lab.ledger, "run") == []


def test_a_question_asked_twice_in_a_batch_runs_once(lab: Lab, executions: Executions) -> None:
    first, second, _ = echo(lab, 7, 7, 7)
    assert executions() == [7]
    assert first.run_id == second.run_id
    assert (first.cached, second.cached) == (False, True)
    assert len(rows(lab.ledger, "run")) == len(rows(lab.ledger, "call")) == 1


@pytest.mark.parametrize("number", [7, 0, 1001, -2, -3])
def test_a_second_call_is_a_hit_and_equal(lab: Lab, number: int) -> None:
    (first,) = echo(lab, number)
    (second,) = echo(lab, number)
    assert second.model_copy(update={"cached": first.cached}) == first
    if number != -2:
        assert second.cached


def test_equal_requests_share_a_run_however_they_are_written(lab: Lab) -> None:
    requests: list[Request | dict[str, Any]] = [
        EchoRequest(number=8), {"number": 8}, {"number": "8"}, {"number": 8.0},
    ]  # fmt: skip
    assert len({o.run_id for o in lab.run_many("test.echo", requests)}) == 1
    lab.run_many("test.odd", [{"number": 1, "words": " a "}, {"words": "a", "number": 1}])
    assert len(rows(lab.ledger, "run")) == 2


def test_out_of_domain_is_recorded_once_and_found_again(lab: Lab, executions: Executions) -> None:
    (first,) = echo(lab, -2, origin="test:one")
    (second,) = echo(lab, -2, origin="test:two")
    assert first.run_id == second.run_id
    assert len(rows(lab.ledger, "run")) == 1
    assert [row["origin"] for row in rows(lab.ledger, "call")] == ["test:one", "test:two"]
    assert executions() == []


def test_a_failure_is_retried_by_another_origin_but_not_by_a_replay(lab: Lab) -> None:
    (first,) = lab.run_many("test.odd", [{"number": 1}], Context(origin="a"), "broken")
    (replay,) = lab.run_many("test.odd", [{"number": 1}], Context(origin="a"), "broken")
    assert (replay.run_id, replay.cached, len(CALLS)) == (first.run_id, True, 1)
    (other,) = lab.run_many("test.odd", [{"number": 1}], Context(origin="b"), "broken")
    assert (other.run_id != first.run_id, len(CALLS)) == (True, 2)
    assert [row["attempt"] for row in rows(lab.ledger, "run")] == [1, 2]


# --- one bad request does not harm the rest ---


def test_one_bad_request_in_a_hundred_harms_no_other(lab: Lab, executions: Executions) -> None:
    numbers = list(range(1, 101))
    numbers[10], numbers[40], numbers[70], numbers[90] = -13, -1, -2, -14
    outcomes = echo(lab, *numbers)
    bad = {n: o.status for n, o in zip(numbers, outcomes, strict=True) if not o.is_usable}
    assert bad == {-13: "failed", -1: "failed", -2: "out_of_domain", -14: "failed"}
    assert executions() == sorted(n for n in numbers if n > 0)


@pytest.mark.parametrize(("number", "where"), [(-10, "canonical"), (-11, "domain"), (-12, "check")])
def test_a_bug_in_a_tool_harms_only_the_request_that_meets_it(
    lab: Lab, number: int, where: str
) -> None:
    good, bad = lab.run_many("test.odd", [{"number": 1}, {"number": number}])
    assert good.status == "ok"
    assert (bad.status, bad.error_kind, bad.response) == ("failed", "service", None)
    assert f"KeyError: '{where}'" in bad.reason


@pytest.mark.parametrize(
    "raw",
    [
        {},
        {"number": "many"},
        {"number": 1, "colour": "red"},
        {"number": float("nan")},
        {"number": b"\xff"},
        {"number": "\ud800"},
        {3: 4},
        "CCO",
        OddRequest(number=1),
    ],
)
def test_what_is_no_request_fails_and_the_rest_runs(lab: Lab, raw: Any) -> None:
    bad, good = lab.run_many("test.echo", [raw, {"number": 4}])
    assert (bad.status, bad.error_kind) == ("failed", "request")
    assert "got" in bad.reason
    assert good.status == "ok"
    again = lab.run_many("test.echo", [raw])[0]
    assert again.run_id == bad.run_id


@hypothesis_settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    raw=st.dictionaries(
        st.text(st.characters(codec=None), max_size=8),
        st.recursive(
            st.none() | st.booleans() | st.floats() | st.binary(max_size=4)
            | st.text(st.characters(codec=None), max_size=8),
            lambda inner: st.lists(inner, max_size=2),
            max_leaves=4,
        ),
        min_size=1,
        max_size=3,
    )
)  # fmt: skip
def test_no_dictionary_whatever_breaks_the_door(lab: Lab, raw: dict[str, Any]) -> None:
    (outcome,) = lab.run_many("test.echo", [raw])
    assert outcome.status in ("ok", "empty", "failed", "out_of_domain")


# --- backends that break their contract ---


@pytest.mark.parametrize(
    ("backend", "reason"),
    [
        ("short", "got 0 responses, allowed: 1"),
        ("alien", "got a OtherResponse, allowed: OddResponse"),
        ("nan", "ValidationError"),
        ("broken", "the weights are torn"),
        ("down", "out for lunch"),
    ],
)
def test_a_backend_that_breaks_its_contract_fails_and_gives_no_number(
    lab: Lab, backend: str, reason: str
) -> None:
    outcome = lab.run("test.odd", {"number": 1}, backend=backend)
    assert (outcome.status, outcome.error_kind) == ("failed", "service")
    assert reason in outcome.reason
    assert outcome.quantities == {}
    assert rows(lab.ledger, "quantity") == []


def test_a_batch_answered_short_is_not_matched_to_the_wrong_questions(lab: Lab) -> None:
    outcomes = lab.run_many("test.odd", [{"number": n} for n in range(5)], backend="short")
    assert {o.status for o in outcomes} == {Status.FAILED}


def test_a_transient_error_is_retried(lab: Lab) -> None:
    assert lab.run("test.odd", {"number": 1}, backend="flaky").status == "ok"
    assert len(CALLS) == 3


def test_a_transient_error_is_retried_twice_at_most_and_a_permanent_one_never(lab: Lab) -> None:
    lab.run("test.odd", {"number": 1}, backend="down")
    lab.run("test.odd", {"number": 1}, backend="broken")
    assert Counter(name for name, _ in CALLS) == {"down": 3, "broken": 1}


def test_a_service_that_is_down_is_not_asked_for_every_request_of_a_batch(lab: Lab) -> None:
    outcomes = lab.run_many("test.odd", [{"number": n} for n in range(40)], backend="down")
    assert {o.status for o in outcomes} == {Status.FAILED}
    assert len(CALLS) == 3


def test_a_backend_may_refuse_one_request_of_many(lab: Lab) -> None:
    outcomes = lab.run_many("test.odd", [{"number": n} for n in (1, 66, 2)], backend="picky")
    assert [o.status for o in outcomes] == ["ok", "failed", "ok"]
    assert outcomes[1].error_kind == "request"


def test_a_time_out_fails_and_says_the_limit(lab: Lab) -> None:
    outcome = lab.run("test.odd", {"number": 1}, backend="slow")
    assert outcome.status == "failed"
    assert "no answer within 0.3 s" in outcome.reason
    assert len(CALLS) == 1


def test_a_broken_postcondition_keeps_no_number_and_no_answer(lab: Lab) -> None:
    (outcome,) = echo(lab, -3)
    assert outcome.response is None
    assert rows(lab.ledger, "quantity") == []
    (row,) = rows(lab.ledger, "run")
    assert row["response"] is None


# --- what is written down ---


def test_calls_made_are_rows_written(lab: Lab) -> None:
    echo(lab, 1, 2, -2, -1, -3, origin="test:one")
    echo(lab, 1, 2, 3, -2, origin="test:two")
    calls = Counter((row["origin"], bool(row["cached"])) for row in rows(lab.ledger, "call"))
    assert calls == {("test:one", False): 5, ("test:two", False): 1, ("test:two", True): 3}
    assert len(rows(lab.ledger, "run")) == 6


def test_a_call_names_its_campaign_and_session(lab: Lab) -> None:
    context = Context(origin="campaign:c:1:validate", campaign_id="c", session_id="s")
    lab.run("test.echo", {"number": 1}, context)
    (row,) = rows(lab.ledger, "call")
    assert (row["campaign_id"], row["session_id"]) == ("c", "s")
    assert runs.fresh_calls(lab.ledger, "c", "") == {"test.echo": 1}
    assert runs.fresh_calls(lab.ledger, "c", "campaign:c:1:validate") == {}


def test_every_number_is_kept_with_its_unit_and_path(lab: Lab) -> None:
    (outcome,) = echo(lab, 21)
    (row,) = runs.quantities_of(lab.ledger, outcome.run_id)
    assert (row.path, row.value, row.unit) == ("double", 42, "1")
    assert row.no_uncertainty == "computed exactly by definition"


def test_a_run_names_code_backend_and_weights(lab: Lab) -> None:
    echo(lab, 1)
    (row,) = rows(lab.ledger, "run")
    assert (row["tool_version"], row["backend"], row["weights_digest"]) == (
        "1.0.0", "echo", "program:echo==1",
    )  # fmt: skip
    assert "+src." in row["code_version"]
    assert json.loads(row["request"]) == {"number": 1}


def test_files_are_in_the_vault_and_named_in_the_ledger(lab: Lab) -> None:
    (outcome,) = echo(lab, 1001)
    (row,) = runs.artifacts_of(lab.ledger, outcome.run_id)
    assert (row.path, row.name, row.media_type) == ("file", "number.txt", "text/plain")
    assert lab.vault.get(row.digest) == b"1001"


def test_a_file_that_cannot_be_stored_leaves_no_row_and_no_lease(
    make_lab: MakeLab, executions: Executions, tmp_path: Any
) -> None:
    (tmp_path / "wall").write_text("a file where a folder should be")
    lab = make_lab(vault_url=str(tmp_path / "wall/vault"))
    with pytest.raises(ServiceError, match="vault .*cannot store sha256"):
        echo(lab, 1, 1001)
    assert rows(lab.ledger, "run") == rows(lab.ledger, "artifact") == []
    assert [o.status for o in echo(make_lab(), 1, 1001)] == ["ok", "ok"]
    assert executions() == [1, 1, 1001, 1001]


def test_the_cards_notice_travels_with_every_outcome(lab: Lab) -> None:
    fresh, hit = (lab.run("test.odd", {"number": 1}) for _ in range(2))
    assert fresh.notice == hit.notice == "For tests only."


# --- tools that lean on tools ---


def test_what_a_tool_needs_runs_through_the_door_and_is_cached(
    lab: Lab, executions: Executions
) -> None:
    outcome = lab.run("test.sum", {"numbers": [3, 4]}, Context(origin="test:one"))
    assert outcome.quantities["total"].value == 14
    assert Counter(row["tool"] for row in rows(lab.ledger, "run")) == {
        "test.echo": 2, "test.sum": 1,
    }  # fmt: skip
    other = lab.run("test.sum", {"numbers": [4, 5]}, Context(origin="test:two"))
    assert other.quantities["total"].value == 18
    assert executions() == [3, 4, 5]
    assert lab.run("test.echo", {"number": 5}).cached


def test_a_need_that_fails_fails_only_the_request_that_leans_on_it(lab: Lab) -> None:
    bad, good = lab.run_many("test.sum", [{"numbers": [1, -13]}, {"numbers": [1, 2]}])
    assert bad.status == "failed"
    assert "bad luck" in bad.reason
    assert good.quantities["total"].value == 6


def test_a_need_that_failed_is_retried_with_the_request_that_leans_on_it(lab: Lab) -> None:
    for origin in ("test:one", "test:one", "test:two"):
        lab.run("test.sum", {"numbers": [-13]}, Context(origin=origin))
    attempts = Counter(row["tool"] for row in rows(lab.ledger, "run"))
    assert attempts == {"test.sum": 2, "test.echo": 2}


# --- policies ---


class Says:
    """A policy that answers what it was told to, by number; others pass."""

    name = "fake"

    def __init__(
        self,
        before: dict[int, Verdict] | None = None,
        after: dict[int, Verdict] | None = None,
        rules: str = "rules:1",
    ) -> None:
        self._before, self._after, self._rules = before or {}, after or {}, rules

    def digest(self) -> str:
        return self._rules

    def judge(self, kind: str, forms: Sequence[str]) -> list[Verdict]:
        return [Verdict()] * len(forms)

    def before(self, tool: str, requests: Sequence[Any]) -> list[Verdict]:
        return [self._before.get(request.number, Verdict()) for request in requests]

    def after(
        self, tool: str, requests: Sequence[Any], responses: Sequence[Response]
    ) -> list[Verdict]:
        return [self._after.get(request.number, Verdict()) for request in requests]


BLOCK = Verdict("blocked", "fake.one", "not to be made here", "sha256:subject")
REVIEW = Verdict("review", "fake.two", "a person should look", "sha256:subject")


def test_a_blocked_request_does_not_run(make_lab: MakeLab, executions: Executions) -> None:
    lab = make_lab(Says(before={5: BLOCK}))
    blocked, passed = echo(lab, 5, 6)
    assert (blocked.status, blocked.reason) == ("blocked", "fake.one: not to be made here")
    assert passed.status == "ok"
    assert executions() == [6]
    (event,) = rows(lab.ledger, "policy_event")
    assert (event["phase"], event["level"], event["rule_id"]) == ("before", "blocked", "fake.one")
    assert (event["subject"], event["rules_digest"]) == ("sha256:subject", "rules:1")


def test_a_block_holds_only_as_long_as_its_rules(make_lab: MakeLab) -> None:
    assert echo(make_lab(Says(before={5: BLOCK})), 5)[0].status == "blocked"
    assert echo(make_lab(Says(rules="rules:2")), 5)[0].status == "ok"


def test_a_request_that_ran_before_is_blocked_by_new_rules(make_lab: MakeLab) -> None:
    assert echo(make_lab(), 5)[0].status == "ok"
    (outcome,) = echo(make_lab(Says(before={5: BLOCK})), 5)
    assert (outcome.status, outcome.response) == ("blocked", None)


def test_a_blocked_answer_is_withheld_and_not_recorded(
    make_lab: MakeLab, executions: Executions
) -> None:
    lab = make_lab(Says(after={1005: BLOCK}))
    blocked, passed = echo(lab, 1005, 6)
    assert (blocked.status, blocked.response, blocked.quantities) == ("blocked", None, {})
    assert passed.status == "ok"
    assert executions() == [6, 1005]
    assert [row["value"] for row in rows(lab.ledger, "quantity")] == [12]
    assert rows(lab.ledger, "artifact") == []
    assert [row["phase"] for row in rows(lab.ledger, "policy_event")] == ["after"]


def test_an_answer_blocked_by_old_rules_can_be_given_by_new_ones(make_lab: MakeLab) -> None:
    assert echo(make_lab(Says(after={5: BLOCK})), 5, origin="test:one")[0].status == "blocked"
    (outcome,) = echo(make_lab(Says(rules="rules:2")), 5, origin="test:two")
    assert outcome.status == "ok"


def test_a_cached_answer_is_screened_by_the_rules_of_today(make_lab: MakeLab) -> None:
    assert echo(make_lab(), 5, 6, origin="test:one")[0].status == "ok"
    lab = make_lab(Says(after={5: BLOCK, 6: REVIEW}))
    blocked, flagged = echo(lab, 5, 6, origin="test:two")
    assert (blocked.status, blocked.response) == ("blocked", None)
    assert blocked.reason == "fake.one: not to be made here"
    assert (flagged.status, flagged.cached) == ("ok", True)
    assert "Needs review" in (flagged.notice or "")
    assert [row["phase"] for row in rows(lab.ledger, "policy_event")] == ["after", "after"]
    statuses = {row["id"]: row["status"] for row in rows(lab.ledger, "run")}
    assert statuses[blocked.run_id] == "blocked"


def test_a_review_passes_with_a_flag_and_is_logged(make_lab: MakeLab) -> None:
    lab = make_lab(Says(before={5: REVIEW}))
    for _ in range(2):  # fresh, then a hit
        (outcome,) = echo(lab, 5)
        assert outcome.status == "ok"
        assert outcome.notice == "Needs review (fake.two): a person should look."
    (event,) = rows(lab.ledger, "policy_event")
    assert (event["level"], event["origin"]) == ("review", "test:one")


def test_the_strictest_of_several_policies_decides(make_lab: MakeLab) -> None:
    lab = make_lab(Says(before={5: REVIEW}), Says(before={5: BLOCK}))
    assert echo(lab, 5)[0].status == "blocked"


class Raises(Says):
    def before(self, tool: str, requests: Sequence[Any]) -> list[Verdict]:
        raise ValueError(f"cannot read {requests[0]}")

    def digest(self) -> str:
        raise OSError("no rules")


class RaisesAfter(Says):
    def after(self, *_: Any) -> list[Verdict]:
        raise ValueError("cannot read number=5")


class Short(Says):
    def before(self, tool: str, requests: Sequence[Any]) -> list[Verdict]:
        return [Verdict()] * (len(requests) - 1)


class Silent(Says):
    def before(self, tool: str, requests: Sequence[Any]) -> Any:
        return None


class Odd(Says):
    def before(self, tool: str, requests: Sequence[Any]) -> Any:
        return [Verdict("harmless")] * len(requests)  # type: ignore[arg-type]  # on purpose


@pytest.mark.parametrize("policy", [Raises, RaisesAfter, Short, Silent, Odd])
def test_a_policy_that_cannot_answer_blocks_everything(
    make_lab: MakeLab, policy: type[Says]
) -> None:
    lab = make_lab(policy())
    outcomes = echo(lab, 5, 6)
    assert {o.status for o in outcomes} == {Status.BLOCKED}
    assert {o.response for o in outcomes} == {None}
    assert {row["rule_id"] for row in rows(lab.ledger, "policy_event")} == {"fake.cannot_run"}


@pytest.mark.parametrize("policy", [Raises, RaisesAfter])
def test_a_reason_never_tells_the_subject(make_lab: MakeLab, policy: type[Says]) -> None:
    lab = make_lab(policy())
    assert "number" not in echo(lab, 5)[0].reason
    assert all("number" not in row["reason"] for row in rows(lab.ledger, "policy_event"))


# --- budget ---


def test_only_what_will_run_is_charged(lab: Lab) -> None:
    asked: list[tuple[str, int]] = []
    context = Context(origin="test:one", spend=lambda tool, n: asked.append((tool, n)))
    echo(lab, 1, 2)
    lab.run_many("test.echo", [{"number": n} for n in (1, 2, 3, 4, 3, -2)], context)
    lab.run_many("test.echo", [{"number": n} for n in (1, 2, 3)], context)
    assert asked == [("test.echo", 2)]


def test_a_budget_that_is_used_up_runs_nothing_and_holds_no_lease(
    lab: Lab, executions: Executions
) -> None:
    def spend(tool: str, n: int) -> None:
        raise BudgetError(f"{tool}: got {n} runs, allowed: 0 more")

    with pytest.raises(BudgetError, match="allowed: 0 more"):
        lab.run("test.echo", {"number": 1}, Context(spend=spend))
    assert executions() == rows(lab.ledger, "run") == []
    assert lab.run("test.echo", {"number": 1}).status == "ok"


# --- choosing ---


def test_the_settings_choose_a_backend_and_the_call_overrides_them(make_lab: MakeLab) -> None:
    lab = make_lab(backends={"test.odd": "picky"})
    assert lab.run("test.odd", {"number": 1}).backend == "picky"
    assert lab.run("test.odd", {"number": 1}, backend="good").backend == "good"
    assert len(rows(lab.ledger, "run")) == 2


def test_an_unknown_backend_is_refused_with_those_there_are(lab: Lab) -> None:
    with pytest.raises(RequestError, match="got backend 'best', allowed: good, short"):
        lab.run("test.odd", {"number": 1}, backend="best")


def test_an_unknown_tool_is_refused_with_those_there_are(lab: Lab) -> None:
    with pytest.raises(RequestError, match="got an unknown name, allowed: molecule.parse"):
        lab.run("test.nothing", {})


def test_a_backend_that_cannot_run_here_says_the_fix(lab: Lab) -> None:
    with pytest.raises(ServiceError, match="backend 'absent': no weights .* run `fetch weights`"):
        lab.run("test.odd", {"number": 1}, backend="absent")


# --- threads of one process ---


def test_threads_that_ask_the_same_run_it_once(make_lab: MakeLab, executions: Executions) -> None:
    lab = make_lab()
    gate = threading.Barrier(6)
    answers: list[list[Outcome]] = []

    def ask(i: int) -> None:
        gate.wait()
        for start in range(0, 30, 3):
            answers.append(echo(lab, *range(start, start + 6), origin=f"test:{i}"))

    threads = [threading.Thread(target=ask, args=(i,)) for i in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(answers) == 60
    assert all(outcome.status in ("ok", "empty") for batch in answers for outcome in batch)
    assert executions() == list(range(33))
