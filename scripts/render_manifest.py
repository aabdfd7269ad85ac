"""Write a Kubernetes manifest from a file of values: `python scripts/render_manifest.py FILE`."""

import re
import sys
from pathlib import Path
from typing import Any

import yaml

HOME = "/var/lib/heuresis"
USER_ID = 10001  # that of deploy/Dockerfile
SECRET = re.compile(r"(?:^|_)(?:KEY|SECRET|TOKEN|PASSWORD)S?$")


def manifest(values: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the objects that a cluster is given: settings, a disk, the API, and its address."""
    return [_settings(values), _disk(values), _deployment(values), _service(values)]


def _settings(values: dict[str, Any]) -> dict[str, Any]:
    given = {name: str(value) for name, value in values["settings"].items()}
    for name in given:
        if SECRET.search(name) or not name.startswith("HEURESIS_"):
            raise SystemExit(
                f"settings: got {name!r}, allowed: HEURESIS_… without a secret; the Secret "
                f"{values['secret']!r} is for others"
            )
    return _object("v1", "ConfigMap", values, {"data": {"HEURESIS_HOME": HOME, **given}})


def _disk(values: dict[str, Any]) -> dict[str, Any]:
    home = values["home"]
    spec = {
        "accessModes": ["ReadWriteOnce"],
        "resources": {"requests": {"storage": home["size"]}},
        **({"storageClassName": home["storageClass"]} if home["storageClass"] else {}),
    }
    return _object("v1", "PersistentVolumeClaim", values, {"spec": spec})


def _deployment(values: dict[str, Any]) -> dict[str, Any]:
    name, labels = values["name"], {"app": values["name"]}
    spec = {
        "replicas": 1,  # more than one was not tried
        "strategy": {"type": "Recreate"},
        "selector": {"matchLabels": labels},
        "template": {
            "metadata": {"labels": labels},
            "spec": {
                "automountServiceAccountToken": False,
                "terminationGracePeriodSeconds": 60,
                "securityContext": {
                    "runAsNonRoot": True,
                    "runAsUser": USER_ID,
                    "fsGroup": USER_ID,
                    "seccompProfile": {"type": "RuntimeDefault"},
                },
                "containers": [_container(values)],
                "volumes": [{"name": "home", "persistentVolumeClaim": {"claimName": name}}],
            },
        },
    }
    return _object("apps/v1", "Deployment", values, {"spec": spec})


def _container(values: dict[str, Any]) -> dict[str, Any]:
    name, image, port = values["name"], values["image"], values["api"]["port"]
    return {
        "name": "api",
        "image": f"{image['repository']}:{image['tag']}",
        "command": _command(values["api"]),
        "envFrom": [{"configMapRef": {"name": name}}, {"secretRef": {"name": values["secret"]}}],
        "ports": [{"name": "http", "containerPort": port}],
        "readinessProbe": {"httpGet": {"path": "/readyz", "port": "http"}, "periodSeconds": 10},
        "livenessProbe": {"httpGet": {"path": "/healthz", "port": "http"}, "periodSeconds": 20},
        "startupProbe": {
            "httpGet": {"path": "/healthz", "port": "http"},
            "periodSeconds": 5,
            "failureThreshold": 60,
        },
        "resources": values["api"]["resources"],
        "securityContext": {
            "allowPrivilegeEscalation": False,
            "capabilities": {"drop": ["ALL"]},
        },
        "volumeMounts": [{"name": "home", "mountPath": HOME}],
    }


def _command(api: dict[str, Any]) -> list[str]:
    words = ["heuresis", "api", "serve", "--host", "0.0.0.0", "--port", str(api["port"])]
    words += ["--jobs", str(api["jobs"])]
    words += [word for one in api["allowOrigins"] for word in ("--allow-origin", one)]
    return [*words, "--mcp-compact"] if api["mcpCompact"] else words


def _service(values: dict[str, Any]) -> dict[str, Any]:
    port = values["api"]["port"]
    ports = [{"name": "http", "port": port, "targetPort": "http"}]
    return _object(
        "v1", "Service", values, {"spec": {"selector": {"app": values["name"]}, "ports": ports}}
    )


def _object(
    version: str, kind: str, values: dict[str, Any], content: dict[str, Any]
) -> dict[str, Any]:
    named = {"name": values["name"], "labels": {"app": values["name"]}}
    return {"apiVersion": version, "kind": kind, "metadata": named, **content}


if __name__ == "__main__":
    found = yaml.safe_load(Path(sys.argv[1]).read_text(encoding="utf-8"))
    print(f"# Made by scripts/render_manifest.py from {Path(sys.argv[1]).name}; do not edit.")
    print(yaml.safe_dump_all(manifest(found), sort_keys=False), end="")
