"""Alive, ready, and in figures: which part fails is told, and nothing else."""

import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from fixtures_api import Api, MakeApi
from fixtures_postgres import Server
from sqlalchemy import text

from heuresis.serving.hosts.inprocess import InProcessHost
from heuresis.serving.http.meters import route_of
from heuresis.serving.http.readiness import Readiness
from heuresis.serving.remote import recent
from heuresis.serving.remote.recent import Recent

ECHO = "/v1/tools/test.echo"


@pytest.fixture(autouse=True)
def _asked_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recent, "FRESH_S", 0.0)


def faults(api: Api) -> dict[str, str]:
    return {name: fault for name, fault in Readiness(api.parts).faults().items() if fault}


# --- ready ---


def test_a_sound_server_says_of_every_part_that_it_is_ready(api: Api) -> None:
    told = api.live().get("/readyz")
    assert told.status_code == 200
    needed = ("ledger", "vault", "host", "jobs")
    assert {name: told.json()["parts"][name] for name in needed} == dict.fromkeys(needed, "ok")


def test_a_part_that_fails_is_named_in_a_problem_document_without_its_place(
    api: Api, home: Any
) -> None:
    client = api.live()
    (home / "vault").write_text("a file, not a folder")
    told = client.get("/readyz")
    assert (told.status_code, told.headers["content-type"]) == (503, "application/problem+json")
    assert told.json()["errors"] == ["vault: cannot be written"]
    assert str(home) not in told.text
    (home / "vault").unlink()
    assert client.get("/readyz").status_code == 200


def test_looking_leaves_nothing_in_the_vault(api: Api, home: Any) -> None:
    assert api.live().get("/readyz").status_code == 200
    assert [path for path in (home / "vault").rglob("*") if path.is_file()] == []


def test_tables_of_another_version_are_not_ready(api: Api) -> None:
    with api.lab.ledger.write() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    assert faults(api)["ledger"] == "its tables are of another version"


@pytest.mark.parametrize("store", ["postgresql"], indirect=True)
def test_a_database_that_stops_is_told_at_once_and_its_return_too(
    api: Api, postgres: Server
) -> None:
    client = api.live()
    assert client.get("/readyz").status_code == 200
    postgres.stop()
    try:
        began = time.monotonic()
        told = client.get("/readyz")
        assert (told.status_code, told.json()["errors"]) == (503, ["ledger: cannot be read"])
        assert time.monotonic() - began < 2 * recent.PATIENCE_S
        assert client.get("/healthz").status_code == 200
    finally:
        postgres.start()
    assert client.get("/readyz").status_code == 200


class AwayHost(InProcessHost):
    def fault(self) -> str:
        return "Ray does not answer"


