"""Which of two medical images has the better quality, and in what do they differ?"""

import math
from collections.abc import Sequence
from pathlib import Path
from typing import Literal

from pydantic import Field

from heuresis.contract import (
    Card,
    Cost,
    Frozen,
    Grade,
    ImageFile,
    ImageRef,
    Need,
    Outcome,
    Quantity,
    Request,
    Response,
    Status,
    Tool,
    quantities_in,
)
from heuresis.errors import ServiceError
from heuresis.tools import models
from heuresis.tools.image import examples
from heuresis.tools.image.degradations.kinds import KindName, Modality
from heuresis.tools.image.modality_gate import modality_need
from heuresis.tools.image.overlay import side_by_side
from heuresis.tools.medical.medq import card, judging
from heuresis.tools.medical.medq.endpoint import CompareEndpoint, pair_findings
from heuresis.tools.medical.medq.findings import Finding, level, visible
from heuresis.tools.medical.medq.gate import agreed_modality, check_size
from heuresis.tools.medical.medq.judging import Verdict, judge
from heuresis.tools.medical.medq.pair_reading import read_pair
from heuresis.tools.medical.medq.picture import enlarged
from heuresis.tools.medical.medq.wording import Better, describe_pair

BLURRED = Path(__file__).parent / "medq" / "drawn" / "fundus_blurred.png"  # FUNDUS, severe blur
TIE = 0.05  # probabilities this near to one half are called a tie


class CompareQualityRequest(Request):
    first: ImageRef = Field(description="One medical image.")
    second: ImageRef = Field(description="Another one of the same modality.")
    modality: Modality | None = Field(
        default=None, description="Judge both as this; by default as `image.modality` says."
    )


class CompareQualityProblem(CompareQualityRequest):
    """A request whose modality is settled."""

    judged_as: Modality = Field(description="What both images are judged as.")


class Difference(Frozen):
    """A kind of degradation that is stronger in one image."""

    kind: KindName = Field(description="Kind of degradation.")
    which_is_worse: Literal["first", "second"] = Field(description="Where it is stronger.")


class CompareQualityResponse(Response):
    modality: Modality = Field(description="What both were judged as.")
    better: Better | None = Field(description="first, second, or tie; None where words name none.")
    probability_first_better: Quantity | None = Field(
        default=None, description="0 to 1; one half is a tie. None where none is stated."
    )
    probability_second_better: Quantity | None = Field(
        default=None, description="0 to 1; one minus the other. None where none is stated."
    )
    differences: tuple[Difference, ...] = Field(description="Kinds whose severity differs.")
    first_findings: tuple[Finding, ...] = Field(description="Visible findings in the first image.")
    second_findings: tuple[Finding, ...] = Field(description="Those in the second image.")
    text: str = Field(description="Four sentences; the last names the better image.")
    coverage: Quantity | None = Field(
        default=None,
        description="Share of a language model's sentences that were understood, 0 to 1; None "
        "where a network judged.",
    )
    overlay: ImageFile = Field(description="Both images as the model saw them.")


class MedqSmall:
    """Our small network scores each image alone, so that swapping them is exact."""

    name = judging.MODEL
    kind: Literal["embedded", "weights", "endpoint"] = "embedded"
    batch_size = 16

    def missing(self) -> str | None:
        """Say what stops it and the fix, or None."""
        return judging.missing()

    def digest(self) -> str:
        """Identify the weights."""
        return models.digest(judging.MODEL)

    def run(self, requests: Sequence[CompareQualityProblem]) -> list[CompareQualityResponse]:
        """Compare pairs, in order."""
        modalities = [request.judged_as for request in requests]
        first = judge([request.first for request in requests], modalities)
        second = judge([request.second for request in requests], modalities)
        return [_answer(*each) for each in zip(modalities, first, second, strict=True)]


def needs(request: CompareQualityRequest, _: str) -> list[Need]:
    """Ask what kind of picture each is."""
    return [modality_need(request.first), modality_need(request.second)]


def assemble(request: CompareQualityRequest, outcomes: Sequence[Outcome]) -> CompareQualityProblem:
    """Settle the modality; raises OutOfDomainError where they are none of the six, or differ."""
    judged_as = agreed_modality(outcomes, request.modality)
    return CompareQualityProblem(
        first=request.first,
        second=request.second,
        modality=request.modality,
        judged_as=judged_as,
    )


def check_domain(request: CompareQualityRequest) -> None:
    """Refuse images that are too small."""
    check_size(request.first, "first")
    check_size(request.second, "second")


