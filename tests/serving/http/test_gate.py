"""The gate: who is let in, from where, how often, and how much they may send."""

import pytest
from fixtures_api import Api, MakeApi

from heuresis.memory import api_keys
from heuresis.serving.remote import doorkeeper
from heuresis.serving.remote.parts import Limits

ECHO = "/v1/tools/test.echo"


def test_without_any_key_this_computer_is_let_in_under_its_own_name_only(api: Api) -> None:
    client = api.client()
    assert client.get("/v1/tools").status_code == 200
    rebound = client.get("/v1/tools", headers={"Host": "evil.example"})
    assert rebound.status_code == 401


def test_a_server_for_other_computers_lets_nobody_in_without_a_key(make_api: MakeApi) -> None:
    answer = make_api(keyless=False).client().get("/v1/tools")
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"].startswith("Bearer")


def test_from_the_first_key_on_everybody_needs_one_also_after_it_was_revoked(api: Api) -> None:
    key = api.key()
    assert api.client().get("/v1/tools").status_code == 401
    api_keys.revoke(api.lab.ledger, key.split("_")[1])
    assert api.client().get("/v1/tools").status_code == 401


def test_a_revoked_key_is_refused_within_the_time_it_is_remembered(
    api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = api.key()
    assert api.client(key).get("/v1/tools").status_code == 200
    api_keys.revoke(api.lab.ledger, key.split("_")[1])
    now = doorkeeper.time.monotonic
    monkeypatch.setattr(doorkeeper.time, "monotonic", lambda: now() + 2)
    assert api.client(key).get("/v1/tools").status_code == 401


@pytest.mark.parametrize(
    ("scopes", "method", "path", "status"),
    [
        (("read",), "POST", ECHO, 403),
        (("run",), "POST", ECHO, 200),
        (("run",), "GET", "/v1/tools", 403),
        (("read",), "GET", "/v1/tools", 200),
        (("run",), "POST", "/v1/campaigns", 403),
        (("campaign",), "POST", "/v1/campaigns", 202),
        (("admin",), "POST", ECHO, 200),
        (("run",), "POST", "/v1/sessions", 201),
        (("read",), "POST", "/v1/sessions", 403),
        (("read",), "POST", "/v1/files", 403),
    ],
)
def test_a_scope_opens_what_it_names(
    api: Api, scopes: tuple[str, ...], method: str, path: str, status: int
) -> None:
    body = {ECHO: {"number": 4}, "/v1/campaigns": {"rounds": 1}, "/v1/sessions": {}}.get(path)
    answer = api.client(api.key(*scopes)).request(method, path, json=body)
    assert answer.status_code == status, answer.text


def test_a_page_of_another_site_is_refused_and_the_servers_own_is_not(api: Api) -> None:
    client = api.client()
    for origin, status in (
        ("https://evil.example", 403),
        ("null", 403),
        ("http://localhost.evil.example", 403),
        ("http://localhost", 200),
    ):
        answer = client.post(ECHO, json={"number": 4}, headers={"Origin": origin})
        assert answer.status_code == status
        assert "access-control-allow-origin" not in answer.headers


def test_a_form_of_a_page_cannot_run_a_tool(api: Api) -> None:
    answer = api.client().post(
        ECHO, content=b'{"number": 4}', headers={"Content-Type": "text/plain"}
    )
    assert answer.status_code == 422


def test_a_key_makes_so_many_requests_a_minute(api: Api) -> None:
    client = api.client(api.key(calls_per_minute=5))
    codes = [client.get("/v1/tools").status_code for _ in range(7)]
    assert codes == [200] * 5 + [429] * 2
    assert int(client.get("/v1/tools").headers["retry-after"]) >= 1


def test_a_key_runs_so_many_requests_a_day_in_all_servers_together(make_api: MakeApi) -> None:
    one, other = make_api(), make_api()
    key = one.key(runs_per_day=3)
    batch = {"requests": [{"number": 1}, {"number": 2}]}
    assert one.client(key).post(f"{ECHO}/batch", json=batch).status_code == 200
    refused = other.client(key).post(f"{ECHO}/batch", json=batch)
    assert (refused.status_code, refused.json()["title"]) == (429, "quota used up")
    assert other.client(key).post(ECHO, json={"number": 1}).status_code == 200


def test_guessing_keys_is_slowed_and_the_right_key_is_let_in_all_the_same(api: Api) -> None:
    key = api.key()
    key_id = key.split("_")[1]
    guesses = [f"heu_{key_id}_{n:043d}" for n in range(doorkeeper.WRONG_PER_MINUTE + 5)]
    codes = [api.client(guess).get("/v1/tools").status_code for guess in guesses]
    assert set(codes) == {401, 429}
    assert codes[-1] == 429
    assert api.client(key).get("/v1/tools").status_code == 200


@pytest.mark.parametrize("text", ["", "heu_", "x" * 5000, "heu_\u00e9", "heu_a_b", "Bearer"])
def test_a_header_that_is_no_key_is_refused(api: Api, text: str) -> None:
    api.key()
    headers = {"Authorization": f"Bearer {text}".encode()}
    assert api.client().get("/v1/tools", headers=headers).status_code == 401


def test_a_body_has_a_size_also_where_it_does_not_say_so(make_api: MakeApi) -> None:
    client = make_api(Limits(json_bytes=1000)).client()
    large = b'{"number": ' + b" " * 2000 + b"4}"
    headers = {"Content-Type": "application/json"}
    assert client.post(ECHO, content=large, headers=headers).status_code == 413

    def pieces() -> object:
        yield from (large[i : i + 100] for i in range(0, len(large), 100))

    assert client.post(ECHO, content=pieces(), headers=headers).status_code == 413


@pytest.mark.parametrize("body", [b"[" * 100_000, b'{"a":' * 50_000, b"[" * 40 + b"]" * 40])
def test_a_body_nested_deeply_is_refused(api: Api, body: bytes) -> None:
    headers = {"Content-Type": "application/json"}
    answer = api.client().post(ECHO, content=body, headers=headers)
    assert answer.status_code in (413, 422)
    assert answer.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize(
    "body", [b"", b"nope", b"\xff\xfe", b'{"number": NaN}', b'{"number": 1e400}']
)
def test_a_body_that_is_no_json_is_refused(api: Api, body: bytes) -> None:
    headers = {"Content-Type": "application/json"}
    answer = api.client().post(ECHO, content=body, headers=headers)
    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"


def test_every_answer_has_an_id_that_the_caller_may_choose(api: Api) -> None:
    client = api.client()
    assert client.get("/nowhere", headers={"X-Request-Id": "mine-1"}).headers[
        "x-request-id"
    ] == "mine-1"  # fmt: skip
    forged = client.get("/nowhere", headers={"X-Request-Id": "a b\u00e9".encode()})
    assert len(forged.headers["x-request-id"]) == 26
    assert forged.json()["instance"].endswith(forged.headers["x-request-id"])


def test_health_needs_no_key_and_says_when_jobs_are_not_done(api: Api) -> None:
    api.key()
    assert api.client().get("/healthz").json() == {"status": "ok"}
    assert api.client().get("/readyz").status_code == 503
    assert api.live().get("/readyz").status_code == 200
