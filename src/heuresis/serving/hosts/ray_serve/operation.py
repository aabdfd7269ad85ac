"""What an operator does with the Ray of a home: bring it up, look at it, take it down."""

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from heuresis import secrets
from heuresis.errors import ServiceError
from heuresis.serving.hosts.ray_serve import connection
from heuresis.serving.hosts.ray_serve.address import Address, addresses
from heuresis.serving.hosts.ray_serve.config import HostingConfig, read_config
from heuresis.serving.hosts.ray_serve.connection import Record, folder, read_record
from heuresis.serving.hosts.ray_serve.llm_export import PREFIX
from heuresis.settings import Settings

START_S = 180.0
POLL_S = 0.2
LOG_LINES = 15
CALLERS_OWN = re.compile(  # replicas compute: they ask nobody and keep nothing
    r"HEURESIS_(SECRETS|\w*ENDPOINTS?|LLM_\w+|CHAT_\w+|\w+_URL|EGRESS_ALLOWED)$"
)
_started: list[subprocess.Popen[bytes]] = []  # Python complains of one that is let go and runs


def config_file(settings: Settings) -> Path | None:
    """Return the hosting file in use: that of the settings, else serving.yaml of the home."""
    if settings.serving_file:
        return Path(settings.serving_file).expanduser().resolve()
    own = settings.home / "serving.yaml"
    return own if own.is_file() else None


def up(settings: Settings, followed: int | None = None, http_port: int = 0) -> Record:
    """Start a Ray for this home, or add to a running one, or the one named, what it lacks.

    Args:
        settings: Whose home.
        followed: A process whose end is also the end of the Ray; None: it stays by itself.
        http_port: Port of this computer at which language models are asked; 0: none. One that
            runs already keeps what it was started with.

    Raises:
        RequestError: The hosting file is wrong.
        ServiceError: Ray is not installed, or does not start.
    """
    path = config_file(settings)
    config = read_config(path)
    if settings.ray_address:
        return _add_to_named(settings, config)
    connection.make_private(settings)
    connection.import_ray()
    record = read_record(settings)
    if record is not None and record.is_alive:
        connection.connect(settings)
        deploy_all(settings, config)
        return record
    connection.forget_record(settings)
    return _start(settings, path, followed, http_port)


def _add_to_named(settings: Settings, config: HostingConfig) -> Record:
    """Offer models on a Ray that others keep; its record names no process of ours."""
    connection.connect(settings)
    from ray import serve

    serve.start(proxy_location="Disabled")  # changes nothing where Serve runs
    deploy_all(settings, config)
    return Record(settings.ray_address, 0, 0.0)


def _start(settings: Settings, path: Path | None, followed: int | None, http_port: int) -> Record:
    log = folder(settings) / "ray.log"
    log.parent.mkdir(parents=True, exist_ok=True)
    command = [sys.executable, "-m", f"{__package__}.keeper", str(path or "")]
    command += [str(followed or ""), str(http_port)]
    with log.open("wb") as file:
        process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=file,
            stderr=subprocess.STDOUT,
            env={
                **_environment(),
                "HEURESIS_HOME": str(settings.home),
                "PYTHONUNBUFFERED": "1",
            },
            start_new_session=True,  # it outlives this terminal
        )
    _started.append(process)
    until = time.monotonic() + START_S
    while time.monotonic() < until and process.poll() is None:
        record = read_record(settings)
        if record is not None and record.pid == process.pid:
            return record
        time.sleep(POLL_S)
    process.terminate()
    raise ServiceError(f"Ray did not start; {str(log)!r} ends with:\n{_tail(log)}")


def _environment() -> dict[str, str]:
    """Return what Ray's processes inherit: no secret, and no place of anything kept."""
    kept = secrets.withheld(os.environ)
    return {name: value for name, value in kept.items() if not CALLERS_OWN.match(name)}


