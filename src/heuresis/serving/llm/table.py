"""The table of language models: ours and the person's own; what each needs and what it backs."""

import re
from collections.abc import Mapping
from importlib.resources import files
from pathlib import Path
from typing import Any

from pydantic import Field, ValidationError, field_validator

from heuresis.contract import Frozen
from heuresis.errors import RequestError
from heuresis.explain import wrong_fields

SET_BY_FIELDS = {  # what vLLM is told by the other fields, and what Ray tells it
    "model": "source",
    "served_model_name": "the name of the entry",
    "tensor_parallel_size": "gpus",
    "max_model_len": "context",
    "reasoning_parser": "reasoning_parser",
    "tool_call_parser": "tool_call_parser",
    "enable_auto_tool_choice": "tool_call_parser",
    "trust_remote_code": "runs_code",
    "distributed_executor_backend": "nothing: Ray sets it",
}
NAME = r"^[a-z0-9][a-z0-9._-]{0,62}$"  # stands in an address and in Serve's names


class LanguageModel(Frozen):
    """One model: where its weights are, what it needs, and what it is good for here."""

    what: str = Field(default="", description="What it is, in one line.")
    source: str = Field(
        min_length=1, description="Name on Hugging Face, a folder, or an address like s3://…"
    )
    citation: str = Field(default="", description="Where it was published.")
    licence: str = Field(default="", description="Of the weights.")
    gpus: int = Field(default=1, ge=1, description="GPUs that share its weights.")
    gpu_memory_gb: float = Field(gt=0, description="Memory that each of them must have, in GB.")
    weights_gb: float = Field(default=0, ge=0, description="Size of the weights; 0: not known.")
    accelerator: str = Field(default="", description="Kind of GPU as Ray names it; empty: any.")
    context: int = Field(default=8192, ge=256, description="Tokens of a question and its answer.")
    replicas: int = Field(default=1, ge=1, description="Copies under load; one is always there.")
    reasoning_parser: str = Field(
        default="", description="vLLM's parser that parts thoughts from the answer; empty: none."
    )
    tool_call_parser: str = Field(
        default="", description="vLLM's parser of calls to tools; empty: it is offered none."
    )
    sees_pictures: bool = Field(default=False, description="Whether it is a vision model.")
    runs_code: bool = Field(
        default=False, description="Whether its folder brings Python code that has to be run."
    )
    engine: dict[str, Any] = Field(default={}, description="Further arguments of vLLM's engine.")
    backs: tuple[str, ...] = Field(
        default=(), description="What here can use it: 'assistant', or names of tools."
    )
    note: str = Field(default="", description="What to know before it is used.")

    @field_validator("engine")
    @classmethod
    def _leaves_fields_alone(cls, value: dict[str, Any]) -> dict[str, Any]:
        for name in value:
            if name in SET_BY_FIELDS:
                raise ValueError(f"{name!r} is set by {SET_BY_FIELDS[name]}")
        return value


class Table(Frozen):
    """Every model that is known, by its name, and why some are not hosted."""

    models: dict[str, LanguageModel] = Field(description="Those that vLLM can host.")
    not_hosted: dict[str, str] = Field(default={}, description="Why vLLM cannot, by name.")

    def named(self, name: str) -> LanguageModel:
        """Return one model.

        Raises:
            RequestError: It is not in the table, or cannot be hosted; the message says why.
        """
        if name in self.not_hosted:
            raise RequestError(f"language model {name!r}: not hosted: {self.not_hosted[name]}")
        if name not in self.models:
            raise RequestError(
                f"language model: got {name!r}, allowed: {', '.join(self.models)}, or an entry of "
                "your own file"
            )
        return self.models[name]


def read_table(own: Path, *, must_exist: bool = False) -> Table:
    """Return our models, and those of the person's own file over them, field by field.

    Args:
        own: The person's file.
        must_exist: Whether it was named, rather than being where such a file would be.

    Raises:
        RequestError: The file is not there though named, is no YAML, or says what is not allowed.
    """
    import yaml

    shipped = yaml.safe_load(files(__package__).joinpath("models.yaml").read_text("utf-8"))
    found: Any = {}
    if must_exist or own.exists():
        try:
            found = yaml.safe_load(own.read_text(encoding="utf-8")) or {}
        except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
            raise RequestError(f"language models {str(own)!r}: {error}") from error
    return Table(
        models=_merged(shipped["models"], _models(found, str(own)), str(own)),
        not_hosted=shipped["not_hosted"],
    )


def _models(found: Any, where: str) -> Mapping[Any, Any]:
    if not isinstance(found, dict) or set(found) - {"models"}:
        got = ", ".join(map(repr, found)) if isinstance(found, dict) else type(found).__name__
        raise RequestError(
            f"language models {where!r}: got {got}, allowed: a mapping with `models`"
        )
    models = found.get("models") or {}
    if not isinstance(models, dict) or not all(isinstance(one, dict) for one in models.values()):
        raise RequestError(
            f"language models {where!r}: models: got something else, allowed: fields by name"
        )
    return models


def _merged(
    shipped: Mapping[str, Any], own: Mapping[Any, Any], where: str
) -> dict[str, LanguageModel]:
    merged = {}
    for name in [*shipped, *(one for one in own if one not in shipped)]:
        if not isinstance(name, str) or not re.fullmatch(NAME, name):
            raise RequestError(
                f"language models {where!r}: got the name {name!r}, allowed: small letters, "
                "digits, '.', '_' and '-'"
            )
        fields = {**shipped.get(name, {}), **own.get(name, {})}
        try:
            merged[name] = LanguageModel.model_validate(fields)
        except ValidationError as error:
            wrong = "; ".join(wrong_fields(error, name))
            raise RequestError(f"language models {where!r}: {name}: {wrong}") from error
    return merged
