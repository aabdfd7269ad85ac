"""Trained weights of the network: those shipped with the package, and a folder of the user's."""

import json
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydantic import Field, ValidationError

from heuresis.contract import Frozen, digest_of
from heuresis.errors import ServiceError
from heuresis.settings import get_settings
from heuresis.tools import models
from heuresis.tools.medical.serp_mamba.preparation import View, resized

SMALL = "serp-mamba-small"
WEIGHTS, OPTIONS = "weights.safetensors", "card.json"
SIDE_PX = 1024
NEEDED = ("torch", "safetensors", "skimage", "scipy", "PIL")
KERNELS = ("mamba_ssm", "causal_conv1d")


class Options(Frozen):
    """What a user's folder says of its network, in card.json; other fields are not read."""

    widths: tuple[int, ...] = Field(min_length=2, max_length=6, description="Features by stage.")
    points: int = Field(ge=3, le=31, description="Length of the bending segments, odd.")
    n_states: int = Field(ge=1, le=64, description="States of each Mamba.")
    expand: int = Field(ge=1, le=4, description="Inner features of a Mamba per feature.")
    threshold: float = Field(gt=0, lt=1, description="Probability above which a pixel is vessel.")


def packages_missing() -> str | None:
    """Say which packages the small network lacks, or None."""
    absent = [name for name in NEEDED if find_spec(name) is None]
    return f"no {', '.join(absent)}: pip install 'heuresis[images]'" if absent else None


def small_digest() -> str:
    """Identify the small network's weights."""
    return models.digest(SMALL)


def small_threshold() -> float:
    """Return the threshold chosen on the validation images."""
    return float(models.card(SMALL).metrics["threshold"])


def small_maps(view: View) -> NDArray[np.float32]:
    """Return a view's probability maps by the small network: 4 flips x H x W; 0 where blank."""
    from heuresis.tools.medical.serp_mamba.network import vessel_probability
    from heuresis.tools.medical.serp_mamba.tiling import FLIPS, four_ways

    if view.is_blank:
        return np.zeros((len(FLIPS), *view.shade.shape), np.float32)
    network = _small()
    return four_ways(view.standardised(), lambda tiles: vessel_probability(network, tiles))


@cache
def _small() -> Any:
    from heuresis.tools.medical.serp_mamba.network import build

    return build(models.tensors(SMALL))


def folder_missing() -> str | None:
    """Say what a user's ultra-wide-field network lacks, or None."""
    folder = get_settings().vessel_folder
    if not folder:
        return f"no folder: set HEURESIS_VESSEL_FOLDER to one with {WEIGHTS} and {OPTIONS}"
    absent = [name for name in (WEIGHTS, OPTIONS) if not (Path(folder) / name).is_file()]
    if absent:
        return f"no {', '.join(absent)} in {folder!r}: put the files of your training there"
    kernels = [name for name in (*NEEDED, *KERNELS) if find_spec(name) is None]
    if kernels:
        return f"no {', '.join(kernels)}: pip install {' '.join(kernels)} (wheels match torch)"
    import torch

    return None if torch.cuda.is_available() else "no CUDA device: run it on a machine with one"


def folder_digest() -> str:
    """Identify the user's weights by the sha256 of their file, where there is one."""
    place = Path(get_settings().vessel_folder) / WEIGHTS
    found = digest_of(place.read_bytes()) if place.is_file() else None
    return found or "program:serp-mamba without weights"


def folder_options() -> Options:
    """Read what the user's folder says of its network.

    Raises:
        ServiceError: The file is not what is allowed.
    """
    place = Path(get_settings().vessel_folder) / OPTIONS
    wanted = Options.model_fields
    try:
        said = json.loads(place.read_text())
        return Options(**{name: said[name] for name in wanted})
    except ValidationError as error:
        wrong = ", ".join(f"{each['loc'][0]}: {each['msg']}" for each in error.errors())
        raise ServiceError(f"{place}: got {wrong}, allowed: {', '.join(wanted)}") from None
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ServiceError(f"{place}: got {error!r}, allowed: {', '.join(wanted)}") from None


def folder_maps(view: View) -> NDArray[np.float32]:
    """Return a view's probability maps by the user's network at 1024 px: 4 flips x H x W."""
    import torch

    from heuresis.tools.medical.serp_mamba.network import vessel_probability
    from heuresis.tools.medical.serp_mamba.tiling import FLIPS

    network = _user_network(get_settings().vessel_folder)
    standardised = view.standardised()
    given = torch.from_numpy(resized(standardised, (SIDE_PX, SIDE_PX))).cuda()
    found = []
    for axes in FLIPS:
        with torch.inference_mode():
            answer = vessel_probability(network, given.flip(axes)[None, None])[0].flip(axes)
        size = (standardised.shape[0], standardised.shape[1])
        found.append(resized(answer.cpu().numpy(), size))
    return np.stack(found)


@cache
def _user_network(folder: str) -> Any:
    from safetensors.torch import load_file

    from heuresis.tools.medical.serp_mamba.network import Design, build

    options = folder_options().model_dump(exclude={"threshold"})
    state = {k: v.float() for k, v in load_file(Path(folder) / WEIGHTS).items()}
    return build(state, Design(**options)).cuda()
