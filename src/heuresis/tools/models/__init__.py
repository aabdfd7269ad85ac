"""Weights of our own small models, one folder each: weights.safetensors and card.json."""

import json
from functools import cache
from pathlib import Path
from typing import Any

from pydantic import Field

from heuresis.contract import Frozen, TrainingData, digest_of
from heuresis.errors import ServiceError

_HERE = Path(__file__).parent


class ModelCard(Frozen):
    """What is known of trained weights; written by the recipe that trained them."""

    name: str = Field(pattern=r"^[a-z0-9-]+$", description="Folder of the weights.")
    recipe: str = Field(description="The command that makes the weights anew.")
    seed: int = Field(description="Seed of the shipped weights.")
    sha256: str = Field(pattern=r"^sha256:[0-9a-f]{64}$", description="Digest of the weights.")
    n_parameters: int = Field(gt=0, description="Trained numbers.")
    training_data: tuple[TrainingData, ...] = Field(description="Sets, their terms, the split.")
    method: str = Field(description="Architecture and recipe, with sources.")
    minutes: float = Field(gt=0, description="Time of training on two cores.")
    metrics: dict[str, Any] = Field(description="Measured, with baselines in the same tables.")
    limits: tuple[str, ...] = Field(description="Where it is wrong or was not tried.")


def weights_of(name: str) -> Path:
    """Return the file of a model's weights.

    Raises:
        ServiceError: No such file.
    """
    place = _HERE / name / "weights.safetensors"
    if not place.is_file():
        raise ServiceError(f"model {name!r}: no weights at {place}, allowed: reinstall heuresis")
    return place


@cache
def digest(name: str) -> str:
    """Return the sha256 of a model's weights."""
    return digest_of(weights_of(name).read_bytes())


@cache
def card(name: str) -> ModelCard:
    """Return what is known of a model."""
    return ModelCard.model_validate_json((_HERE / name / "card.json").read_text())


def tensors(name: str) -> dict[str, Any]:
    """Load a model's weights as float32 torch tensors by name."""
    from safetensors.torch import load_file

    return {key: value.float() for key, value in load_file(weights_of(name)).items()}


def save(name: str, state: dict[str, Any], facts: dict[str, Any]) -> Path:
    """Write weights as float16 with their card; called by recipes only.

    Args:
        name: Folder.
        state: Torch tensors by name.
        facts: Fields of the card but name, sha256 and n_parameters.
    """
    from safetensors.torch import save_file

    folder = _HERE / name
    folder.mkdir(exist_ok=True)
    place = folder / "weights.safetensors"
    save_file({key: value.half().contiguous() for key, value in state.items()}, place)
    known = ModelCard(
        name=name,
        sha256=digest_of(place.read_bytes()),
        n_parameters=sum(value.numel() for value in state.values()),
        **facts,
    )
    text = json.dumps(known.model_dump(mode="json"), indent=1, ensure_ascii=False)
    (folder / "card.json").write_text(text + "\n")
    return place
