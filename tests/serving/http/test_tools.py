"""Routes of tools: derived from their types, answered with runs, refused with reasons."""

from fixtures_api import Api, MakeApi

from heuresis.serving.remote.parts import Limits
from heuresis.tools import registry


def test_a_call_returns_the_outcome_and_its_run(api: Api) -> None:
    answer = api.client().post("/v1/tools/test.echo", json={"number": 4})
    assert answer.status_code == 200
    told = answer.json()
    assert told["response"]["double"]["value"] == 8
    shown = api.client().get(f"/v1/runs/{told['run_id']}").json()
    assert shown["run"]["request"] == {"number": 4}
    assert [number["value"] for number in shown["numbers"]] == [8]


def test_a_second_call_is_a_hit(api: Api) -> None:
    first, second = (
        api.client().post("/v1/tools/test.echo", json={"number": 4}).json() for _ in range(2)
    )
    assert (first["cached"], second["cached"]) == (False, True)
    assert first["run_id"] == second["run_id"]


def test_the_origin_of_a_call_names_its_key(api: Api) -> None:
    key = api.key()
    run_id = api.client(key).post("/v1/tools/test.echo", json={"number": 4}).json()["run_id"]
    asked_by = api.client(key).get(f"/v1/runs/{run_id}").json()["asked_by"]
    assert len(asked_by) == 1
    assert asked_by[0].startswith(f"http:{key.split('_')[1]}:")


def test_every_kind_of_refusal_is_a_problem_that_names_its_run(api: Api) -> None:
    for number, status, title in (
        (-1, 422, "request not valid"),
        (-2, 422, "out of domain"),
        (-3, 502, "model failed"),
        (-13, 502, "model failed"),
        (-14, 502, "model failed"),
    ):
        answer = api.client().post("/v1/tools/test.echo", json={"number": number})
        assert (answer.status_code, answer.json()["title"]) == (status, title)
        assert answer.headers["content-type"] == "application/problem+json"
        assert api.client().get(f"/v1/runs/{answer.json()['run_id']}").status_code == 200


def test_an_empty_answer_is_no_refusal(api: Api) -> None:
    answer = api.client().post("/v1/tools/test.echo", json={"number": 0})
    assert (answer.status_code, answer.json()["status"]) == (200, "empty")


def test_a_wrong_field_is_named_and_nothing_is_recorded(api: Api) -> None:
    answer = api.client().post("/v1/tools/test.echo", json={"numbr": 4})
    assert answer.status_code == 422
    assert answer.json()["errors"] == [
        "body.number: got nothing; field required",
        "body.numbr: got 4; extra inputs are not permitted",
    ]
    assert "run_id" not in answer.json()


def test_a_batch_answers_in_order_and_each_has_its_own_status(api: Api) -> None:
    body = {"requests": [{"number": n} for n in (3, -2, 5)]}
    outcomes = api.client().post("/v1/tools/test.echo/batch", json=body).json()["outcomes"]
    assert [one["status"] for one in outcomes] == ["ok", "out_of_domain", "ok"]
    assert outcomes[2]["response"]["double"]["value"] == 10


def test_a_batch_has_a_limit(make_api: MakeApi) -> None:
    api = make_api(Limits(batch=2))
    body = {"requests": [{"number": n} for n in range(3)]}
    assert api.client().post("/v1/tools/test.echo/batch", json=body).status_code == 422


def test_an_unknown_tool_and_an_unknown_backend_are_told(api: Api) -> None:
    assert api.client().get("/v1/tools/test.none").status_code == 404
    answer = api.client().post("/v1/tools/test.echo?backend=none", json={"number": 4})
    assert answer.status_code == 422
    assert "allowed: echo" in answer.json()["detail"]


def test_the_catalogue_says_what_can_run(api: Api) -> None:
    tools = api.client().get("/v1/tools").json()["tools"]
    assert {one["name"] for one in tools} == set(registry.places())
    assert next(one for one in tools if one["name"] == "test.echo")["available"]
    card = api.client().get("/v1/tools/test.echo").json()
    assert card["request"]["properties"]["number"]["type"] == "integer"


def test_a_repeated_call_with_an_idempotency_key_is_answered_by_the_same_failed_run(
    api: Api,
) -> None:
    client, headers = api.client(), {"Idempotency-Key": "once"}
    first, second = (
        client.post("/v1/tools/test.echo", json={"number": -13}, headers=headers).json()["run_id"]
        for _ in range(2)
    )
    fresh = client.post("/v1/tools/test.echo", json={"number": -13}).json()["run_id"]
    assert first == second != fresh


def test_the_document_describes_every_tool_by_its_own_type(api: Api) -> None:
    document = api.client().get("/openapi.json").json()
    assert document["openapi"].startswith("3.1")
    for name in registry.places():
        schema = document["paths"][f"/v1/tools/{name}"]["post"]["requestBody"]["content"]
        kind = schema["application/json"]["schema"]["$ref"].rpartition("/")[2]
        described = document["components"]["schemas"][kind]["properties"]
        assert set(described) == set(registry.load(name).request.model_fields)
