"""Vessels of the retina in a fundus photograph: mask, centreline, density, bends, widths."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from heuresis.contract import (
    Card,
    Cost,
    Grade,
    ImageFile,
    ImageRef,
    MaskFile,
    MaskRef,
    Need,
    Outcome,
    Quantity,
    Request,
    Response,
    Status,
    Tool,
    TrainingData,
    is_finite,
    quantities_in,
)
from heuresis.errors import OutOfDomainError, RequestError, ServiceError
from heuresis.tools.image import examples
from heuresis.tools.image.modality_gate import TOOL as MODALITY
from heuresis.tools.image.modality_gate import modality_need, require_modality
from heuresis.tools.image.pixels import decode, mask, pixels, rgb
from heuresis.tools.medical.serp_mamba import gate, trained
from heuresis.tools.medical.serp_mamba.answer import Agreement, Reading, Seen, Widths, read_off
from heuresis.tools.medical.serp_mamba.preparation import Mask, View, prepare

NOTICE = "Research use, not for diagnosis."
FRACTIONS = (0.02, 0.25)  # of the field; means of DRIVE, CHASE and STARE lie between
RIDGE_DICE = 0.35
Maps = Callable[[View], NDArray[np.float32]]
UNITS = {"density": "1/px", **{f"widths.{name}": "px" for name in ("mean", "p10", "p50", "p90")}}


class VesselRequest(Request):
    image: ImageRef = Field(description="Colour fundus photograph of a narrow field.")
    fov: MaskRef | None = Field(
        default=None, description="Field of view; None: found by its red light."
    )
    threshold: float | None = Field(
        default=None, gt=0, lt=1, description="Probability above which a pixel is vessel; "
        "None: the one chosen on validation images.",
    )  # fmt: skip
    truth: MaskRef | None = Field(default=None, description="A reader's mask to score against.")
    allow_rejected: bool = Field(
        default=False, description="Answer also where the photograph's quality is rejected."
    )


class VesselProblem(VesselRequest):
    """A request with what other tools said of its image."""

    quality: str = Field(description="Verdict of `medical.quality`: good, usable or reject.")
    quality_text: str = Field(description="Its words.")


class VesselResponse(Response):
    mask: MaskFile = Field(description="Vessels, in the size of the image; none beyond `fov`.")
    probability: ImageFile = Field(description="P(vessel), 16 bits: 0 is 0, 65535 is 1.")
    skeleton: MaskFile = Field(description="Centrelines of the mask, one pixel wide.")
    fov: MaskFile = Field(description="The field of view used.")
    threshold: Quantity = Field(description="Probability above which a pixel is vessel.")
    vessel_fraction: Quantity = Field(description="Share of the field of view that is vessel.")
    density: Quantity = Field(description="Centreline length by area of the field, 1/px.")
    tortuosity: Quantity | None = Field(
        description="Arc by chord of the pieces between branchings, mean; 1 is straight."
    )
    n_segments: int = Field(ge=0, description="Pieces long enough to be measured.")
    widths: Widths | None = Field(description="Widths over all centreline pixels, px.")
    disagreement: Quantity = Field(
        description="1 - Dice between this mask and a ridge filter's; 0 is full agreement."
    )
    metrics: Agreement | None = Field(description="Scores against `truth`, where one was given.")
    quality: str = Field(description="Verdict on the photograph's quality.")
    warnings: tuple[str, ...] = Field(description="What to know before believing the numbers.")
    notice: str = Field(description="Travels with every answer.")
    overlay: ImageFile = Field(description="Vessels and centrelines drawn on the photograph.")


@dataclass
class Small:
    """Our small Serp-Mamba, trained on DRIVE's training images; narrow fields only."""

    name: str = trained.SMALL
    kind: Literal["embedded", "weights", "endpoint"] = "embedded"
    batch_size: int = 1

    def missing(self) -> str | None:
        """Say what stops it and the fix, or None."""
        return trained.packages_missing()

    def digest(self) -> str:
        """Identify the weights."""
        return trained.small_digest()

    def run(self, requests: Sequence[VesselProblem]) -> list[VesselResponse]:
        """Segment photographs, in order.

        Raises:
            OutOfDomainError: The field is small, or its colours are those of a laser scan.
        """
        threshold = trained.small_threshold()
        for request in requests:
            gate.require_narrow(rgb(request.image), _field(request))
        return [_answer(each, trained.small_maps, threshold) for each in requests]


@dataclass
class UltraWide:
    """A user's own weights for ultra-wide fields, on CUDA. Source: arXiv 2409.04356."""

    name: str = "serp-mamba-ultra-wide"
    kind: Literal["embedded", "weights", "endpoint"] = "weights"
    batch_size: int = 1

    def missing(self) -> str | None:
        """Say what stops it and the fix, or None."""
        return trained.folder_missing()

    def digest(self) -> str:
        """Identify the user's weights."""
        return trained.folder_digest()

    def run(self, requests: Sequence[VesselProblem]) -> list[VesselResponse]:
        """Segment ultra-wide-field images, in order."""
        threshold = trained.folder_options().threshold
        return [_answer(each, trained.folder_maps, threshold) for each in requests]


