"""What works here, what is missing, and the fix."""

from pathlib import Path

import pytest

from heuresis.tools import registry


def states(found: dict) -> dict[str, str]:
    return {one["part"]: one["state"] for one in found["findings"]}


def test_a_sound_home_works(run) -> None:
    ended = run("doctor", "--json")
    assert (ended.code, ended.json()["works"]) == (0, True)
    found = states(ended.json())
    assert found["ledger"] == found["vault"] == found["test.echo, echo"] == "ok"
    assert "HEURESIS_HOME" in run("doctor").out


def test_a_backend_that_cannot_run_is_listed_with_the_fix(run, monkeypatch) -> None:
    (echo,) = registry.load("test.echo").backends
    monkeypatch.setattr(type(echo), "missing", lambda self: "no echo: pip install echo")
    ended = run("doctor", "--json")
    assert ended.code == 0
    (one,) = (f for f in ended.json()["findings"] if f["part"] == "test.echo, echo")
    assert (one["state"], one["fix"]) == ("missing", "no echo: pip install echo")


def test_a_damaged_ledger_is_broken_and_names_the_command(run, home: Path) -> None:
    home.mkdir()
    (home / "ledger.sqlite3").write_bytes(b"no database at all" * 500)
    ended = run("doctor", "--json")
    assert (ended.code, states(ended.json())["ledger"]) == (1, "broken")
    assert "heuresis memory recover" in ended.out


def test_a_wrong_setting_is_a_finding_and_no_failure_of_the_doctor(run, monkeypatch) -> None:
    monkeypatch.setenv("HEURESIS_N_THREADS", "many")
    ended = run("doctor", "--json")
    assert (ended.code, states(ended.json())["settings"]) == (1, "broken")


@pytest.mark.parametrize("url", ["postgresql://me:hunter2@localhost:1/x"])
def test_a_password_is_never_shown(run, monkeypatch, url: str) -> None:
    monkeypatch.setenv("HEURESIS_LEDGER_URL", url)
    ended = run("doctor")
    assert "hunter2" not in ended.out + ended.err
