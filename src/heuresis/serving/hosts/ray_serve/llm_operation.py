"""Language models on the Ray of a home: bring one up, look at those there are, take one down."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from importlib.util import find_spec
from typing import Any

from heuresis.errors import RequestError, ServiceError
from heuresis.serving.hosts.ray_serve import connection, gpus, operation
from heuresis.serving.hosts.ray_serve.config import HostingConfig, read_config
from heuresis.serving.hosts.ray_serve.llm_export import (
    IMPORT_PATH,
    PREFIX,
    application_name,
    llm_config,
)
from heuresis.serving.llm.table import LanguageModel
from heuresis.settings import Settings

NEARLY = 0.97  # a card of 24 GB reports a little less or more
ENDPOINT = 'HEURESIS_LLM_ENDPOINTS=\'{{"{0}": {{"base_url": "https://…/v1"}}}}\''


@dataclass(frozen=True)
class Served:
    """A language model on this Ray.

    Attributes:
        name: Of its line in the table.
        status: As Serve calls it: DEPLOYING, RUNNING, UNHEALTHY, DEPLOY_FAILED.
        base_url: Where it is asked.
        message: What Serve says of it.
    """

    name: str
    status: str
    base_url: str
    message: str

    def as_data(self) -> dict[str, str]:
        """Return it for JSON."""
        return asdict(self)


def missing(name: str, model: LanguageModel) -> str | None:
    """Say all that stops a model here and what would help, or None."""
    lacks = [one for one in (_without_gpus(model), _without_vllm()) if one]
    if not lacks:
        return None
    instead = ENDPOINT.format(name)
    return (
        f"language model {name!r}: cannot run here: {'; and '.join(lacks)}. An OpenAI-compatible "
        f"server that has it can stand in: {instead}"
    )


def _without_gpus(model: LanguageModel) -> str | None:
    here = gpus.found()
    large = [gpu for gpu in here if gpu.memory_gb >= NEARLY * model.gpu_memory_gb]
    if len(large) >= model.gpus:
        return None
    if not here:
        got = "no GPU"
    else:
        got = "GPUs of " + ", ".join(f"{gpu.memory_gb:.0f} GB" for gpu in here)
    each = f"{model.gpu_memory_gb:g} GB" + (" each" if model.gpus > 1 else "")
    size = f", of which its weights take {model.weights_gb:g} GB" if model.weights_gb else ""
    if model.gpus > 1 and size:
        size += " in all"
    return f"got {got}, allowed: {model.gpus} with {each}{size}"


def _without_vllm() -> str | None:
    if find_spec("ray") is None:
        return "got neither Ray nor the package vllm: pip install 'ray[serve,llm]'"
    if find_spec("vllm") is None:
        return "got no package vllm: pip install 'ray[serve,llm]'"
    return None


def up(settings: Settings, name: str, model: LanguageModel, *, may_run_code: bool) -> str:
    """Offer a model on this computer; returns where it is asked, before its weights are loaded.

    Raises:
        RequestError: The settings name a Ray elsewhere, or the model's code may not be run.
        ServiceError: There is no GPU, no vLLM, too little memory, or Ray does not start.
    """
    if settings.ray_address:
        raise RequestError(
            f"settings: HEURESIS_RAY_ADDRESS: got {settings.ray_address!r}, allowed: empty; for a "
            f"cluster `heuresis serve llm config {name} --yaml` and Ray's `serve deploy`"
        )
    made = llm_config(name, model, may_run_code=may_run_code)
    if (why := missing(name, model)) is not None:
        raise ServiceError(why)
    config = read_config(operation.config_file(settings))
    record = operation.up(settings, http_port=config.cluster.http_port)
    if not record.http_port:
        raise ServiceError(
            "Ray of this home: was started without a port for language models; `heuresis serve "
            f"down`, then `heuresis serve llm up {name}`"
        )
    connection.connect(settings)
    _deploy(name, made)
    return base_url(config, name)


def _deploy(name: str, made: dict[str, Any]) -> None:
    from importlib import import_module

    from ray import serve
    from ray.serve.api import RunTarget

    module, _, builder = IMPORT_PATH.partition(":")
    built = getattr(import_module(module), builder)({"llm_configs": [made]})
    serve.run_many(
        [RunTarget(built, name=application_name(name), route_prefix=f"/{name}")],
        wait_for_ingress_deployment_creation=True,
        wait_for_applications_running=False,
    )


def base_url(config: HostingConfig, name: str) -> str:
    """Return where a model on this computer is asked."""
    return f"http://127.0.0.1:{config.cluster.http_port}/{name}/v1"


def served(settings: Settings) -> list[Served]:
    """Return the language models of this Ray; none where no Ray runs.

    Raises:
        ServiceError: A Ray is said to run, and cannot be joined.
    """
    record = connection.read_record(settings)
    if not settings.ray_address and (record is None or not record.is_alive):
        return []
    connection.connect(settings)
    from ray import serve

    config = read_config(operation.config_file(settings))
    return [
        Served(
            name.removeprefix(PREFIX),
            str(one.status.value),
            base_url(config, name.removeprefix(PREFIX)),
            one.message,
        )
        for name, one in serve.status().applications.items()
        if name.startswith(PREFIX)
    ]


def down(settings: Settings, names: Sequence[str] = ()) -> list[str]:
    """Take models down, all or those named; Ray stays. Returns those that were up.

    Raises:
        ServiceError: A Ray is said to run, and cannot be joined.
    """
    found = [one.name for one in served(settings) if not names or one.name in names]
    if found:
        from ray import serve

        for name in found:
            serve.delete(application_name(name))
    return found
