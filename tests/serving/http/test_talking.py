"""Conversations, campaigns and approvals: begun by a key, seen by it, driven by the crew."""

import json
import time
from typing import Any

from fixtures_api import Api, MakeApi
from starlette.testclient import TestClient

from heuresis.memory import runs
from heuresis.serving.context import Context
from heuresis.serving.remote.refusals import UnknownError


def _ended(client: TestClient, place: str) -> dict[str, Any]:
    with client.stream("GET", f"{place}/events") as stream:
        told = [line for line in stream.iter_lines() if line.startswith("data: ")]
    last: dict[str, Any] = json.loads(told[-1].removeprefix("data: "))
    return last


def _say(client: TestClient, text: str, **headers: str) -> tuple[str, str]:
    session_id = client.post("/v1/sessions", json={"title": "t"}).json()["id"]
    place = f"/v1/sessions/{session_id}"
    answer = client.post(f"{place}/messages", json={"text": text}, headers=headers)
    assert answer.status_code == 202, answer.text
    return place, answer.headers["location"]


def test_a_message_is_answered_by_a_job_with_typed_events(api: Api) -> None:
    client = api.live(api.key())
    place, job = _say(client, "double seven")
    last = _ended(client, job)
    assert (last["name"], last["ending"]) == ("done", "answered")
    shown = client.get(place).json()
    assert shown["messages"][0]["text"] == "double seven"
    assert client.get(f"/v1/runs/{last['runs'][0]}").status_code == 200


def test_a_message_that_waits_for_a_person_says_so_and_can_be_cancelled(api: Api) -> None:
    client = api.live(api.key())
    _, job = _say(client, "wait for me")
    last = _ended(client, job)
    assert (last["name"], last["text"], last["approvals"]) == ("waiting", "may I?", [{"id": "x"}])
    assert client.delete(job).json()["status"] == "cancelled"


def test_a_message_said_twice_with_one_idempotency_key_is_said_once(api: Api) -> None:
    client = api.live(api.key())
    session_id = client.post("/v1/sessions", json={}).json()["id"]
    headers = {"Idempotency-Key": "k"}
    places = {
        client.post(
            f"/v1/sessions/{session_id}/messages", json={"text": "seven"}, headers=headers
        ).headers["location"]
        for _ in range(3)
    }
    assert len(places) == 1
    _ended(client, places.pop())
    said = client.get(f"/v1/sessions/{session_id}").json()["messages"]
    assert [one["author"] for one in said].count("person") == 1


def test_a_conversation_of_another_key_is_not_there(api: Api) -> None:
    own, other = api.client(api.key()), api.client(api.key())
    place, _ = _say(own, "seven")
    assert other.get(place).status_code == 404
    assert other.post(f"{place}/messages", json={"text": "and mine"}).status_code == 404
    assert other.get("/v1/sessions").json()["sessions"] == []
    assert len(own.get("/v1/sessions").json()["sessions"]) == 1


def test_a_message_cannot_name_a_file_that_its_key_did_not_bring(api: Api) -> None:
    client = api.client(api.key())
    session_id = client.post("/v1/sessions", json={}).json()["id"]
    body = {"text": "look", "files": ["sha256:" + "0" * 64]}
    assert client.post(f"/v1/sessions/{session_id}/messages", json=body).status_code == 404


def test_runs_of_a_conversation_belong_to_its_key(api: Api) -> None:
    client, key = api.client(), api.key()
    own = api.client(key)
    session_id = own.post("/v1/sessions", json={}).json()["id"]
    context = Context(origin=f"session:{session_id}:m:s1", session_id=session_id)
    run_id = api.lab.run("test.echo", {"number": 5}, context).run_id
    assert runs.get(api.lab.ledger, run_id) is not None
    assert own.get(f"/v1/runs/{run_id}").status_code == 200
    assert api.client(api.key()).get(f"/v1/runs/{run_id}").status_code == 404
    assert client.get(f"/v1/runs/{run_id}").status_code == 401


def test_a_campaign_is_started_followed_and_stopped(api: Api) -> None:
    client = api.live(api.key("read", "campaign"))
    answer = client.post("/v1/campaigns", json={"rounds": 2})
    assert answer.status_code == 202
    assert _ended(client, answer.headers["location"])["name"] == "done"
    place = f"/v1/campaigns/{answer.json()['id']}"
    assert client.get(place).json()["standing"] == {"id": answer.json()["id"]}
    long = client.post("/v1/campaigns", json={"rounds": 100_000})
    time.sleep(0.2)
    client.delete(f"/v1/campaigns/{long.json()['id']}")
    assert _ended(client, long.headers["location"])["name"] == "cancelled"
    assert api.parts.campaigns.stopped == [long.json()["id"]]  # type: ignore[union-attr]  # there is one


def test_a_campaign_of_another_key_is_not_there(api: Api) -> None:
    own, other = api.client(api.key("campaign", "read")), api.client(api.key("campaign", "read"))
    place = f"/v1/campaigns/{own.post('/v1/campaigns', json={'rounds': 1}).json()['id']}"
    assert (own.get(place).status_code, other.get(place).status_code) == (200, 404)
    assert other.delete(place).status_code == 404


class _Words:
    """Takes a person's word down."""

    def __init__(self) -> None:
        self.taken: list[tuple[str, ...]] = []

    def decide(self, request_id: str, scope: str, who: str, why: str) -> str:
        if request_id != "0000":
            raise UnknownError("approval: got an unknown id")
        self.taken.append((request_id, scope, who))
        return "decision"

    def revoke(self, decision_id: str, who: str, why: str) -> None:
        self.taken.append((decision_id, "revoked", who))


def test_only_an_admin_key_gives_a_persons_word(make_api: MakeApi) -> None:
    words = _Words()
    api = make_api(approvals=words)
    body = {"scope": "once"}
    assert api.client().post("/v1/approvals/0000", json=body).status_code == 403
    runner = api.client(api.key("read", "run", "campaign"))
    assert runner.post("/v1/approvals/0000", json=body).status_code == 403
    assert runner.get("/v1/approvals").status_code == 403
    admin = api.client(api.key("admin"))
    assert admin.post("/v1/approvals/0000", json=body).status_code == 201
    assert admin.post("/v1/approvals/none", json=body).status_code == 404
    assert admin.get("/v1/approvals").json() == {"waiting": []}
    assert admin.delete("/v1/approvals/0000").status_code == 204
    assert [one[1] for one in words.taken] == ["once", "revoked"]
