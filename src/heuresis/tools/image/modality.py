"""What kind of picture is this? Chest X-ray, CT, MRI, ultrasound, fundus, ..., or unknown.

It is the domain gate of every medical tool.
"""

from collections.abc import Sequence
from typing import Any, Literal, get_args

import numpy as np
from pydantic import Field

from heuresis.contract import (
    Card,
    Cost,
    Grade,
    ImageFile,
    ImageRef,
    Quantity,
    Request,
    Response,
    Status,
    Tool,
    is_finite,
    quantities_in,
)
from heuresis.errors import OutOfDomainError, ServiceError
from heuresis.tools import models
from heuresis.tools.image import examples
from heuresis.tools.image.modality_view import shrunk, view
from heuresis.tools.image.overlay import side_by_side
from heuresis.tools.image.pixels import as_rgb, pixels

Kind = Literal[
    "chest_xray", "ct", "mri", "ultrasound", "fundus", "microscopy", "photograph", "other"
]
Modality = Literal[
    "chest_xray",
    "ct",
    "mri",
    "ultrasound",
    "fundus",
    "microscopy",
    "photograph",
    "other",
    "unknown",
]
KINDS: tuple[Kind, ...] = get_args(Kind)
MEDICAL: tuple[Kind, ...] = ("chest_xray", "ct", "mri", "ultrasound", "fundus", "microscopy")
MIN_SIDE_PX = 32
PREVIEW_PX = 256
MODEL = "modality-small"
WHY_NONE = "a calibrated probability states its own uncertainty"
WHY_NO_STD = "one network, one pass; its spread over trainings was not measured"


class ModalityRequest(Request):
    image: ImageRef = Field(description="Any picture that `image.read` made.")


class ModalityResponse(Response):
    modality: Modality = Field(description="Kind of picture; 'unknown' where none fits.")
    nearest: Kind = Field(description="Most probable kind, also where the answer is 'unknown'.")
    is_known: bool = Field(description="False where the answer is 'unknown'.")
    confidence: Quantity = Field(description="Calibrated probability of `nearest`, 0 to 1.")
    scores: dict[str, Quantity] = Field(description="Calibrated probability by kind; sum 1.")
    energy: Quantity = Field(description="Unlikeness to all training pictures; low is familiar.")
    energy_limit: Quantity = Field(description="Energy of `nearest` above which it is 'unknown'.")
    overlay: ImageFile = Field(description="The picture with the answer below it.")


class SmallNet:
    """Our small depthwise-separable network; pictures of any size in, probabilities out."""

    name = MODEL
    kind: Literal["embedded", "weights", "endpoint"] = "weights"
    batch_size = 64

    def missing(self) -> str | None:
        """Say what stops it and the fix, or None."""
        from importlib.util import find_spec

        absent = [name for name in ("torch", "PIL", "safetensors") if find_spec(name) is None]
        return f"no {', '.join(absent)}: pip install 'heuresis[images]'" if absent else None

    def digest(self) -> str:
        """Identify the weights."""
        return models.digest(MODEL)

    def run(self, requests: Sequence[ModalityRequest]) -> list[ModalityResponse]:
        """Judge pictures in one batch, in order."""
        from heuresis.tools.image.modality_net import loaded, verdicts

        net = loaded()
        pictures = [pixels(request.image) for request in requests]
        found = verdicts(net, [view(picture) for picture in pictures])
        return [_answer(*each) for each in zip(pictures, found, strict=True)]


def check_domain(request: ModalityRequest) -> None:
    """Refuse what is too small to be a picture of anything."""
    height, width = pixels(request.image).shape[:2]
    if min(height, width) < MIN_SIDE_PX:
        raise OutOfDomainError(
            f"image: got {width} x {height} px, allowed: sides from {MIN_SIDE_PX} px"
        )