def needs(request: VesselRequest, backend: str) -> list[Need]:
    """Ask what kind of picture it is and how good; nobody here can judge ultra-wide fields."""
    if backend == UltraWide().name:
        return []
    return [modality_need(request.image), gate.quality_need(request.image)]


def assemble(request: VesselRequest, outcomes: Sequence[Outcome]) -> VesselProblem:
    """Join the verdicts; raises OutOfDomainError where one of them forbids an answer."""
    verdict, text = gate.UNJUDGED, "no judge of quality knows this kind of image"
    for outcome in outcomes:
        if outcome.tool == MODALITY:
            require_modality(outcome, "fundus")
        else:
            verdict, text = gate.judged(outcome, request.allow_rejected)
    fields = {name: getattr(request, name) for name in VesselRequest.model_fields}
    return VesselProblem(**fields, quality=verdict, quality_text=text)


def check_domain(request: VesselRequest) -> None:
    """Refuse grey images, images without a round field, and masks of another size."""
    image = pixels(request.image)
    gate.require_colour(image)
    for name in ("fov", "truth"):
        given = getattr(request, name)
        if given is not None and mask(given).shape != image.shape[:2]:
            raise RequestError(
                f"{name}: got a mask of {_size(mask(given))}, allowed: {_size(image)} as the image"
            )
    if not _field(request).any():
        raise OutOfDomainError("fov: got an empty mask, allowed: one with the field inside")


def check_result(request: VesselRequest, response: VesselResponse) -> None:
    """Insist on sizes, units, ranges, and on files that say what the numbers say."""
    for path, got in quantities_in(response).items():
        if got.unit != UNITS.get(path, "1"):
            allowed = UNITS.get(path, "1")
            raise ServiceError(f"{path}: got the unit {got.unit!r}, allowed {allowed!r}")
        if not is_finite(got.value, got.std or 0.0):
            raise ServiceError(f"{path}: got {got.value} with std {got.std}, allowed finite")
    _check_ranges(response)
    if (response.metrics is None) != (request.truth is None):
        raise ServiceError("metrics: allowed where a truth is given, and only there")
    if request.threshold is not None and response.threshold.value != request.threshold:
        raise ServiceError(f"threshold: got {response.threshold.value}, asked {request.threshold}")
    _check_files(request, response)


def grade(request: VesselRequest, response: VesselResponse) -> Grade:
    """Call an answer empty without a vessel, and partial where something speaks against it."""
    if response.vessel_fraction.value == 0:
        return Grade(status=Status.EMPTY, reason="no pixel is above the threshold")
    against = _against(response)
    return Grade(status=Status.PARTIAL, reason="; ".join(against)) if against else Grade()


def _against(response: VesselResponse) -> list[str]:
    """List what makes an answer less than full."""
    against = []
    fraction, agreement = response.vessel_fraction.value, 1 - response.disagreement.value
    if response.quality == "reject":
        against.append("the photograph's quality is rejected, answered because allow_rejected")
    if not FRACTIONS[0] <= fraction <= FRACTIONS[1]:
        low, high = FRACTIONS
        against.append(
            f"vessels fill {fraction:.1%} of the field, usual are {low:.0%} to {high:.0%}"
        )
    if agreement < RIDGE_DICE:
        against.append(
            f"agrees with the ridge filter only by Dice {agreement:.2f}, usual is {RIDGE_DICE} up"
        )
    return against


def _check_ranges(response: VesselResponse) -> None:
    shares = ("vessel_fraction", "disagreement", "threshold")
    ranges = {name: (getattr(response, name), 0.0, 1.0) for name in shares}
    ranges["density"] = (response.density, 0.0, 1.0)
    if response.tortuosity is not None:
        ranges["tortuosity"] = (response.tortuosity, 1.0, 1e3)
    if response.widths is not None:
        ranges |= {
            f"widths.{k}": (getattr(response.widths, k), 1.0, 1e3) for k in Widths.model_fields
        }
    if response.metrics is not None:
        ranges |= {
            f"metrics.{k}": (getattr(response.metrics, k), -1.0, 1.0)
            for k in Agreement.model_fields
        }
    for path, (got, low, high) in ranges.items():
        if not low <= got.value <= high:
            raise ServiceError(f"{path}: got {got.value}, allowed {low} to {high} {got.unit!r}")


