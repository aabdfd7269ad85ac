"""kill -9 at any moment loses no finished run, repeats none, and changes no result."""

import json
import os
import random
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import pytest
from ledger_content import content

from heuresis.memory import campaigns
from heuresis.memory.ledger import Ledger
from heuresis.settings import Settings

DRIVER = Path(__file__).with_name("drive_campaign.py")
KILLED = -9
N_RANDOM_KILLS = 25
NODES = ("propose", "screen", "validate", "record", "learn", "report")
STEPS = tuple(f"lab.{step}" for step in range(1, 11))


def drive(home: Path, **env: str) -> subprocess.Popen[bytes]:
    env = {**os.environ, "WEIGH_COUNT": str(home / "executions"), **env}
    home.mkdir(parents=True, exist_ok=True)
    return subprocess.Popen([sys.executable, str(DRIVER), str(home)], env=env)


def finish(home: Path) -> None:
    process = drive(home)
    assert process.wait(timeout=120) == 0


def said(home: Path) -> dict[str, object]:
    ledger = Ledger(Settings(home=home).ledger)
    try:
        return {**content(ledger), "stop": campaigns.list_all(ledger)[0].stop_reason}
    finally:
        ledger.close()


def executed(home: Path) -> Counter[str]:
    return Counter((home / "executions").read_text().split())


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("undisturbed")
    finish(home)
    assert said(home)["stop"] == "budget"
    return home


@pytest.mark.parametrize("point", [*(f"{node}:1" for node in NODES), "validate:4", "propose:2"])
def test_a_kill_after_a_node_changes_nothing(point: str, tmp_path: Path, undisturbed: Path) -> None:
    assert drive(tmp_path, HEURESIS_FAULT=point).wait(timeout=120) == KILLED
    finish(tmp_path)
    assert said(tmp_path) == said(undisturbed)
    assert executed(tmp_path) == executed(undisturbed)


@pytest.mark.parametrize("point", [f"{step}:2" for step in STEPS])
def test_a_kill_at_a_step_of_the_lab_changes_nothing(
    point: str, tmp_path: Path, undisturbed: Path
) -> None:
    assert drive(tmp_path, HEURESIS_FAULT=point).wait(timeout=120) == KILLED
    recorded = recorded_molecules(tmp_path)
    finish(tmp_path)
    assert said(tmp_path) == said(undisturbed)
    assert all(executed(tmp_path)[molecule] == 1 for molecule in recorded)


def test_kills_at_25_random_moments_change_nothing(tmp_path: Path, undisturbed: Path) -> None:
    """One campaign is killed again and again at random; what was recorded is never run again."""
    chance = random.Random(20)
    recorded: set[str] = set()
    n_kills, n_ended = 0, 0
    homes = [tmp_path / "0"]
    while n_kills < N_RANDOM_KILLS:
        process = drive(homes[-1], WEIGH_SECONDS="0.05")
        time.sleep(chance.uniform(1.2, 4.0))
        if process.poll() is None:
            process.kill()
            process.wait()
            n_kills += 1
            recorded = recorded_molecules(homes[-1])
            continue
        assert process.returncode == 0
        n_ended += 1
        assert said(homes[-1]) == said(undisturbed)
        assert all(executed(homes[-1])[molecule] == 1 for molecule in recorded)
        homes.append(tmp_path / str(n_ended))
        recorded = set()
    finish(homes[-1])
    assert said(homes[-1]) == said(undisturbed)
    assert all(executed(homes[-1])[molecule] == 1 for molecule in recorded)


def recorded_molecules(home: Path) -> set[str]:
    """Return the molecules whose run had ended in the ledger."""
    if not (home / "ledger.sqlite3").exists():
        return set()
    ledger = Ledger(Settings(home=home).ledger)
    try:
        rows = content(ledger)["runs"]
    finally:
        ledger.close()
    answers = [json.loads(row[5]) for row in rows if row[3] == "ok"]
    return {answer["smiles"] for answer in answers}
