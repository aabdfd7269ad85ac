"""`heuresis api serve` as processes: refused without a key, killed, doubled, and gone on with."""

import json
import os
import signal
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from heuresis.memory import jobs, runs
from heuresis.memory.ledger import Ledger
from heuresis.settings import Settings

Begin = Callable[..., subprocess.Popen[str]]
Run = Callable[..., Any]


@contextmanager
def _served(begin: Begin, **environment: str) -> Iterator[tuple[httpx.Client, Any]]:
    """Serve at a free port until the block ends."""
    env = {**os.environ, **environment}
    process = begin("api", "serve", "--port", "0", "--json", stderr=subprocess.DEVNULL, env=env)
    try:
        assert process.stdout is not None
        url = json.loads(process.stdout.readline())["url"]
        with httpx.Client(base_url=url, timeout=60) as client:
            yield client, process
    finally:
        process.terminate()
        process.communicate(timeout=60)


def _await_end(client: httpx.Client, place: str) -> dict[str, Any]:
    with client.stream("GET", f"{place}/events") as stream:
        told = [line for line in stream.iter_lines() if line.startswith("data: ")]
    last: dict[str, Any] = json.loads(told[-1].removeprefix("data: "))
    return last


def _work(n: int) -> dict[str, Any]:
    return {"requests": [{"smiles": "C" * (i + 1)} for i in range(n)]}


def test_it_refuses_other_computers_as_long_as_there_is_no_key(run: Run) -> None:
    ended = run("api", "serve", "--host", "0.0.0.0", "--port", "0")
    assert ended.code == 2
    assert "heuresis key create" in str(ended.err)


@pytest.mark.slow
@pytest.mark.parametrize("fault", ["job.ran:2", "job.told:1", "lab.8:2", "lab.10:1"])
def test_a_job_of_a_killed_server_is_gone_on_with_and_no_recorded_run_is_repeated(
    begin: Begin, home: Path, tmp_path: Path, fault: str
) -> None:
    with _served(begin, HEURESIS_FAULT=fault) as (client, process):
        answer = client.post("/v1/tools/test.slow/jobs", json=_work(70))
        place = answer.headers["location"]
        assert process.wait(60) == -signal.SIGKILL
    before = _recorded(home)
    with _served(begin) as (client, _):
        assert _await_end(client, place)["name"] == "done"
        outcomes = client.get(f"{place}/results?limit=100").json()["outcomes"]
    assert [one["response"]["length"]["value"] for one in outcomes] == list(range(1, 71))
    assert before <= _recorded(home)
    assert len(_recorded(home)) == 70
    executed = (tmp_path / "count").read_text().split()
    lost = 8 if fault.startswith("lab.8") else 0  # a part that ended nowhere is done again
    assert len(executed) == 70 + lost


def _recorded(home: Path) -> set[str]:
    ledger = Ledger(Settings(home=home).ledger)
    with ledger.read() as connection:
        found = connection.execute(runs.RUN.select().where(runs.RUN.c.status == "ok")).all()
    ledger.close()
    return {row.id for row in found}


@pytest.mark.slow
def test_two_servers_on_one_ledger_do_every_job_once(
    begin: Begin, home: Path, tmp_path: Path
) -> None:
    with _served(begin) as (one, _), _served(begin) as (other, _):
        places = [
            client.post(
                "/v1/tools/test.slow/jobs",
                json={"requests": [{"smiles": f"{'C' * (i + 1)}{letter}"}]},
            ).headers["location"]
            for i in range(6)
            for client, letter in ((one, "N"), (other, "O"))
        ]
        assert {_await_end(other, place)["name"] for place in places} == {"done"}
        assert {one.get(place).json()["n_done"] for place in places} == {1}
    assert len((tmp_path / "count").read_text().split()) == 12


@pytest.mark.slow
def test_a_server_that_is_told_to_end_puts_its_jobs_down_for_the_next(
    begin: Begin, home: Path, tmp_path: Path
) -> None:
    with _served(begin, SLOW_S="0.1") as (client, _):
        place = client.post("/v1/tools/test.slow/jobs", json=_work(100)).headers["location"]
        with client.stream("GET", f"{place}/events") as stream:
            next(line for line in stream.iter_lines() if "started" in line)
    ledger = Ledger(Settings(home=home).ledger)
    assert jobs.get(ledger, place.rpartition("/")[2]).status == "queued"
    ledger.close()
    with _served(begin) as (client, _):
        assert _await_end(client, place)["name"] == "done"
    assert len((tmp_path / "count").read_text().split()) == 100


@pytest.mark.slow
def test_the_assistant_answers_over_http_and_a_killed_turn_goes_on(begin: Begin) -> None:
    with _served(begin, HEURESIS_FAULT="act:1") as (client, process):
        session_id = client.post("/v1/sessions", json={}).json()["id"]
        said = {"text": "What is the molecular weight of aspirin?"}
        place = client.post(f"/v1/sessions/{session_id}/messages", json=said).headers["location"]
        assert process.wait(60) == -signal.SIGKILL
    with _served(begin) as (client, _):
        last = _await_end(client, place)
        assert (last["name"], last["ending"]) == ("done", "answered")
        assert "180." in last["text"]
        found = client.get(f"/v1/runs/{last['runs'][-1]}").json()
        assert any(number["path"] == "average_mass" for number in found["numbers"])
        said_there = client.get(f"/v1/sessions/{session_id}").json()["messages"]
        assert [one["author"] for one in said_there] == ["person", "assistant"]


def test_a_key_made_while_it_serves_is_asked_for_at_once(begin: Begin, run: Run) -> None:
    with _served(begin) as (client, _):
        assert client.get("/v1/tools").status_code == 200
        made = run("key", "create", "laptop", "--scope", "read", "--json").json()
        assert client.get("/v1/tools").status_code == 401
        headers = {"Authorization": f"Bearer {made['key']}"}
        assert client.get("/v1/tools", headers=headers).status_code == 200


def test_a_key_is_shown_once_listed_without_its_secret_and_revoked(run: Run, home: Path) -> None:
    text = run("key", "create", "laptop", "--scope", "run", "--runs-per-day", "9").out.strip()
    key_id, secret = text.split("_", 2)[1:]
    listed = run("key", "list", "--json")
    assert listed.json()[0]["name"] == "laptop"
    assert secret not in listed.out
    assert secret.encode() not in b"".join(
        place.read_bytes() for place in home.rglob("ledger*") if place.is_file()
    )
    assert run("key", "revoke", key_id, "--json").json()["revoked_at"]
    assert run("key", "revoke", "none").code == 2