def _check_files(request: VesselRequest, response: VesselResponse) -> None:
    size = pixels(request.image).shape[:2]
    files = (response.mask, response.probability, response.skeleton, response.fov)
    arrays = [decode(file.data or b"", file.name) for file in files]
    for file, array in zip(files, arrays, strict=True):
        if array.shape != size:
            raise ServiceError(
                f"{file.name}: got {_size(array)}, allowed {_size(pixels(request.image))}"
            )
    vessels, probability, line, fov = arrays[0] > 0, arrays[1], arrays[2] > 0, arrays[3] > 0
    if probability.dtype != np.uint16:
        raise ServiceError(f"probability: got {probability.dtype}, allowed uint16")
    if (vessels & ~fov).any() or (line & ~vessels).any():
        raise ServiceError("mask: got vessels beyond the field or centrelines beyond the vessels")
    if ((probability > response.threshold.value * 65_535) != vessels).any():
        raise ServiceError("mask: got other pixels than those above the threshold")
    if abs(vessels.sum() / max(fov.sum(), 1) - response.vessel_fraction.value) > 1e-6:
        raise ServiceError(f"vessel_fraction: got {response.vessel_fraction.value}, not the mask's")
    if request.fov is not None and (mask(request.fov) != fov).any():
        raise ServiceError("fov: got another field than the one given")


def _answer(problem: VesselProblem, maps: Maps, default: float) -> VesselResponse:
    image, fov = rgb(problem.image), _field(problem)
    truth = None if problem.truth is None else mask(problem.truth)
    seen = Seen(image, fov, prepare(image, fov), truth)
    threshold = default if problem.threshold is None else problem.threshold
    found = read_off(seen, maps(seen.view), threshold)
    why = "chosen on validation images" if problem.threshold is None else "as asked"
    return VesselResponse(
        **{name: getattr(found, name) for name in Reading.model_fields},
        threshold=Quantity.exact(threshold, "1", why),
        quality=problem.quality,
        warnings=_warnings(problem),
        notice=NOTICE,
    )


def _warnings(problem: VesselProblem) -> tuple[str, ...]:
    if problem.quality == "good":
        return ()
    return (f"quality {problem.quality}: {problem.quality_text}",)


def _field(request: VesselRequest) -> Mask:
    if request.fov is not None:
        return mask(request.fov)
    return gate.found_field(rgb(request.image))


def _size(array: NDArray[Any]) -> str:
    return f"{array.shape[1]} x {array.shape[0]} px"


CARD = Card(
    name="medical.segment_vessels",
    version="0.1.0",
    summary="Vessels of the retina: mask, probability, centreline, density, tortuosity, widths.",
    citations=(
        "Serp-Mamba: arXiv:2409.04356",
        "Mamba: arXiv:2312.00752",
        "DRIVE: doi:10.1109/TMI.2004.825627",
        "Sato ridge filter: doi:10.1016/S1361-8415(98)80009-1",
        "clDice: arXiv:2003.07311",
    ),
    licence_code="Apache-2.0",
    licence_weights="Apache-2.0 (ours); trained on DRIVE, which is for research use",
    training_data=(
        TrainingData(
            name="DRIVE, training images",
            licence="research use, cite the authors",
            split="17 images to learn from, 3 to choose by; tested on the 20 test images",
        ),
    ),
    domain=(
        "Colour fundus photographs of a narrow field (about 45 degrees), field of view found and "
        "from 300 px across, of a quality that `medical.quality` does not reject."
    ),
    failures=(
        "Thin vessels are missed, a fifth of DRIVE's vessel pixels; vessels of CHASE_DB1 come out "
        "wider than its reader drew them.",
        "Specks at the rim of the field, the rim of the optic disc and bright lesions can be taken "
        "for vessels.",
        "Ultra-wide-field images are refused by their colours only; none was at hand to try.",
        "Tortuosity and widths follow the mask: gaps shorten segments, and widths are those of "
        "DRIVE's readers.",
        "The spread over flips is what the network is unsure of, not its error.",
    ),
    accuracy=(
        "Measured by us against the first reader, inside the field of view, mean over images with "
        "95 % bootstrap. DRIVE test (n 20): Dice 0.814 [0.807, 0.821], AUC 0.975, clDice 0.809, "
        "MCC 0.789, sensitivity 0.804, specificity 0.975; second reader 0.788, ridge filter 0.731, "
        "every pixel 0.226; below published U-Nets (about 0.82). Without retraining: STARE (n 20) "
        "Dice 0.796 [0.782, 0.808], ridge filter 0.655; CHASE_DB1 (n 28) 0.755 [0.743, 0.767], "
        "second reader 0.777, ridge filter 0.634. Source: heuresis.evals.imaging.vessels."
    ),
    cost=Cost.MODERATE,
    timeout_s=120.0,
    keywords=("vessel", "retina", "fundus", "artery", "vein", "tortuosity", "blood vessels"),
    notice=NOTICE,
)

SEGMENT_VESSELS = Tool(
    card=CARD,
    example=VesselRequest(image=examples.example(examples.FUNDUS)),
    response=VesselResponse,
    backends=(Small(), UltraWide()),
    check_result=check_result,
    check_domain=check_domain,
    grade=grade,
    needs=needs,
    assemble=assemble,
    example_files=(examples.FUNDUS,),
)
