"""Language models as Ray Serve LLM applications: for `serve deploy`, for KubeRay, and for `up`.

Plain data from one table, as Ray 2.60 reads it (`ray.serve.llm:build_openai_app`): Ray's own
classes for it cannot be imported without vLLM.
"""

from collections.abc import Mapping
from typing import Any

from heuresis.errors import RequestError
from heuresis.serving.hosts.ray_serve.config import HostingConfig
from heuresis.serving.hosts.ray_serve.export import ray_service
from heuresis.serving.llm.table import LanguageModel

IMPORT_PATH = "ray.serve.llm:build_openai_app"
PREFIX = "llm."
LOOPBACK, EVERYWHERE = "127.0.0.1", "0.0.0.0"


def application_name(name: str) -> str:
    """Return the name of a model's application on Serve."""
    return f"{PREFIX}{name}"


def llm_config(name: str, model: LanguageModel, *, may_run_code: bool) -> dict[str, Any]:
    """Return what Ray calls an LLMConfig, as data.

    Args:
        name: By which callers ask for the model.
        model: Its line of the table.
        may_run_code: Whether Python code of the model's own folder may be run.

    Raises:
        RequestError: It has to run such code, and may not.
    """
    if model.runs_code and not may_run_code:
        raise RequestError(
            f"language model {name!r}: got no leave to run the Python code that {model.source!r} "
            "brings, without which it does not load, allowed: --trust-remote-code, after a look "
            "at that code"
        )
    arguments: dict[str, Any] = {
        "tensor_parallel_size": model.gpus,
        "max_model_len": model.context,
    }
    if model.reasoning_parser:
        arguments["reasoning_parser"] = model.reasoning_parser
    if model.tool_call_parser:
        arguments |= {"enable_auto_tool_choice": True, "tool_call_parser": model.tool_call_parser}
    if model.runs_code:
        arguments["trust_remote_code"] = True
    made: dict[str, Any] = {
        "model_loading_config": {"model_id": name, "model_source": model.source},
        "engine_kwargs": {**arguments, **model.engine},
        "deployment_config": {
            "autoscaling_config": {"min_replicas": 1, "max_replicas": model.replicas}
        },
    }
    if model.accelerator:
        made["accelerator_type"] = model.accelerator
    return made


def application(name: str, model: LanguageModel, *, may_run_code: bool) -> dict[str, Any]:
    """Return one model as an application of its own, asked at /NAME/v1."""
    return {
        "name": application_name(name),
        "route_prefix": f"/{name}",
        "import_path": IMPORT_PATH,
        "args": {"llm_configs": [llm_config(name, model, may_run_code=may_run_code)]},
    }


def llm_serve_config(
    models: Mapping[str, LanguageModel],
    config: HostingConfig,
    *,
    may_run_code: bool,
    host: str = LOOPBACK,
) -> dict[str, Any]:
    """Return the file for `serve deploy`. Whoever reaches the port may ask: Ray knows no keys."""
    return {
        "proxy_location": "HeadOnly" if host == LOOPBACK else "EveryNode",
        "http_options": {"host": host, "port": config.cluster.http_port},
        "applications": [
            application(name, model, may_run_code=may_run_code) for name, model in models.items()
        ],
    }


def llm_manifest(
    models: Mapping[str, LanguageModel], config: HostingConfig, *, may_run_code: bool
) -> dict[str, Any]:
    """Return a RayService with one pod of GPUs for each model's replica."""
    served = llm_serve_config(models, config, may_run_code=may_run_code, host=EVERYWHERE)
    n_pods = sum(model.replicas for model in models.values())
    kubernetes = config.kubernetes.model_copy(
        update={
            "image": config.kubernetes.llm_image,
            "workers": n_pods,
            "worker_gpus": max(model.gpus for model in models.values()),
        }
    )
    return ray_service("heuresis-llm", served, kubernetes)
