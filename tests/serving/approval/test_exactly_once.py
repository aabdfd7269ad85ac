"""An approval that holds once is used once, whoever races for it and wherever one is killed."""

from pathlib import Path

import pytest
from fixtures_approval import granted, step
from fixtures_lab import Job, rows

from heuresis.serving.context import Context
from heuresis.serving.lab import Lab

pytestmark = pytest.mark.both_stores

SIGKILL = 9
LATER = [pytest.param(f"lab.{i}", marks=pytest.mark.slow) for i in (4, 5, 6, 8, 10)]
ECHO = [[{"number": 1}]]


def test_of_callers_that_race_for_an_approval_exactly_one_gets_it(
    asking: Lab, home: Path, tmp_path: Path
) -> None:
    granted(asking, asking.run("test.echo", {"number": 1}, Context(origin="http:first")))
    start = tmp_path / "start"
    jobs = [Job(home, ECHO, origin=f"http:{i}", start=start) for i in range(3)]
    while not all(job.ready is not None and job.ready.exists() for job in jobs):
        assert all(job.process.poll() is None for job in jobs)
    start.touch()
    [*statuses] = (job.outcomes()[0][0] for job in jobs)
    assert sorted(statuses) == ["blocked", "blocked", "ok"]
    assert len(rows(asking.ledger, "approval_use")) == 1


@pytest.mark.sqlite_only  # the lab's own kills are tried on both
@pytest.mark.parametrize("point", ["lab.9", *LATER])
def test_a_call_killed_after_it_took_its_approval_is_done_when_it_is_repeated(
    asking: Lab, home: Path, point: str
) -> None:
    granted(asking, asking.run("test.echo", {"number": 1}, Context(origin=step())))
    assert Job(home, ECHO, origin=step(), fault=f"{point}:1").dies() == SIGKILL
    [use] = rows(asking.ledger, "approval_use")
    assert use["origin"] == step()
    [[status, *_]] = Job(home, ECHO, origin=step()).outcomes()
    assert status == "ok"
    other = asking.run("test.echo", {"number": 1}, Context(origin=step(name="s2")))
    assert other.status == "blocked"
    ended = [row for row in rows(asking.ledger, "run") if row["status"] == "ok"]
    assert len(ended) == 1
