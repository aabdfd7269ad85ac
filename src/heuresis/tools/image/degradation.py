"""Spoil a medical image on purpose: one of eighteen losses, at three severities, by its physics."""

from collections.abc import Sequence
from importlib.metadata import version
from typing import Any, Literal, get_args

import numpy as np
from pydantic import Field

from heuresis.contract import (
    Card,
    Cost,
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
    is_finite,
)
from heuresis.errors import OutOfDomainError, ServiceError
from heuresis.tools.image import examples
from heuresis.tools.image.degradations.kinds import KindName, Modality, kinds_of
from heuresis.tools.image.degradations.simulate import WORKING_PX, simulate
from heuresis.tools.image.degradations.strengths import MILD, MODERATE, SEVERE
from heuresis.tools.image.modality_gate import modality_need, require_modality
from heuresis.tools.image.overlay import side_by_side
from heuresis.tools.image.pixels import as_rgb, image_file, pixels

Severity = Literal["mild", "moderate", "severe"]
PLACES: dict[Severity, float] = {"mild": MILD, "moderate": MODERATE, "severe": SEVERE}
MIN_SIDE_PX, SHOWN_PX = 32, 512
PROGRAM = "program:heuresis-degradations==1"
EXACT = "computed exactly from the two images"


class DegradeRequest(Request):
    image: ImageRef = Field(description="A medical image, best a clean one.")
    kind: KindName = Field(description="What goes wrong.")
    severity: Severity = Field(description="How badly: mild, moderate or severe.")
    seed: int = Field(default=0, ge=0, lt=2**31, description="Of everything random.")
    modality: Modality | None = Field(
        default=None, description="What the image shows; by default as `image.modality` says."
    )


class DegradeProblem(DegradeRequest):
    """A request whose modality is settled."""

    shows: Modality = Field(description="What the image shows.")


class DegradeResponse(Response):
    image: ImageFile = Field(description="The spoilt image, in the shape it came in, 8 bits.")
    kind: KindName = Field(description="What was done.")
    severity: Severity = Field(description="How badly.")
    modality: Modality = Field(description="What the image was taken for.")
    psnr: Quantity | None = Field(
        description="Peak signal to noise against the image given, dB; none where nothing changed."
    )
    ssim: Quantity = Field(description="Structural similarity to the image given, up to 1.")
    overlay: ImageFile = Field(description="Before and after, side by side.")


class Simulator:
    """Operations in image, frequency and projection space; no weights."""

    name = "physics"
    kind: Literal["embedded", "weights", "endpoint"] = "embedded"
    batch_size = 8

    def missing(self) -> str | None:
        """Say what stops it and the fix, or None."""
        from importlib.util import find_spec

        absent = [name for name in ("PIL", "scipy", "skimage") if find_spec(name) is None]
        return f"no {', '.join(absent)}: pip install 'heuresis[images]'" if absent else None

    def digest(self) -> str:
        """Identify the program and the library whose JPEG it uses."""
        return f"{PROGRAM},pillow=={version('pillow')}"

    def run(self, requests: Sequence[DegradeProblem]) -> list[DegradeResponse]:
        """Spoil images, in order."""
        return [_answer(request) for request in requests]


def needs(request: DegradeRequest, _: str) -> list[Need]:
    """Ask what the image shows, unless the caller says so."""
    return [modality_need(request.image)] if request.modality is None else []


def assemble(request: DegradeRequest, outcomes: Sequence[Outcome]) -> DegradeProblem:
    """Settle the modality; raises OutOfDomainError where it has no such kind of loss."""
    if request.modality is None:
        found = require_modality(outcomes[0], *get_args(Modality)).modality
        shows = next(modality for modality in get_args(Modality) if modality == found)
    else:
        shows = request.modality
    _check_kind(request.kind, shows)
    fields = {name: getattr(request, name) for name in DegradeRequest.model_fields}
    return DegradeProblem(**fields, shows=shows)


def check_domain(request: DegradeRequest) -> None:
    """Refuse small images and losses that the stated modality does not have."""
    height, width = pixels(request.image).shape[:2]
    if min(height, width) < MIN_SIDE_PX:
        raise OutOfDomainError(
            f"image: got {width} x {height} px, allowed: sides from {MIN_SIDE_PX} px"
        )
    if request.modality is not None:
        _check_kind(request.kind, request.modality)


def check_result(request: DegradeRequest, response: DegradeResponse) -> None:
    """Insist on what was asked, on the shape it came in, and on units."""
    asked = (request.kind, request.severity, request.modality or response.modality)
    if (response.kind, response.severity, response.modality) != asked:
        raise ServiceError(f"kind, severity, modality: got others, allowed {asked!r}")
    ssim, psnr = response.ssim, response.psnr
    if ssim.unit != "1" or not -1 <= ssim.value <= 1 + 1e-9:
        raise ServiceError(f"ssim: got {ssim.value} {ssim.unit!r}, allowed -1 to 1 in '1'")
    if psnr is not None and (psnr.unit != "dB" or not is_finite(psnr.value)):
        raise ServiceError(f"psnr: got {psnr.value} {psnr.unit!r}, allowed a number in 'dB'")
    _check_shape(request, response)