def check_result(request: ModalityRequest, response: ModalityResponse) -> None:
    """Insist on units, on probabilities that sum to 1, and on an answer that follows from them."""
    for path, got in quantities_in(response).items():
        if got.unit != "1" or not is_finite(got.value):
            raise ServiceError(f"{path}: got {got.value} {got.unit!r}, allowed a number in '1'")
    chances = {kind: score.value for kind, score in response.scores.items()}
    if tuple(chances) != KINDS or not all(0 <= chance <= 1 for chance in chances.values()):
        raise ServiceError(f"scores: got {chances!r}, allowed 0 to 1 for each of {KINDS}")
    if abs(sum(chances.values()) - 1) > 1e-3:
        raise ServiceError(f"scores: got a sum of {sum(chances.values())}, allowed 1")
    best = max(chances.values())
    if chances[response.nearest] != best or response.confidence.value != best:
        raise ServiceError(f"nearest: got {response.nearest!r}, allowed the most probable kind")
    if response.modality != (response.nearest if response.is_known else "unknown"):
        raise ServiceError(f"modality: got {response.modality!r}, allowed `nearest` or 'unknown'")
    if response.is_known and response.energy.value > response.energy_limit.value:
        raise ServiceError(
            f"energy: got {response.energy.value} for a known kind, allowed up to "
            f"{response.energy_limit.value}"
        )


def grade(request: ModalityRequest, response: ModalityResponse) -> Grade:
    """Call an answer partial where the picture is like none of the kinds."""
    if response.is_known:
        return Grade()
    near = f"{response.nearest} at {response.confidence.value:.2f}"
    return Grade(
        status=Status.PARTIAL,
        reason=f"like no kind of picture the model knows (nearest: {near})",
    )


def _answer(picture: Any, verdict: Any) -> ModalityResponse:
    scores = {
        kind: Quantity.exact(float(chance), "1", WHY_NONE)
        for kind, chance in zip(KINDS, verdict.chances, strict=True)
    }
    nearest = KINDS[int(np.argmax(verdict.chances))]
    answer: Modality = nearest if verdict.is_known else "unknown"
    told = f"{answer if verdict.is_known else 'unknown, nearest ' + nearest}"
    return ModalityResponse(
        modality=answer,
        nearest=nearest,
        is_known=verdict.is_known,
        confidence=scores[nearest],
        scores=scores,
        energy=Quantity.exact(verdict.energy, "1", WHY_NO_STD),
        energy_limit=Quantity.exact(verdict.limit, "1", "set on validation pictures"),
        overlay=side_by_side(
            [(f"{told} {scores[nearest].value:.2f}", _preview(picture))], "modality.png"
        ),
    )


def _preview(picture: Any) -> Any:
    height, width = picture.shape[:2]
    wanted = round(height * PREVIEW_PX / width)
    return as_rgb(shrunk(picture, min(max(wanted, 1), 4 * PREVIEW_PX), PREVIEW_PX))


CARD = Card(
    name="image.modality",
    version="0.1.0",
    summary="Kind of a picture: X-ray, CT, MRI, ultrasound, fundus, microscopy, photo, unknown.",
    citations=(
        "MobileNets: arXiv:1704.04861",
        "Energy-based out-of-distribution detection: arXiv:2010.03759",
        "Temperature scaling: arXiv:1706.04599",
    ),
    licence_code="Apache-2.0",
    licence_weights="ours; some training sets are for research use only",
    training_data=models.card(MODEL).training_data,
    domain="Single pictures of 32 px and more a side, 8 or 16 bits, grey or colour.",
    failures=models.card(MODEL).limits,
    accuracy=(
        "Held-out pictures of the training sources (n 2,318): balanced accuracy 0.952 [0.936, "
        "0.966], 'unknown' counting as wrong; 4.4 % called unknown; 0 of 58 photographs passed as "
        "medical (3.4 % letterboxed, 1.7 % blurred or grey). Colour histogram with logistic "
        "regression: 0.833; size, aspect and greyness: 0.553. Inverted 0.784, grey 0.859, noise "
        "0.906. Refused by a medical gate: noise, text, screenshots 1.00, plots 0.78, eyes from "
        "outside 0.93. ECE 0.002. Samples in packages never trained on: 20 of 38 (MRI 0 of "
        "9). Whole sources left out, "
        "shorter training: chest X-rays of MedNIST 0.944, fundus of DRIVE 1.000, photographs of "
        "BSDS500 0.680, CT of MedNIST 0.247, nuclei 0.111, MRI of MedNIST 0.012."
    ),
    cost=Cost.CHEAP,
    keywords=("modality", "kind of image", "x-ray", "ct", "mri", "fundus", "photograph"),
    notice="Research use, not for diagnosis.",
)

MODALITY = Tool(
    card=CARD,
    example=ModalityRequest(image=examples.example(examples.FUNDUS)),
    response=ModalityResponse,
    backends=(SmallNet(),),
    check_result=check_result,
    check_domain=check_domain,
    grade=grade,
    example_files=(examples.FUNDUS,),
)