def test_a_host_that_is_away_is_not_ready(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(api.lab, "_host", AwayHost())
    assert faults(api)["host"] == "Ray does not answer"


def test_an_index_whose_server_is_down_is_told_and_stops_nothing(
    api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(api.parts.recall, "_place", "http://127.0.0.1:9")
    told = api.live().get("/readyz")
    assert (told.status_code, told.json()["parts"]["index"]) == (
        200, "its server does not answer",
    )  # fmt: skip


# --- a part that hangs ---


@pytest.fixture
def hanging() -> Iterator[Callable[[], str]]:
    let_go = threading.Event()
    asked: list[float] = []

    def ask() -> str:
        asked.append(time.monotonic())
        let_go.wait(20)
        return ""

    ask.asked, ask.let_go = asked, let_go  # type: ignore[attr-defined]  # for the tests to see
    yield ask
    let_go.set()


def test_what_hangs_is_waited_for_once_and_asked_once(
    hanging: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(recent, "PATIENCE_S", 0.2)
    one = Recent(hanging, "late")
    began = time.monotonic()
    assert [one.get() for _ in range(20)] == ["late"] * 20
    assert time.monotonic() - began < 2
    assert len(hanging.asked) == 1
    hanging.let_go.set()
    monkeypatch.setattr(recent, "PATIENCE_S", 5.0)
    assert one.get() == ""


def test_an_answer_is_given_again_for_a_moment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recent, "FRESH_S", 60.0)
    answers = iter(["first", "second"])
    one = Recent(lambda: next(answers), "none")
    assert [one.get(), one.get()] == ["first", "first"]
    monkeypatch.setattr(recent, "FRESH_S", 0.0)
    assert one.get() == "second"


def test_a_question_that_fails_has_no_answer() -> None:
    def fail() -> str:
        raise OSError("the disk is gone")

    assert Recent(fail, "late").get() == "late"


# --- figures ---


def figures(told: str) -> dict[str, float]:
    lines = (line.rpartition(" ") for line in told.splitlines() if not line.startswith("#"))
    return {name: float(value) for name, _, value in lines}


def test_figures_need_a_key_that_reads_as_soon_as_there_is_one(make_api: MakeApi) -> None:
    api = make_api()
    assert api.client().get("/metrics").status_code == 200  # this computer, before any key
    reads, runs = api.key("read"), api.key("run")
    assert api.client().get("/metrics").status_code == 401
    assert api.client(runs).get("/metrics").status_code == 403
    told = api.client(reads).get("/metrics")
    assert told.status_code == 200
    assert told.headers["content-type"].startswith("text/plain; version=0.0.4")


def test_requests_and_runs_are_counted_by_what_the_program_itself_knows(api: Api) -> None:
    client = api.client()
    for number in (4, 4, -13):
        client.post(ECHO, json={"number": number})
    run_id = client.post(ECHO, json={"number": 4}).json()["run_id"]
    client.get(f"/v1/runs/{run_id}")
    client.get("/somebody/private")
    client.request("SECRETLY", "/v1/tools")
    told = client.get("/metrics").text
    found = figures(told)
    assert found[
        'heuresis_requests_total{method="POST",route="/v1/tools/test.echo",status="200"}'
    ] == 3  # fmt: skip
    assert found['heuresis_requests_total{method="GET",route="none",status="404"}'] == 1
    assert found[
        'heuresis_requests_total{method="GET",route="/v1/runs/{run_id}",status="200"}'
    ] == 1  # fmt: skip
    assert found['heuresis_runs_total{hit="false",status="ok",tool="test.echo"}'] == 1
    assert found['heuresis_runs_total{hit="true",status="ok",tool="test.echo"}'] == 2
    assert found['heuresis_runs_total{hit="false",status="failed",tool="test.echo"}'] == 1
    assert found['heuresis_run_seconds_count{tool="test.echo"}'] == 2
    assert found["heuresis_ledger_write_seconds_count"] >= 4
    assert found[
        'heuresis_request_seconds_count{method="POST",route="/v1/tools/test.echo"}'
    ] == 4  # fmt: skip
    for word in (run_id, "private", "SECRETLY", "bad luck"):
        assert word not in told


def test_jobs_that_wait_are_counted(api: Api) -> None:
    client = api.client()  # whose crew does nothing
    client.post(f"{ECHO}/jobs", json={"requests": [{"number": 1}]})
    found = figures(client.get("/metrics").text)
    assert found['heuresis_jobs{status="queued"}'] == 1
    assert found['heuresis_jobs{status="running"}'] == 0


def test_a_refusal_at_the_gate_is_counted_too(api: Api) -> None:
    key = api.key("read")
    api.client("wrong").get("/v1/tools")
    found = figures(api.client(key).get("/metrics").text)
    assert found['heuresis_requests_total{method="GET",route="none",status="401"}'] == 1


@pytest.mark.parametrize(
    ("path", "named"), [("/mcp", "/mcp"), ("/mcp/more", "/mcp"), ("/mcpx", "none"), ("/", "none")]
)
def test_what_answers_beside_the_routes_is_named_by_its_own_path(path: str, named: str) -> None:
    assert route_of({"path": path}, ["/mcp"]) == named
