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
    file = home / "executions"
    return Counter(file.read_text().split() if file.exists() else [])


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("undisturbed")
    finish(home)
    assert said(home)["stop"] == "budget"
    return home


@pytest.mark.parametrize("points", [NODES, STEPS], ids=["every node", "every step of the lab"])
def test_a_campaign_killed_at_every_point_ends_as_if_never_killed(
    points: tuple[str, ...], tmp_path: Path, undisturbed: Path
) -> None:
    """One campaign is killed at the first point, resumed and killed at the next, and so on."""
    recorded: dict[str, int] = {}
    for point in points:
        assert drive(tmp_path, HEURESIS_FAULT=f"{point}:1").wait(timeout=120) == KILLED, point
        recorded = watch(tmp_path, recorded)
    finish(tmp_path)
    assert said(tmp_path) == said(undisturbed)
    watch(tmp_path, recorded)


def test_kills_at_25_random_moments_change_nothing(tmp_path: Path, undisturbed: Path) -> None:
    """Campaigns are killed again and again at random; what was recorded is never run again."""
    chance = random.Random(20)
    recorded: dict[str, int] = {}
    n_kills, n_ended = 0, 0
    while n_kills < N_RANDOM_KILLS:
        home = tmp_path / str(n_ended)
        process = drive(home, WEIGH_SECONDS="0.05")
        time.sleep(chance.uniform(1.0, 3.5))
        if process.poll() is None:
            process.kill()
            process.wait()
            n_kills += 1
            recorded = watch(home, recorded)
            continue
        assert process.returncode == 0
        assert said(home) == said(undisturbed)
        watch(home, recorded)
        n_ended, recorded = n_ended + 1, {}
    finish(home)
    assert said(home) == said(undisturbed)
    watch(home, recorded)


def test_a_campaign_killed_on_one_computer_goes_on_on_another_by_their_database(
    empty_ledger: str, tmp_path: Path, undisturbed: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two homes and one PostgreSQL; the second knows nothing but its URL."""
    expected = said(undisturbed)
    monkeypatch.setenv("HEURESIS_LEDGER_URL", empty_ledger)
    first, second = tmp_path / "first", tmp_path / "second"
    assert drive(first, HEURESIS_FAULT="record:2").wait(timeout=120) == KILLED
    finish(second)
    assert said(second) == expected
    assert executed(first) and executed(second)  # neither did it alone
    assert executed(first) + executed(second) == executed(undisturbed)
    assert not list(tmp_path.glob("*/checkpoints.sqlite3"))


def watch(home: Path, before: dict[str, int]) -> dict[str, int]:
    """Check that nothing recorded before was executed since; add what is recorded now."""
    executions = executed(home)
    assert {molecule: executions[molecule] for molecule in before} == before
    return before | {molecule: executions[molecule] for molecule in recorded_molecules(home)}


def recorded_molecules(home: Path) -> set[str]:
    """Return the molecules whose run had ended in the ledger."""
    if not (home / "ledger.sqlite3").exists():
        return set()
    ledger = Ledger(Settings(home=home).ledger)
    try:
        rows = content(ledger)["runs"]
    finally:
        ledger.close()
    return {json.loads(row[5])["smiles"] for row in rows if row[3] == "ok"}
