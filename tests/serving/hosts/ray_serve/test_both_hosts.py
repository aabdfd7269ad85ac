"""Every tool of the registry says the same on both hosts: status, reason, numbers, run keys.

Each host has a ledger of its own. What a tool leans on is computed in this process only, once, and
given to both: the tool under test is computed on both, always, and each that is leaned on has its
own turn.
"""

import pickle
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import torch
from sqlalchemy import text

from heuresis.contract import Outcome, Request, Response
from heuresis.memory.ledger import Ledger
from heuresis.memory.vault import Vault
from heuresis.serving.host import Host
from heuresis.serving.hosts.inprocess import InProcessHost
from heuresis.serving.lab import Lab
from heuresis.settings import Settings, get_settings
from heuresis.tools import registry

pytestmark = pytest.mark.ray
SLOW = {
    "crystal.bulk_modulus",
    "crystal.relax",
    "crystal.stability",
    "medical.recovery",
    "medical.segment_vessels",
    "molecule.admet",
}
WAYS = [
    pytest.param(
        tool.name, backend.name, marks=[pytest.mark.slow] if tool.name in SLOW else [],
        id=f"{tool.name}.{backend.name}",
    )
    for tool in registry.load_all()
    for backend in tool.backends[: 1 if tool.name in SLOW else None]
    if backend.missing() is None
]  # fmt: skip


class Sharing:
    """Computes in this process, remembers, and sends one backend elsewhere, if told where."""

    name = "sharing"

    def __init__(self, memory: dict[bytes, list[Response]], other: Host | None) -> None:
        self._memory, self._other = memory, other
        self._here = InProcessHost()
        self.sent_away: Any = None

    def call(self, backend: Any, requests: Sequence[Request], timeout_s: float) -> list[Response]:
        if self._other is not None and backend is self.sent_away:
            return self._other.call(backend, requests, timeout_s)
        key = pickle.dumps((type(backend), backend.name, list(requests)))
        if key not in self._memory:
            torch.set_num_threads(get_settings().n_threads)  # tools before may have changed it, and
            # sums of floats end in other digits on another number of threads
            self._memory[key] = self._here.call(backend, requests, timeout_s)
        return self._memory[key]


@dataclass
class Arm:
    lab: Lab
    host: Sharing

    def run(self, tool: str, request: Any, backend: str) -> tuple[Outcome, str]:
        self.host.sent_away = self.lab.way(tool, backend)[1]
        outcome = self.lab.run(tool, request, backend=backend)
        with self.lab.ledger.read() as connection:
            query = text("SELECT key FROM run WHERE id = :id")
            return outcome, str(connection.execute(query, {"id": outcome.run_id}).scalar())


@pytest.fixture(scope="module")
def arms(ray_settings: Settings, tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[Arm]]:
    from heuresis.serving.open_lab import open_host

    found, memory = [], {}
    for name, other in (("inprocess", None), ("ray", open_host(ray_settings))):
        host = Sharing(memory, other)
        chosen = Settings(home=tmp_path_factory.mktemp(name))
        ledger, vault = Ledger(chosen.ledger), Vault(chosen.vault)
        for tool in registry.load_all():
            for file in tool.example_files:
                vault.put(Path(file).read_bytes())
        found.append(Arm(Lab(ledger, vault, host, (), chosen), host))
    yield found
    for arm in found:
        arm.lab.ledger.close()


@pytest.mark.parametrize(("name", "backend"), WAYS)
def test_an_example_has_the_same_outcome_on_both_hosts(
    name: str, backend: str, arms: list[Arm]
) -> None:
    example = registry.load(name).example
    here, key_here = arms[0].run(name, example, backend)
    there, key_there = arms[1].run(name, example, backend)
    assert (there.status, there.reason) == (here.status, here.reason)
    assert key_there == key_here
    assert there.response == here.response
    assert not there.cached
