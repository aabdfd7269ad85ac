"""The same deployments for others' tools: a file for `serve deploy`, a manifest for KubeRay."""

from typing import Any

from heuresis.serving.hosts.ray_serve.address import addresses
from heuresis.serving.hosts.ray_serve.config import HostingConfig, Kubernetes
from heuresis.serving.hosts.ray_serve.deploy import IMPORT_PATH, arguments, environment_of, options
from heuresis.settings import Settings

NAME = "heuresis"
SERVE_PORT, GCS_PORT, DASHBOARD_PORT = 8000, 6379, 8265


def serve_config(
    settings: Settings, config: HostingConfig, proxy_location: str = "Disabled"
) -> dict[str, Any]:
    """Return the file for `serve deploy`: every backend that could run, also if not here."""
    return {
        "proxy_location": proxy_location,
        "applications": [_application(settings, config, one) for one in addresses()],
    }


def _application(settings: Settings, config: HostingConfig, address: Any) -> dict[str, Any]:
    limits = config.limits(address, address.open()[0].card)
    return {
        "name": address.name,
        "route_prefix": None,
        "import_path": IMPORT_PATH,
        "args": arguments(address, limits, environment_of(settings)),
        "deployments": [{"name": address.name, **options(config, limits)}],
    }


def kuberay_manifest(settings: Settings, config: HostingConfig) -> dict[str, Any]:
    """Return a RayService: the cluster, and the Serve configuration inside as text.

    Pods ask for the token that the KubeRay operator makes; KubeRay itself looks at Serve's proxy to
    see whether a pod is ready, so there the proxy is on.
    """
    served = serve_config(settings, config, proxy_location="EveryNode")
    return ray_service(NAME, served, config.kubernetes)


def ray_service(name: str, served: dict[str, Any], kubernetes: Kubernetes) -> dict[str, Any]:
    """Return a RayService around a Serve configuration."""
    import yaml

    return {
        "apiVersion": "ray.io/v1",
        "kind": "RayService",
        "metadata": {"name": name},
        "spec": {
            "serveConfigV2": yaml.safe_dump(served, sort_keys=False),
            "rayClusterConfig": {
                "rayVersion": _ray_version(),
                "authOptions": {"mode": "token"},
                "headGroupSpec": _head(kubernetes),
                "workerGroupSpecs": [_workers(kubernetes)] if kubernetes.workers else [],
            },
        },
    }


def _head(kubernetes: Kubernetes) -> dict[str, Any]:
    ports = [
        {"containerPort": GCS_PORT, "name": "gcs-server"},
        {"containerPort": DASHBOARD_PORT, "name": "dashboard"},
        {"containerPort": SERVE_PORT, "name": "serve"},
    ]
    size = _size(kubernetes.head_cpus, kubernetes.head_memory_mb, 0)
    # The head runs no model where there are workers: it must not die with one.
    start = {"num-cpus": "0"} if kubernetes.workers else {}
    return {
        "rayStartParams": {**start, "dashboard-host": "0.0.0.0"},  # within the pod's network
        "template": _pod(kubernetes, "ray-head", size, ports),
    }


def _workers(kubernetes: Kubernetes) -> dict[str, Any]:
    size = _size(kubernetes.worker_cpus, kubernetes.worker_memory_mb, kubernetes.worker_gpus)
    return {
        "groupName": "models",
        "replicas": kubernetes.workers,
        "minReplicas": kubernetes.workers,
        "maxReplicas": kubernetes.workers,
        "rayStartParams": {},
        "template": _pod(kubernetes, "ray-worker", size, []),
    }


def _pod(
    kubernetes: Kubernetes, name: str, size: dict[str, Any], ports: list[dict[str, Any]]
) -> dict[str, Any]:
    container: dict[str, Any] = {"name": name, "image": kubernetes.image, "resources": size}
    if ports:
        container["ports"] = ports
    return {"spec": {"containers": [container]}}


def _size(cpus: int, memory_mb: int, gpus: int) -> dict[str, Any]:
    """Return equal requests and limits: Ray plans with what it sees at the start."""
    amount: dict[str, Any] = {"cpu": str(cpus), "memory": f"{memory_mb}Mi"}
    if gpus:
        amount["nvidia.com/gpu"] = str(gpus)
    return {"limits": amount, "requests": dict(amount)}


def _ray_version() -> str:
    from heuresis.serving.hosts.ray_serve.connection import import_ray

    return str(import_ray().__version__)
