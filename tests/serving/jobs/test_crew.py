"""The crew: takes what waits and what the dead left, tells how it ended, repeats nothing."""

import json
import time
from collections.abc import Callable
from typing import Any

import pytest
from fixtures_api import Api
from sqlalchemy import update

from heuresis.errors import ServiceError
from heuresis.memory import jobs
from heuresis.memory.jobs import JOB
from heuresis.memory.ledger import Ledger, new_id
from heuresis.serving.jobs.crew import Crew
from heuresis.serving.lab import Lab

pytestmark = pytest.mark.both_stores

LEASE_S = 30.0


def _add(ledger: Ledger, *numbers: int, kind: str = "tool") -> str:
    body = {"tool": "test.echo", "backend": None, "requests": [{"number": n} for n in numbers]}
    row = {"id": new_id(), "kind": kind, "key_id": "k", "channel": "http",
           "body": json.dumps(body), "n_total": len(numbers)}  # fmt: skip
    return str(jobs.add(ledger, row).id)


def _done(ledger: Ledger, job_id: str, crew: Crew) -> Any:
    crew.start()
    for _ in range(600):
        if (row := jobs.get(ledger, job_id)).status in jobs.ENDED:
            crew.stop()
            return row
        time.sleep(0.05)
    raise AssertionError(f"not ended: {row}")


def _leave(ledger: Ledger, job_id: str, owner: str, lease_until: float) -> None:
    values = {"status": "running", "owner": owner, "lease_until": lease_until}
    with ledger.write() as connection:
        connection.execute(update(JOB).where(JOB.c.id == job_id).values(**values))


def test_a_job_runs_each_request_once(
    lab: Lab, few_tools: None, executions: Callable[[], list[int]]
) -> None:
    job_id = _add(lab.ledger, 1, 2, 3)
    assert _done(lab.ledger, job_id, Crew(lab)).n_done == 3
    assert executions() == [1, 2, 3]


def test_a_job_of_a_dead_process_is_taken_over_where_it_stands(
    lab: Lab, few_tools: None, executions: Callable[[], list[int]]
) -> None:
    job_id = _add(lab.ledger, *range(300))
    taken = jobs.take(lab.ledger, LEASE_S)
    assert taken is not None
    assert jobs.progress(lab.ledger, job_id, 256, "progressed", {"first": 0, "runs": []})
    _leave(lab.ledger, job_id, "elsewhere|1|1", time.time() - 1)
    assert _done(lab.ledger, job_id, Crew(lab)).status == "done"
    assert executions() == list(range(256, 300))


def test_a_job_of_a_living_process_is_left_to_it(lab: Lab, few_tools: None) -> None:
    job_id = _add(lab.ledger, 1)
    _leave(lab.ledger, job_id, "elsewhere|1|1", time.time() + 60)
    assert jobs.take(lab.ledger, LEASE_S) is None


def test_who_lost_a_job_writes_nothing_more_of_it(lab: Lab, few_tools: None) -> None:
    job_id = _add(lab.ledger, 1)
    assert jobs.take(lab.ledger, LEASE_S) is not None
    _leave(lab.ledger, job_id, "elsewhere|1|1", time.time() + 60)
    before = jobs.events(lab.ledger, job_id)
    assert not jobs.progress(lab.ledger, job_id, 1, "progressed", {})
    jobs.end(lab.ledger, job_id, "done", "", {}, 1.0)
    assert jobs.events(lab.ledger, job_id) == before
    assert jobs.get(lab.ledger, job_id).status == "running"


def test_a_job_that_fails_says_why(api: Api) -> None:
    job_id = _add(api.lab.ledger, 1, kind="turn")
    row = _done(api.lab.ledger, job_id, Crew(api.lab))
    assert (row.status, "assistant" in row.reason) == ("failed", True)


def test_a_bug_in_a_job_fails_it_without_telling_its_inside(
    lab: Lab, few_tools: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    def burst(*_: Any) -> Any:
        raise ZeroDivisionError("secret place")

    crew = Crew(lab)
    monkeypatch.setattr(lab, "run_many", burst)
    row = _done(lab.ledger, _add(lab.ledger, 1), crew)
    assert (row.status, row.reason) == ("failed", "internal error: ZeroDivisionError")


def test_what_fails_for_a_moment_is_tried_again(
    lab: Lab, few_tools: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    real, failed = lab.run_many, []

    def moody(*args: Any) -> Any:
        if len(failed) < 2:
            failed.append(args)
            raise ServiceError("not now", transient=True)
        return real(*args)

    crew = Crew(lab)
    monkeypatch.setattr(lab, "run_many", moody)
    assert _done(lab.ledger, _add(lab.ledger, 1), crew).status == "done"
    assert len(failed) == 2


def test_a_job_asked_to_stop_ends_after_the_part_it_is_at(
    lab: Lab, few_tools: None, executions: Callable[[], list[int]]
) -> None:
    job_id = _add(lab.ledger, *range(600))
    real: Any = lab.run_many

    def run(*args: Any) -> Any:
        jobs.cancel(lab.ledger, job_id, 1.0)
        return real(*args)

    lab.run_many = run  # type: ignore[method-assign]  # so that it is asked in the middle
    row = _done(lab.ledger, job_id, Crew(lab))
    assert (row.status, row.n_done) == ("cancelled", 256)
    assert len(executions()) == 256