def check_result(request: CompareQualityRequest, response: CompareQualityResponse) -> None:
    """Insist that the choice follows from the probability, and text and differences from slots."""
    for path, got in quantities_in(response).items():
        if got.unit != "1" or not 0 <= got.value <= 1:
            raise ServiceError(f"{path}: got {got.value} {got.unit!r}, allowed 0 to 1 in '1'")
    if request.modality not in (None, response.modality):
        raise ServiceError(f"modality: got {response.modality!r}, allowed {request.modality!r}")
    slots = (response.first_findings, response.second_findings)
    if response.differences != differences(*slots):
        raise ServiceError(f"differences: got {response.differences!r}, allowed those of the slots")
    if response.coverage is None:
        _check_judged(response, slots)
        return
    reading = read_pair(response.text)
    if (pair_findings(reading), reading.better) != (slots, response.better):
        raise ServiceError(f"findings: got {slots!r}, allowed what the text says: {reading!r}")


def grade(_: CompareQualityRequest, response: CompareQualityResponse) -> Grade:
    """Call an answer partial that names no better image."""
    if response.better is None:
        return Grade(status=Status.PARTIAL, reason="the reply names no better image")
    return Grade()


def _check_judged(
    response: CompareQualityResponse, slots: tuple[Sequence[Finding], Sequence[Finding]]
) -> None:
    first, second = response.probability_first_better, response.probability_second_better
    if first is None or second is None or first.value + second.value != 1:
        raise ServiceError(f"probabilities: got {quantities_in(response)!r}, allowed a sum of 1")
    better = _better(first.value)
    if response.better != better:
        raise ServiceError(f"better: got {response.better!r}, allowed {better!r}")
    if response.text != describe_pair(response.modality, better, *slots):
        raise ServiceError(f"text: got {response.text!r}, allowed what the slots say")


def chance_of_first(q_first: float, q_second: float) -> float:
    """Return the probability that the first is better; swapped, exactly one minus it."""
    gap = q_first - q_second
    larger = 1 / (1 + math.exp(-min(abs(gap), 30.0)))
    return larger if gap >= 0 else 1 - larger


def _better(chance: float) -> Better:
    if abs(chance - 0.5) <= TIE:
        return "tie"
    return "first" if chance > 0.5 else "second"


def differences(first: Sequence[Finding], second: Sequence[Finding]) -> tuple[Difference, ...]:
    """Return the kinds whose severity differs, in alphabetical order."""
    levels = [{one.kind: level(one.severity) for one in found} for found in (first, second)]
    kinds = sorted(levels[0].keys() | levels[1].keys())
    return tuple(
        Difference(kind=kind, which_is_worse="first" if gap > 0 else "second")
        for kind in kinds
        if (gap := levels[0].get(kind, 0) - levels[1].get(kind, 0))
    )


def _answer(modality: Modality, first: Verdict, second: Verdict) -> CompareQualityResponse:
    chance = chance_of_first(first.q, second.q)
    better = _better(chance)
    slots = (tuple(visible(first.findings)), tuple(visible(second.findings)))
    return CompareQualityResponse(
        modality=modality,
        better=better,
        probability_first_better=Quantity.exact(chance, "1", card.WHY_NONE),
        probability_second_better=Quantity.exact(1 - chance, "1", card.WHY_NONE),
        differences=differences(*slots),
        first_findings=slots[0],
        second_findings=slots[1],
        text=describe_pair(modality, better, *slots),
        overlay=_picture(first, second, f"better: {better}, P(first) {chance:.2f}"),
    )


def _picture(first: Verdict, second: Verdict, note: str) -> ImageFile:
    panels = [
        (f"first: {first.tier}", enlarged(first.view)),
        (f"second: {second.tier}", enlarged(second.view)),
    ]
    return side_by_side(panels, "comparison.png", note)


CARD = Card(
    name="medical.compare_quality",
    version="0.1.0",
    summary="Which of two medical images has the better quality, and in what they differ.",
    citations=card.CITATIONS,
    licence_code="Apache-2.0",
    licence_weights=card.LICENCE_WEIGHTS,
    training_data=card.TRAINING,
    domain=card.DOMAIN + " Both of one modality.",
    failures=(
        *card.FAILURES,
        "The choice comes from the score and the differences from the slots: they may disagree.",
    ),
    accuracy=(
        "Simulated losses (docs/image_quality.md). Same clean image: right in 0.949 of pairs on "
        "seen sources, 0.817 on unseen ones (variance of the Laplacian 0.647, 0.667; an oracle, "
        "SSIM to the clean image, 0.960, 0.952). Different images of one modality: 0.908 and 0.785 "
        "(0.604, 0.629)."
    ),
    cost=Cost.CHEAP,
    keywords=("compare", "better image", "image quality", "which is sharper", "pair"),
    notice=card.NOTICE,
)

COMPARE_QUALITY = Tool(
    card=CARD,
    example=CompareQualityRequest(
        first=examples.example(examples.FUNDUS), second=examples.example(BLURRED)
    ),
    response=CompareQualityResponse,
    backends=(MedqSmall(), CompareEndpoint()),
    check_result=check_result,
    check_domain=check_domain,
    grade=grade,
    example_files=(examples.FUNDUS, BLURRED),
    needs=needs,
    assemble=assemble,
)
