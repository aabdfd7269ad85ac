"""One Serve application per backend, built from its address and limits.

Separate applications, so that one that is unhealthy, changed or deleted leaves the others alone.
"""

from collections.abc import Mapping
from typing import Any

from heuresis.serving.hosts.ray_serve.address import Address
from heuresis.serving.hosts.ray_serve.config import MB, HostingConfig, Limits
from heuresis.serving.hosts.ray_serve.replica import Replica
from heuresis.settings import Settings

HEALTH_PERIOD_S = 5.0  # looks at figures only; the model itself is asked as `health` says
HEALTH_TIMEOUT_S = 30.0  # a loop that is silent for so long is blocked by the model
IMPORT_PATH = "heuresis.serving.hosts.ray_serve.deploy:build"
TARGET_SHARE = 0.5  # of the calls a replica takes at once, before another replica starts


def options(config: HostingConfig, limits: Limits) -> dict[str, Any]:
    """Return what Serve is told about a deployment, as plain data."""
    reserved: dict[str, Any] = {"num_cpus": limits.cpus, "num_gpus": config.gpus(limits)}
    if limits.memory_mb:
        reserved["memory"] = limits.memory_mb * MB
    return {
        "ray_actor_options": reserved,
        "max_ongoing_requests": limits.calls_per_replica,
        "max_queued_requests": limits.max_queued,
        "autoscaling_config": {
            "min_replicas": limits.min_replicas,
            "max_replicas": limits.max_replicas,
            "target_ongoing_requests": max(1.0, TARGET_SHARE * limits.calls_per_replica),
            "upscale_delay_s": 3.0,
            "downscale_delay_s": max(30.0, limits.idle_s),
            "downscale_to_zero_delay_s": limits.idle_s,
        },
        "health_check_period_s": HEALTH_PERIOD_S,
        "health_check_timeout_s": HEALTH_TIMEOUT_S,
        "graceful_shutdown_wait_loop_s": 0.5,
        "graceful_shutdown_timeout_s": limits.drain_s,
    }


def arguments(address: Address, limits: Limits, environment: Mapping[str, str]) -> dict[str, Any]:
    """Return what `build` is given, as plain data: it also stands in exported files."""
    return {
        "tool": address.tool,
        "backend": address.backend,
        "place": address.place,
        "environment": dict(environment),
        "proof_s": limits.proof_s,
        "recycle_mb": limits.recycle_mb,
    }


def build(given: Mapping[str, Any]) -> Any:
    """Build the application of one backend; Serve calls this by its import path."""
    from ray import serve

    address = Address(given["tool"], given["backend"], given["place"])
    deployment = serve.deployment(Replica, name=address.name)
    return deployment.bind(
        address, given["environment"], float(given["proof_s"]), int(given["recycle_mb"])
    )


def built(config: HostingConfig, address: Address, environment: Mapping[str, str]) -> Any:
    """Build the application of one backend with everything Serve is told about it."""
    from ray import serve

    limits = config.limits(address, address.open()[0].card)
    given = arguments(address, limits, environment)
    deployment = serve.deployment(Replica, name=address.name).options(**options(config, limits))
    return deployment.bind(address, given["environment"], given["proof_s"], given["recycle_mb"])


def environment_of(settings: Settings) -> dict[str, str]:
    """Return the settings that tools read where they run; no address, no key, no ledger."""
    return {
        "HEURESIS_DEVICE": settings.device,
        "HEURESIS_N_THREADS": str(settings.n_threads),
        "HEURESIS_VESSEL_FOLDER": settings.vessel_folder,
        "HEURESIS_CHAT_MODEL": "",  # endpoints are asked by the caller, never by a replica
    }
