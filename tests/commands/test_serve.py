"""`heuresis serve`: what is hosted and with which limits; up, used by others, and down."""

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import psutil
import pytest
import yaml

RELAX = "crystal.relax.chgnet"


def test_config_prints_every_limit_as_a_file_that_can_be_read_back(run, home: Path) -> None:
    ended = run("serve", "config")
    assert ended.code == 0
    printed = yaml.safe_load(ended.out)
    assert printed["deployments"][RELAX]["max_replicas"] == 1
    home.mkdir()
    (home / "serving.yaml").write_text(ended.out)
    assert run("serve", "config").out == ended.out


def test_the_file_of_the_home_is_used_and_exported(run, home: Path) -> None:
    home.mkdir()
    (home / "serving.yaml").write_text(f"deployments: {{{RELAX}: {{max_replicas: 4}}}}")
    assert run("serve", "config", "--json").json()["deployments"][RELAX]["max_replicas"] == 4
    exported = run("serve", "config", "--serve", "--json").json()["applications"]
    (relax,) = [one for one in exported if one["name"] == RELAX]
    assert relax["deployments"][0]["autoscaling_config"]["max_replicas"] == 4


def test_the_manifest_is_a_ray_service(run) -> None:
    pytest.importorskip("ray")
    manifest = yaml.safe_load(run("serve", "config", "--kuberay").out)
    assert manifest["kind"] == "RayService"
    assert RELAX in manifest["spec"]["serveConfigV2"]


@pytest.mark.parametrize("words", [("serve", "config"), ("tool", "run", "test.echo", "--number=1")])
def test_a_wrong_file_is_the_callers_mistake(
    words: tuple[str, ...], run, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home.mkdir()
    (home / "serving.yaml").write_text("defaults: {cpus: many}")
    monkeypatch.setenv("HEURESIS_HOST", "ray")
    ended = run(*words)
    assert ended.code == 2
    assert "defaults.cpus: got 'many'" in ended.err


def test_where_nothing_is_up_status_and_a_run_say_what_to_do(run, home: Path) -> None:
    assert run("serve", "down").code == 4
    ended = run("serve", "status")
    assert ended.code == 1
    assert "start it with `heuresis serve up`" in ended.err
    done = alone(home, "tool", "run", "molecule.parse", "--text=CCO")
    assert done.returncode == 1
    assert "start it with `heuresis serve up`" in yaml.safe_load(done.stdout)["reason"]


def alone(home: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """Run a command on Ray in a process that knows no Ray yet."""
    return subprocess.run(
        [sys.executable, "-m", "heuresis", *words, "--json", "--home", str(home)],
        env={**os.environ, "HEURESIS_HOST": "ray"},
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )


@pytest.mark.slow
@pytest.mark.ray
def test_up_serves_other_processes_of_the_home_until_down(home: Path) -> None:
    pytest.importorskip("ray.serve")

    def heuresis(*words: str) -> Any:
        done = alone(home, *words)
        assert done.returncode == 0, done.stdout + done.stderr
        return yaml.safe_load(done.stdout)

    up = heuresis("serve", "up")
    try:
        assert up["address"].startswith("127.0.0.1:")
        assert (home / "serve/token").stat().st_mode & 0o077 == 0
        run_id = heuresis("tool", "run", "molecule.describe", "--smiles", "CCO")["run_id"]
        assert heuresis("serve", "up")["pid"] == up["pid"]  # it is up already
        lines = {one["name"]: one for one in heuresis("serve", "status")["deployments"]}
        used = lines["molecule.describe.rdkit"]
        assert (used["replicas"], used["memory_mb"] > 50) == ({"RUNNING": 1}, True)
        assert lines[RELAX]["replicas"] == {}
        assert heuresis("memory", "show", run_id)["id"] == run_id
    finally:
        children = psutil.Process(up["pid"]).children(recursive=True)
        heuresis("serve", "down")
    _, alive = psutil.wait_procs(children, timeout=20)
    assert alive == []
    assert not psutil.pid_exists(up["pid"]) or psutil.Process(up["pid"]).status() == "zombie"