def grade(request: DegradeRequest, response: DegradeResponse) -> Grade:
    """Call an answer empty where the loss changed nothing, as blur does on a flat image."""
    if response.psnr is not None:
        return Grade()
    return Grade(status=Status.EMPTY, reason=f"{request.kind} changed no pixel of this image")


def _check_kind(kind: KindName, modality: Modality) -> None:
    if kind not in kinds_of(modality):
        raise OutOfDomainError(
            f"kind: got {kind} for {modality}, allowed: {', '.join(kinds_of(modality))}"
        )


def _check_shape(request: DegradeRequest, response: DegradeResponse) -> None:
    from heuresis.tools.image.pixels import decode

    if response.image.data is None:
        return
    got = decode(response.image.data, response.image.digest).shape
    allowed = pixels(request.image).shape
    if got != allowed:
        raise ServiceError(f"image: got the shape {got}, allowed {allowed}")


def _answer(request: DegradeProblem) -> DegradeResponse:
    before = pixels(request.image)
    place = PLACES[request.severity]
    after = simulate(before, request.shows, request.kind, place, request.seed)
    eight = before if before.dtype == np.uint8 else (before >> 8).astype(np.uint8)
    psnr, ssim = _likeness(eight, after)
    titles = ("given", f"{request.severity} {request.kind}")
    panels = [(title, _shown(array)) for title, array in zip(titles, (eight, after), strict=True)]
    return DegradeResponse(
        image=image_file(after, f"{request.kind}_{request.severity}.png"),
        kind=request.kind,
        severity=request.severity,
        modality=request.shows,
        psnr=None if psnr is None else Quantity.exact(psnr, "dB", EXACT),
        ssim=Quantity.exact(ssim, "1", EXACT),
        overlay=side_by_side(panels, "degraded.png"),
    )


def _likeness(before: Any, after: Any) -> tuple[float | None, float]:
    """Return peak signal to noise in dB, None where equal, and structural similarity."""
    from skimage.metrics import structural_similarity

    error = float(((before.astype(np.float64) - after.astype(np.float64)) ** 2).mean())
    channel = 2 if before.ndim == 3 else None
    ssim = structural_similarity(before, after, data_range=255, channel_axis=channel)
    return (10 * float(np.log10(255**2 / error)) if error > 0 else None), float(ssim)


def _shown(array: Any) -> Any:
    """Reduce a large image to what fits a page."""
    from PIL import Image

    longest = max(array.shape[:2])
    if longest <= SHOWN_PX:
        return as_rgb(array)
    size = tuple(max(1, round(n * SHOWN_PX / longest)) for n in (array.shape[1], array.shape[0]))
    return np.asarray(Image.fromarray(as_rgb(array)).resize(size, Image.Resampling.BOX))


CARD = Card(
    name="image.degrade",
    version="0.1.0",
    summary="Spoil a medical image: noise, blur, motion, sparse views, ..., at three severities.",
    citations=("MedQ-Bench: arXiv:2510.01691", "MedQ-Deg: arXiv:2603.07769"),
    licence_code="Apache-2.0",
    licence_weights="none used",
    training_data=(),
    domain=(
        "Chest X-ray, CT, MRI, ultrasound, fundus and microscopy images of 32 px and more a side; "
        f"severities were chosen at a longest side of {WORKING_PX} px and grow with the image."
    ),
    failures=(
        "MRI losses are simulated on magnitude images: the phase of a real scan is not known.",
        "CT losses are simulated on displayed grey values, not on attenuation.",
        "JPEG blocks grow with the image; a true re-encoding of a large image looks milder.",
    ),
    accuracy=(
        "A simulation: what was done is known by definition. `python -m "
        "heuresis.evals.imaging.degradation_likeness` prints SSIM by modality, kind and severity: "
        "34 of 53 mild pairs fall in 0.80 to 0.95, 28 of 53 severe ones in 0.40 to 0.75."
    ),
    cost=Cost.CHEAP,
    keywords=("degrade", "simulate", "noise", "blur", "artefact", "corrupt", "test image"),
    notice="Research use, not for diagnosis.",
)

DEGRADE = Tool(
    card=CARD,
    example=DegradeRequest(
        image=examples.example(examples.CT), kind="sparse_view", severity="severe"
    ),
    response=DegradeResponse,
    backends=(Simulator(),),
    check_result=check_result,
    check_domain=check_domain,
    grade=grade,
    example_files=(examples.CT,),
    needs=needs,
    assemble=assemble,
)