def _tail(log: Path) -> str:
    lines = log.read_text(encoding="utf-8", errors="replace").splitlines()
    return "\n".join(lines[-LOG_LINES:])


def down(settings: Settings) -> bool:
    """End the Ray that `up` started for this home; other Rays stay.

    Returns:
        Whether there was one.

    Raises:
        ServiceError: It does not end.
    """
    record = read_record(settings)
    if record is None or not record.is_alive:
        connection.forget_record(settings)
        return False
    os.kill(record.pid, signal.SIGTERM)
    if not _is_gone(record, 60):
        os.kill(record.pid, signal.SIGKILL)  # Ray's own processes end with it
        if not _is_gone(record, 10):
            raise ServiceError(f"Ray of process {record.pid}: does not end")
    connection.forget_record(settings)
    return True


def _is_gone(record: Record, patience_s: float) -> bool:
    until = time.monotonic() + patience_s
    while record.is_alive:
        if time.monotonic() > until:
            return False
        time.sleep(POLL_S)
    return True


def deploy_all(
    settings: Settings, config: HostingConfig, wanted: Sequence[Address] | None = None
) -> None:
    """Declare the deployments this Ray lacks; replicas start when they are called.

    Args:
        settings: Those that tools read where they run.
        config: Limits.
        wanted: Which; None for every backend that is not missing here.
    """
    from ray import serve
    from ray.serve.api import RunTarget

    from heuresis.serving.hosts.ray_serve.deploy import built, environment_of

    present = serve.status().applications
    if wanted is None:
        wanted = [one for one in addresses() if one.open()[1].missing() is None]
    environment = environment_of(settings)
    targets = [
        RunTarget(built(config, one, environment), name=one.name, route_prefix=None)
        for one in wanted
        if one.name not in present
    ]
    if targets:
        serve.run_many(
            targets,
            wait_for_ingress_deployment_creation=True,
            wait_for_applications_running=False,
        )


def look(settings: Settings) -> dict[str, Any]:
    """Return what runs, as data for a table or JSON.

    Raises:
        ServiceError: No Ray is running.
    """
    config = read_config(config_file(settings))
    connection.connect(settings)
    import ray
    from ray import serve

    applications = serve.status().applications
    return {
        "address": connection.address_in_use(settings),
        "cluster": ray.cluster_resources(),
        "available": ray.available_resources(),
        "placement": _placement(config),
        "deployments": [
            _line(name, one)
            for name, one in applications.items()
            if not name.startswith(PREFIX)  # `serve llm status` lists those
        ],
    }


def _line(name: str, application: Any) -> dict[str, Any]:
    (deployment,) = application.deployments.values()
    states = {str(state): n for state, n in deployment.replica_states.items() if n}
    reports = _reports(name) if states.get("RUNNING") else []
    return {
        "name": name,
        "status": str(deployment.status.value),
        "message": deployment.message,
        "replicas": states,
        "running": sum(int(one["n_running"]) for one in reports),
        "queued": sum(int(one["n_queued"]) for one in reports),
        "memory_mb": round(sum(float(one["memory_mb"]) for one in reports)),
        "pids": [one["pid"] for one in reports],
    }


def _reports(name: str) -> list[dict[str, Any]]:
    from ray import serve

    asked = serve.get_app_handle(name).broadcast("report")
    found = asked.results(timeout_s=5, return_exceptions=True)
    return [one for one in found if isinstance(one, dict)]


def _placement(config: HostingConfig) -> dict[str, Any]:
    """Return the placement book, or nothing where no model asked for room."""
    import ray

    from heuresis.serving.hosts.ray_serve.clerk import NAME

    if not config.cluster.accelerators:
        return {}
    try:
        clerk = ray.get_actor(NAME, namespace=connection.NAMESPACE)
    except ValueError:
        return {}
    figures: dict[str, Any] = ray.get(clerk.figures.remote(), timeout=10)
    return figures
