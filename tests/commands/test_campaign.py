"""Campaigns from the command line: checked, run, interrupted, resumed, reported."""

import json
import os
import signal
import time
from pathlib import Path

import pytest

CAMPAIGN = """
name: letters
goal: molecules with many letters
seed: 3
space: {{kind: molecule, start: ["CCCCO", "c1ccccc1O"], max_heavy_atoms: 12}}
objectives:
  - {{name: length, direction: maximise, tool: test.slow, path: length, unit: "1",
     worst: 0, best: 40}}
validators:
  - {{kind: distinct}}
  - {{kind: range, name: short, tool: test.slow, path: length, unit: "1", low: {low}}}
proposer: {{kind: random}}
budget: {{rounds: {rounds}, per_round: 4, calls: {{test.slow: {calls}}}}}
"""


@pytest.fixture(autouse=True)
def _no_index(monkeypatch: pytest.MonkeyPatch) -> None:
    """Loading the embedder takes longer than all these campaigns; without it recall lags."""
    monkeypatch.setattr("heuresis.memory.embedder.missing", lambda: "switched off by a test")


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return written(tmp_path)


def written(folder: Path, rounds: int = 1, calls: int = 8, low: int = 1) -> Path:
    place = folder / "letters.yaml"
    place.write_text(CAMPAIGN.format(rounds=rounds, calls=calls, low=low))
    return place


def test_a_check_shows_the_ladder_and_runs_nothing(run, file: Path, tmp_path: Path) -> None:
    found = run("campaign", "check", str(file), "--json").json()
    assert [rung["tool"] for rung in found["ladder"]] == [None, "test.slow", "test.slow"]
    assert run("campaign", "check", str(file)).out.startswith("ready")
    assert not (tmp_path / "count").exists()


def test_a_wrong_file_exits_with_2_and_names_the_field(run, tmp_path: Path) -> None:
    file = written(tmp_path)
    file.write_text(file.read_text().replace("path: length", "path: height"))
    ended = run("campaign", "run", str(file))
    assert (ended.code, "got 'height'" in ended.err) == (2, True)
    assert run("campaign", "check", str(tmp_path / "none.yaml")).code == 2


def test_a_campaign_runs_to_its_report_and_is_listed(run, file: Path, home: Path) -> None:
    ended = run("campaign", "run", str(file), "--json", "-n", "2")
    assert ended.code == 0
    found = ended.json()
    assert len(found["best"]) == 2
    assert Path(found["report"]).is_dir()
    assert ended.err == f"campaign {found['id']}\n"

    begin = found["id"][:20]
    assert run("campaign", "status", begin, "--json").json()["state"] == "done: budget"
    assert "of which" in run("campaign", "status", begin).out
    assert "letters" in run("campaign", "list").out
    assert run("campaign", "report", begin, "--open").out == f"{found['report']}\n"
    assert run("campaign", "resume", begin, "--json").json()["best"]
    shown = run("campaign", "report", begin).out
    assert shown.startswith("done: budget")
    assert "length" in shown


def test_several_files_run_one_after_another(run, file: Path) -> None:
    ended = run("campaign", "run", str(file), str(file), "--json")
    first, second = (json.loads(line) for line in ended.out.splitlines())
    assert first["id"] != second["id"]


def test_a_campaign_in_which_nothing_passes_exits_with_4(run, tmp_path: Path) -> None:
    ended = run("campaign", "run", str(written(tmp_path, low=500)))
    assert ended.code == 4
    assert "no candidate passed every gate" in ended.out


def test_an_unknown_or_unfinished_campaign_has_no_report(run) -> None:
    assert run("campaign", "report", "01ABC").code == 2
    assert run("campaign", "status", "01ABC").code == 2


def test_ctrl_c_leaves_a_campaign_that_resumes_without_repeating_a_run(
    run, begin, tmp_path: Path
) -> None:
    count = tmp_path / "count"
    file = written(tmp_path, rounds=2, calls=8)
    process = begin("campaign", "run", str(file), env={**os.environ, "SLOW_S": "0.5"})
    deadline = time.monotonic() + 40
    while not count.exists() and time.monotonic() < deadline:
        time.sleep(0.05)
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=10)
    assert (process.returncode, out) == (130, "")
    assert "Traceback" not in err
    (command,) = (line for line in err.splitlines() if line.startswith("to go on: "))
    done = run(*command.removeprefix("to go on: heuresis ").split(), "--json")
    assert done.code == 0
    assert done.json()["state"] == "done: budget"
    runs = count.read_text().split()
    assert len(runs) - len(set(runs)) <= 1, "only the run in progress may have begun twice"
    assert run("campaign", "run", str(file)).err.count("was not ended") == 0


def test_a_campaign_that_was_not_ended_is_mentioned(run, file: Path, monkeypatch) -> None:
    monkeypatch.setattr("heuresis.commands.campaign_run.drive", _interrupted)
    first = run("campaign", "run", str(file))
    assert first.code == 130
    assert "heuresis campaign resume 01" in first.err
    assert "was not ended" in run("campaign", "run", str(file)).err


def _interrupted(*args: object) -> None:
    raise KeyboardInterrupt


def test_the_command_to_resume_names_a_home_that_is_not_the_usual_one(
    run, file: Path, tmp_path: Path, monkeypatch
) -> None:
    monkeypatch.setattr("heuresis.commands.campaign_run.drive", _interrupted)
    ended = run("campaign", "run", str(file), "--home", str(tmp_path / "other place"))
    assert f"--home '{tmp_path / 'other place'}'" in ended.err
