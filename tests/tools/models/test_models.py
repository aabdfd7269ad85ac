"""Weights of our own models: each folder has a card that fits what lies beside it."""

from pathlib import Path
from typing import Any

import pytest
import torch

from heuresis.contract import digest_of
from heuresis.errors import ServiceError
from heuresis.tools import models

HERE = Path(models.__file__).parent
SHIPPED = sorted(place.parent.name for place in HERE.glob("*/card.json"))
FACTS: dict[str, Any] = {
    "recipe": "python training/x.py",
    "seed": 3,
    "training_data": [{"name": "drawn", "licence": "none", "split": "none stated"}],
    "method": "two numbers",
    "minutes": 0.1,
    "metrics": {"error": 0.5},
    "limits": ["all"],
}


def test_every_folder_with_weights_has_a_card() -> None:
    folders = {place.parent.name for place in HERE.glob("*/*.safetensors")}
    assert folders == set(SHIPPED)


@pytest.mark.parametrize("name", SHIPPED)
def test_a_card_is_of_the_weights_beside_it(name: str) -> None:
    card = models.card(name)
    assert card.name == name
    assert name.endswith("-small")
    assert card.sha256 == models.digest(name) == digest_of(models.weights_of(name).read_bytes())
    assert sum(tensor.numel() for tensor in models.tensors(name).values()) == card.n_parameters
    assert card.recipe.startswith("python training/")
    assert card.metrics
    assert card.limits
    assert all(data.licence for data in card.training_data)


@pytest.mark.parametrize("name", SHIPPED)
def test_weights_are_finite_numbers_of_half_length(name: str) -> None:
    from safetensors.torch import load_file

    for key, tensor in load_file(models.weights_of(name)).items():
        assert tensor.dtype == torch.float16, key
    assert all(torch.isfinite(tensor).all() for tensor in models.tensors(name).values())


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(models, "_HERE", tmp_path)
    models.digest.cache_clear()
    models.card.cache_clear()
    return tmp_path


def test_what_a_recipe_saves_can_be_loaded(folder: Path) -> None:
    state = {"a": torch.tensor([1.0, -2.5]), "b": torch.zeros(2, 3)}
    place = models.save("made-small", state, FACTS)
    assert place.is_file()
    assert models.card("made-small").n_parameters == 8
    loaded = models.tensors("made-small")
    assert loaded.keys() == state.keys()
    assert loaded["a"].tolist() == [1.0, -2.5]
    assert loaded["a"].dtype == torch.float32
    assert models.digest("made-small") == models.card("made-small").sha256


def test_weights_that_are_not_there_are_said_to_be(folder: Path) -> None:
    with pytest.raises(ServiceError, match="'gone-small': no weights at .*allowed: reinstall"):
        models.weights_of("gone-small")


def test_a_card_without_facts_is_not_written(folder: Path) -> None:
    with pytest.raises(ValueError, match="limits"):
        models.save("bad-small", {"a": torch.zeros(1)}, {**FACTS, "limits": None})
