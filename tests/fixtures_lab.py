"""A lab on a real ledger and a real vault, with the tools that exist for tests."""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from fixtures_postgres import empty_ledger, postgres
from odd_tools import CALLS
from sqlalchemy import inspect, text

from heuresis.memory.ledger import Ledger
from heuresis.memory.vault import Vault
from heuresis.serving.hosts.inprocess import InProcessHost
from heuresis.serving.lab import Lab
from heuresis.serving.policy import Policy
from heuresis.settings import Settings
from heuresis.tools import registry

FROM_POSTGRES = (empty_ledger, postgres)  # fixtures, for who imports them from here
TEST_TOOLS = {
    "test.echo": "noop:ECHO",
    "test.odd": "odd_tools:ODD",
    "test.sum": "odd_tools:SUM",
    "test.slow": "odd_tools:SLOW",
}
HERE = Path(__file__).resolve().parent
CHANGING = {"id", "run_id", "owner", "lease_until", "started_at", "ended_at", "at", "seconds",
            "code_version"}  # fmt: skip

MakeLab = Callable[..., Lab]


@pytest.fixture(autouse=True)
def test_tools(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    for name, place in TEST_TOOLS.items():
        monkeypatch.setitem(registry.BUILT_IN, name, place)
    registry.places.cache_clear()
    CALLS.clear()
    yield
    registry.places.cache_clear()


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run what is marked `both_stores` on each kind of ledger."""
    marked = metafunc.definition.get_closest_marker
    if "store" in metafunc.fixturenames and marked("both_stores") and not marked("sqlite_only"):
        metafunc.parametrize("store", ["sqlite", "postgresql"], indirect=True)


@pytest.fixture
def store(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """The kind of database in which the settings put the ledger."""
    kind = str(getattr(request, "param", "sqlite"))
    if kind == "postgresql":
        monkeypatch.setenv("HEURESIS_LEDGER_URL", request.getfixturevalue("empty_ledger"))
    return kind


@pytest.fixture
def home(tmp_path: Path, store: str) -> Path:
    return tmp_path / "home"


@pytest.fixture
def make_lab(home: Path) -> Iterator[MakeLab]:
    """Open labs on the same ledger and vault, as other processes would."""
    opened: list[Lab] = []

    def make(*policies: Policy, **settings: Any) -> Lab:
        chosen = Settings(home=home, **settings)
        lab = Lab(Ledger(chosen.ledger), Vault.of(chosen), InProcessHost(), policies, chosen)
        opened.append(lab)
        return lab

    yield make
    for lab in opened:
        lab.ledger.close()


@pytest.fixture
def lab(make_lab: MakeLab) -> Lab:
    return make_lab()


@pytest.fixture
def ledger(lab: Lab) -> Ledger:
    return lab.ledger


@pytest.fixture
def executions(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[], list[int]]:
    """What test.echo and test.slow executed, counted outside the ledger."""
    file = tmp_path / "executions.txt"
    monkeypatch.setenv("ECHO_COUNT", str(file))

    def read() -> list[int]:
        return sorted(int(line) for line in file.read_text().split()) if file.exists() else []

    return read


def rows(ledger: Ledger, table: str) -> list[dict[str, Any]]:
    """Return all rows of a table in the order in which they were written."""
    with ledger.read() as connection:
        query = text(f'SELECT * FROM "{table}" ORDER BY {_as_written(ledger, table)}')
        return [dict(row._mapping) for row in connection.execute(query)]


def _as_written(ledger: Ledger, table: str) -> str:
    if ledger.kind == "sqlite":
        return "rowid"
    types = {column["name"]: column["type"] for column in inspect(ledger.engine).get_columns(table)}
    if "id" in types and types["id"].python_type is int:
        return "id"
    return ", ".join([*(n for n in ("started_at", "created_at", "at") if n in types), "ctid"])


def recorded(ledger: Ledger) -> list[str]:
    """Return what the ledger holds of runs, without what differs from one process to another."""
    keys = {row["id"]: row["key"] for row in rows(ledger, "run")}

    def stable(value: Any) -> Any:
        if isinstance(value, bool):
            return int(value)  # as SQLite has it
        if isinstance(value, str):
            for run_id, key in keys.items():
                value = value.replace(run_id, key)
        return value

    found = []
    for table in ("run", "call", "quantity", "artifact", "outbox"):
        for row in rows(ledger, table):
            kept = {name: stable(value) for name, value in row.items() if name not in CHANGING}
            kept["of"] = keys.get(row.get("run_id", ""), "")
            found.append(json.dumps([table, kept], sort_keys=True))
    return sorted(found)


WORKER = f"""
import json, sys, time
from pathlib import Path
sys.path.insert(0, {str(HERE)!r})
from heuresis.serving.context import Context
from heuresis.serving.open_lab import open_lab
from heuresis.settings import Settings
from heuresis.tools import registry
registry.BUILT_IN.update({TEST_TOOLS!r})
job = json.loads(sys.argv[1])
lab = open_lab(Settings(home=Path(job["home"])))
if job["ready"]:
    Path(job["ready"]).touch()
    while not Path(job["start"]).exists():
        time.sleep(0.002)
context = Context(origin=job["origin"])
outcomes = [
    outcome
    for batch in job["batches"]
    for outcome in lab.run_many(job["tool"], batch, context)
]
print(json.dumps([[o.status, o.reason, o.cached, o.run_id] for o in outcomes]))
"""


class Job:
    """Batches run by a process of their own."""

    def __init__(
        self,
        home: Path,
        batches: list[list[dict[str, Any]]],
        *,
        tool: str = "test.echo",
        origin: str = "test:one",
        fault: str = "",
        start: Path | None = None,
        **environment: str,
    ) -> None:
        self.ready = home.parent / f"ready-{origin.replace(':', '-')}" if start else None
        job = {
            "home": str(home),
            "batches": batches,
            "tool": tool,
            "origin": origin,
            "ready": str(self.ready) if self.ready else "",
            "start": str(start),
        }
        self.process = subprocess.Popen(
            [sys.executable, "-c", WORKER, json.dumps(job)],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env={**os.environ, "HEURESIS_FAULT": fault, **environment},
        )

    def outcomes(self, timeout_s: float = 60) -> list[Any]:
        out, err = self.process.communicate(timeout=timeout_s)
        assert self.process.returncode == 0, err
        return list(json.loads(out))

    def dies(self, timeout_s: float = 60) -> int:
        _, err = self.process.communicate(timeout=timeout_s)
        assert self.process.returncode < 0, err or "it reached the end"
        return -self.process.returncode
