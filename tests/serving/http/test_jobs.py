"""Jobs: queued once, watched from anywhere, cancelled, kept, and seen by their own key only."""

import json
from typing import Any

import pytest
from fixtures_api import Api, MakeApi
from starlette.testclient import TestClient

from heuresis.memory import jobs
from heuresis.serving.remote.parts import Limits

WORK = "/v1/tools/test.echo/jobs"


def _work(*numbers: int) -> dict[str, Any]:
    return {"requests": [{"number": n} for n in numbers]}


def _events(client: TestClient, place: str, after: int = 0) -> list[dict[str, Any]]:
    with client.stream("GET", f"{place}/events", headers={"Last-Event-ID": str(after)}) as stream:
        return [
            json.loads(line.removeprefix("data: "))
            for line in stream.iter_lines()
            if line.startswith("data: ")
        ]


def test_a_job_is_accepted_watched_and_read(api: Api) -> None:
    client = api.live()
    answer = client.post(WORK, json=_work(1, -2, 3))
    assert answer.status_code == 202
    place = answer.headers["location"]
    told = _events(client, place)
    assert [event["name"] for event in told] == ["queued", "started", "progressed", "done"]
    results = client.get(f"{place}/results?first=1").json()
    assert [one["status"] for one in results["outcomes"]] == ["out_of_domain", "ok"]
    assert (results["job"]["status"], results["job"]["n_done"]) == ("done", 3)


def test_events_are_read_again_from_where_a_watcher_was(api: Api) -> None:
    client = api.live()
    place = client.post(WORK, json=_work(1)).headers["location"]
    told = _events(client, place)
    assert _events(client, place, after=2) == told[2:]


def test_the_same_idempotency_key_makes_one_job_and_another_body_is_refused(api: Api) -> None:
    client, headers = api.client(), {"Idempotency-Key": "k"}
    first = client.post(WORK, json=_work(1), headers=headers).json()["id"]
    assert client.post(WORK, json=_work(1), headers=headers).json()["id"] == first
    other = client.post(WORK, json=_work(2), headers=headers)
    assert other.status_code == 422
    assert "another request" in other.json()["detail"]
    assert len(client.get("/v1/jobs").json()["jobs"]) == 1


def test_idempotency_keys_of_two_callers_are_two(api: Api) -> None:
    headers = {"Idempotency-Key": "k"}
    ids = {
        api.client(api.key()).post(WORK, json=_work(n), headers=headers).json()["id"]
        for n in (1, 2)
    }
    assert len(ids) == 2


def test_a_queued_job_is_cancelled_at_once_and_never_runs(api: Api, executions: Any) -> None:
    client = api.client()  # whose crew has not begun
    place = client.post(WORK, json=_work(1)).headers["location"]
    assert client.delete(place).json()["status"] == "cancelled"
    assert _events(api.live(), place)[-1]["name"] == "cancelled"
    assert executions() == []


def test_a_caller_has_so_many_open_jobs(make_api: MakeApi) -> None:
    client = make_api(Limits(open_jobs=2)).client()
    codes = [client.post(WORK, json=_work(n)).status_code for n in range(3)]
    assert codes == [202, 202, 429]


def test_a_job_of_another_key_is_not_there(api: Api) -> None:
    own, other = api.client(api.key()), api.client(api.key())
    place = own.post(WORK, json=_work(1)).headers["location"]
    for method, path in (
        ("GET", place),
        ("GET", f"{place}/events"),
        ("GET", f"{place}/results"),
        ("DELETE", place),
    ):
        assert other.request(method, path).status_code == 404
        assert own.request("GET", place).json()["status"] == "queued"
    assert other.get("/v1/jobs").json()["jobs"] == []
    assert api.client(api.key("admin")).get(place).status_code == 200


def test_a_job_is_kept_for_a_while_and_its_runs_for_good(
    api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = api.live()
    place = client.post(WORK, json=_work(1)).headers["location"]
    _events(client, place)
    run_id = client.get(f"{place}/results").json()["outcomes"][0]["run_id"]
    assert jobs.sweep(api.lab.ledger) == 0
    monkeypatch.setattr(jobs.time, "time", lambda now=jobs.time.time: now() + 8 * 24 * 3600)
    assert jobs.sweep(api.lab.ledger) == 1
    assert client.get(place).status_code == 404
    assert client.get(f"/v1/runs/{run_id}").status_code == 200


def test_a_job_whose_tool_cannot_run_is_refused_before_it_is_queued(api: Api) -> None:
    client = api.client()
    answer = client.post(f"{WORK}?backend=none", json=_work(1))
    assert answer.status_code == 422
    assert client.get("/v1/jobs").json()["jobs"] == []
