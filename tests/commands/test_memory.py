"""What is known, from the command line: any row by id, stores checked."""

import shutil
from pathlib import Path

import pytest


@pytest.fixture
def run_id(run) -> str:
    return run("tool", "run", "test.echo", "--number", "2000", "--json").json()["run_id"]


def test_a_run_is_shown_with_its_numbers_and_files(run, run_id: str) -> None:
    found = run("memory", "show", run_id, "--json").json()
    assert (found["is"], found["request"]) == ("run", {"number": 2000})
    assert found["quantities"][0]["value"] == 4000
    shown = run("memory", "show", run_id.lower()[:24]).out
    assert shown.startswith("ok")
    assert "4000" in shown


def test_an_artifact_is_shown_by_digest_and_written(run, run_id: str, tmp_path: Path) -> None:
    digest = run("memory", "show", run_id, "--json").json()["artifacts"][0]["digest"]
    found = run("memory", "show", digest.removeprefix("sha256:")[:12], "--json").json()
    assert found["made_by"] == [{"run_id": run_id, "path": "file"}]
    run("memory", "show", digest, "--out", str(tmp_path / "n.txt"))
    assert (tmp_path / "n.txt").read_text() == "2000"
    assert "in the vault" in run("memory", "show", digest).out


def test_an_id_that_names_nothing_or_too_much_is_refused(run, run_id: str) -> None:
    run("tool", "run", "test.echo", "--number", "3")
    assert "got none" in run("memory", "show", "ZZZZZZZ").err
    assert "got several" in run("memory", "show", run_id[:4]).err
    assert "allowed: 4 or more" in run("memory", "show", "0").err
    assert run("memory", "show", "%%%%").code == 2


def test_a_check_finds_lost_and_damaged_files(run, run_id: str, home: Path) -> None:
    assert run("memory", "check", "--json").json()["sound"] is True
    (stored,) = (path for path in (home / "vault").rglob("*") if path.is_file())
    stored.write_bytes(b"other")
    ended = run("memory", "check", "--json")
    assert (ended.code, len(ended.json()["damaged"])) == (1, 1)
    shutil.rmtree(home / "vault")
    ended = run("memory", "check")
    assert (ended.code, ended.out.startswith("not sound")) == (1, True)


def test_a_damaged_ledger_is_recovered_and_the_damaged_file_kept(run, run_id, home: Path) -> None:
    ledger = home / "ledger.sqlite3"
    assert "it is sound" in run("memory", "recover").err
    data = bytearray(ledger.read_bytes())
    data[-4096:] = b"\xee" * 4096
    ledger.write_bytes(data)
    found = run("memory", "recover", "--json").json()
    assert Path(found["damaged"]).read_bytes() == bytes(data)
    assert run("memory", "check", "--json").json()["ledger"] is None


@pytest.mark.slow
def test_what_was_run_is_found_by_meaning_also_after_a_reindex(run, run_id: str) -> None:
    hits = run("memory", "search", "doubling a number", "--json").json()
    assert run_id in [hit["ref"] for hit in hits]
    assert run("memory", "reindex", "--json").json()["waiting"] == 0
    assert run_id in run("memory", "search", "doubling a number", "--kind", "run").out


def test_a_candidate_and_its_campaign_are_shown(run, tmp_path: Path, monkeypatch) -> None:
    from heuresis.memory import campaigns
    from heuresis.memory.campaigns import CANDIDATE, NewCandidate
    from heuresis.memory.ledger import Ledger
    from heuresis.settings import get_settings

    ledger = Ledger(get_settings().ledger)
    row = {"name": "a", "goal": "some goal", "kind": "molecule", "seed": 1, "spec": "{}",
           "spec_digest": "", "cards": "{}", "code_version": ""}  # fmt: skip
    campaign = campaigns.get(ledger, campaigns.start(ledger, row))
    new = NewCandidate("CCO", (), "random", "drawn", None, "")
    campaigns.open_round(ledger, campaign, 1, [new], {})
    with ledger.read() as connection:
        candidate_id = connection.execute(CANDIDATE.select()).one().id
    ledger.close()
    assert run("memory", "show", candidate_id, "--json").json()["form"] == "CCO"
    assert run("memory", "show", candidate_id).out.startswith("CCO")
