"""How models are hosted: one YAML file, small because cards say most of it.

Every deployment starts from what its card's cost class suggests; `defaults` changes all of them,
`deployments` one. Memory is declared by whoever runs the models; nothing is guessed.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic import Field, ValidationError

from heuresis.contract import Card, Cost, Frozen
from heuresis.errors import RequestError
from heuresis.explain import wrong_fields
from heuresis.serving.hosts.ray_serve.address import Address, addresses

MB = 1024 * 1024


class Limits(Frozen):
    """What one deployment may use."""

    cpus: float = Field(
        default=0.05, ge=0, description="Processors reserved for a replica, as a share for Ray."
    )
    gpus: float | None = Field(
        default=None,
        ge=0,
        description="Accelerators reserved for a replica; none: from `accelerator_mb`.",
    )
    accelerator_mb: int = Field(
        default=0, ge=0, description="Accelerator memory of a loaded replica, in MB; 0: none."
    )
    memory_mb: int = Field(
        default=0, ge=0, description="Memory reserved for a replica, in MB; 0: not reserved."
    )
    recycle_mb: int = Field(
        default=6144, gt=0, description="Memory above which a replica is replaced, in MB."
    )
    min_replicas: int = Field(default=0, ge=0, description="Replicas that stay when idle.")
    max_replicas: int = Field(default=1, ge=1, description="Replicas under load.")
    idle_s: float = Field(
        default=600, ge=0, description="Seconds without a call until the last replica leaves."
    )
    calls_per_replica: int = Field(
        default=32, ge=1, description="Calls a replica takes at once and joins; others queue."
    )
    max_queued: int = Field(
        default=256, ge=1, description="Calls of one caller's process that may wait in the queue."
    )
    proof_s: float = Field(
        default=60, gt=0, description="Seconds without work after which the model is tried."
    )
    drain_s: float = Field(
        default=20, ge=0, description="Seconds a leaving replica has to finish what it runs."
    )


class SomeLimits(Frozen):
    """Limits that differ; the others stay."""

    cpus: float | None = Field(default=None, ge=0, description="See `Limits`.")
    gpus: float | None = Field(default=None, ge=0, description="See `Limits`.")
    accelerator_mb: int | None = Field(default=None, ge=0, description="See `Limits`.")
    memory_mb: int | None = Field(default=None, ge=0, description="See `Limits`.")
    recycle_mb: int | None = Field(default=None, gt=0, description="See `Limits`.")
    min_replicas: int | None = Field(default=None, ge=0, description="See `Limits`.")
    max_replicas: int | None = Field(default=None, ge=1, description="See `Limits`.")
    idle_s: float | None = Field(default=None, ge=0, description="See `Limits`.")
    calls_per_replica: int | None = Field(default=None, ge=1, description="See `Limits`.")
    max_queued: int | None = Field(default=None, ge=1, description="See `Limits`.")
    proof_s: float | None = Field(default=None, gt=0, description="See `Limits`.")
    drain_s: float | None = Field(default=None, ge=0, description="See `Limits`.")

    def over(self, limits: Limits) -> Limits:
        """Return limits with what is said here in the place of what they say."""
        return limits.model_copy(update=self.model_dump(exclude_none=True))


class Accelerator(Frozen):
    """One accelerator of the cluster."""

    memory_mb: int = Field(gt=0, description="Its memory for models, in MB.")


class Cluster(Frozen):
    """The Ray that `heuresis serve up` starts, and what a cluster has."""

    cpus: int | None = Field(default=None, ge=1, description="Processors; none: those found.")
    object_store_mb: int = Field(
        default=200, ge=80, description="Memory for requests under way, in MB, on this computer."
    )
    http_port: int = Field(
        default=8000,
        ge=1,
        le=65535,
        description="Port of language models; opened when the first of them comes up.",
    )
    accelerators: tuple[Accelerator, ...] = Field(
        default=(), description="Accelerators, in Ray's order; none: models run on processors."
    )


class Patience(Frozen):
    """How long a caller waits for what is not computing yet."""

    start_s: float = Field(default=180, gt=0, description="For a replica to start.")
    queue_s: float = Field(default=900, gt=0, description="In the queue, and for room to load.")


class Kubernetes(Frozen):
    """What the KubeRay manifest says beside the deployments."""

    image: str = Field(default="heuresis-ray:latest", min_length=1, description="Your image.")
    llm_image: str = Field(
        default="rayproject/ray-llm:2.60.0-py312-cu130",
        min_length=1,
        description="Image for language models: Ray with vLLM.",
    )
    workers: int = Field(default=1, ge=0, description="Worker pods.")
    worker_cpus: int = Field(default=4, ge=1, description="Processors of a worker pod.")
    worker_memory_mb: int = Field(default=16384, ge=1024, description="Memory of a worker, in MB.")
    worker_gpus: int = Field(default=0, ge=0, description="Accelerators of a worker pod.")
    head_cpus: int = Field(default=2, ge=1, description="Processors of the head pod.")
    head_memory_mb: int = Field(default=8192, ge=1024, description="Memory of the head, in MB.")


class HostingConfig(Frozen):
    """The whole file."""

    cluster: Cluster = Field(default=Cluster(), description="Resources.")
    patience: Patience = Field(default=Patience(), description="Waiting.")
    defaults: SomeLimits = Field(default=SomeLimits(), description="For every deployment.")
    deployments: dict[str, SomeLimits] = Field(
        default={}, description="By name: 'crystal.relax.chgnet'."
    )
    kubernetes: Kubernetes = Field(default=Kubernetes(), description="For the manifest.")

    def limits(self, address: Address, card: Card) -> Limits:
        """Return the limits of one deployment."""
        own = self.deployments.get(address.name, SomeLimits())
        return own.over(self.defaults.over(suggested(card, _batch_size(address))))

    def gpus(self, limits: Limits) -> float:
        """Return the share of an accelerator that a replica reserves.

        Raises:
            RequestError: It needs more memory than any accelerator has.
        """
        if limits.gpus is not None or not limits.accelerator_mb:
            return limits.gpus or 0.0
        smallest = min((one.memory_mb for one in self.cluster.accelerators), default=0)
        if limits.accelerator_mb > smallest:
            raise RequestError(
                f"accelerator_mb: got {limits.accelerator_mb} MB, allowed: {smallest} MB, the "
                "smallest of `cluster.accelerators`; or state `gpus`"
            )
        return round(limits.accelerator_mb / smallest + 5e-5, 4)  # Ray counts in 0.0001


def suggested(card: Card, batch_size: int) -> Limits:
    """Return what a card's cost suggests.

    A dear model is given little to queue, so that a caller hears early that it is busy. Shares of
    processors are small: all models of a laptop may be loaded at once, the system shares its time.
    """
    is_slow = card.cost in (Cost.MODERATE, Cost.DEAR)
    return Limits(
        cpus=0.1 if is_slow else 0.05,
        calls_per_replica=2 if is_slow or batch_size == 1 else 32,
        max_queued=64 if is_slow else 256,
        proof_s=300 if is_slow else 60,
    )


def read_config(path: Path | None) -> HostingConfig:
    """Read the YAML file; None for what cards suggest.

    Raises:
        RequestError: It is not there, is no YAML, or says what is not allowed.
    """
    if path is None:
        return HostingConfig()
    import yaml

    try:
        found = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise RequestError(f"hosting file {str(path)!r}: {error}") from error
    return checked({} if found is None else found, str(path))


def checked(found: Any, where: str) -> HostingConfig:
    """Return the configuration that a mapping says.

    Raises:
        RequestError: A field is wrong, or names a deployment that is not.
    """
    if not isinstance(found, Mapping):
        raise RequestError(
            f"hosting file {where!r}: got a {type(found).__name__}, allowed: a mapping of "
            f"{', '.join(HostingConfig.model_fields)}"
        )
    try:
        config = HostingConfig.model_validate(dict(found))
    except ValidationError as error:
        wrong = "; ".join(wrong_fields(error, "file"))
        raise RequestError(f"hosting file {where!r}: {wrong}") from error
    _check_deployments(config, where)
    return config


def _check_deployments(config: HostingConfig, where: str) -> None:
    known = {one.name: one for one in addresses()}
    for name in config.deployments:
        if name not in known:
            raise RequestError(
                f"hosting file {where!r}: deployments: got {name!r}, allowed: {', '.join(known)}"
            )
    for name, address in known.items():
        limits = config.limits(address, address.open()[0].card)
        if limits.min_replicas > limits.max_replicas:
            raise RequestError(
                f"hosting file {where!r}: {name}: got min_replicas {limits.min_replicas} above "
                f"max_replicas {limits.max_replicas}"
            )
        config.gpus(limits)


def _batch_size(address: Address) -> int:
    return max(1, address.open()[1].batch_size)
