"""One Ray for all tests that need one: started as `heuresis serve up` starts it, ended after."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from heuresis.settings import Settings

if TYPE_CHECKING:
    from heuresis.serving.hosts.ray_serve.host import RayHost

TESTS = Path(__file__).resolve().parents[2]
PLANTED = "sk-planted-0123456789-abcdef"  # in the environment of whoever starts Ray
HOSTING = """
cluster: {cpus: 2, object_store_mb: 100, accelerators: [{memory_mb: 1000}]}
patience: {start_s: 90, queue_s: 30}
defaults: {idle_s: 300, drain_s: 5}
"""


@pytest.fixture(scope="session")
def ray_settings(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Settings]:
    """Settings of a home whose Ray is up; this process is joined to it."""
    pytest.importorskip("ray.serve")
    from heuresis.serving.hosts.ray_serve import connection, operation

    home = tmp_path_factory.mktemp("ray")
    (home / "serving.yaml").write_text(HOSTING)
    settings = Settings(home=home, host="ray")
    with pytest.MonkeyPatch.context() as patch:
        # Replicas import the tools of tests by this path.
        patch.setenv("PYTHONPATH", os.pathsep.join([str(TESTS), os.environ.get("PYTHONPATH", "")]))
        patch.setenv("PLANTED_API_KEY", PLANTED)
        patch.setenv("HEURESIS_LEDGER_URL", "postgresql://me@nowhere/x")
        operation.up(settings, followed=os.getpid())
        patch.delenv("HEURESIS_LEDGER_URL")
        connection.connect(settings)
        yield settings
        import ray

        ray.shutdown()
        operation.down(settings)


@pytest.fixture
def ray_host(ray_settings: Settings) -> "RayHost":
    from heuresis.serving.hosts.ray_serve.config import read_config
    from heuresis.serving.hosts.ray_serve.host import RayHost

    return RayHost(ray_settings, read_config(ray_settings.home / "serving.yaml"))
