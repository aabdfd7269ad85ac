"""How much of a clean image's vessel reading a restoration chain gives back after degradation."""

from collections.abc import Sequence
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from heuresis.contract import (
    Card,
    Cost,
    Frozen,
    Grade,
    ImageFile,
    ImageRef,
    MaskRef,
    Need,
    Outcome,
    Quantity,
    Request,
    Response,
    Restoration,
    Status,
    Tool,
    quantities_in,
)
from heuresis.errors import OutOfDomainError, ServiceError
from heuresis.tools.image.degradations.kinds import KindName
from heuresis.tools.image.examples import FUNDUS, example
from heuresis.tools.image.pixels import mask, rgb
from heuresis.tools.image.restoration.chain import canonical_chain
from heuresis.tools.programs import absent, program

MAX_CASES = 8
N_FIRST, N_SECOND, N_LAST = 2, 1, 3  # needs of a case in each wave
ONE_PAIR = "one pair of masks, compared exactly; how it varies is seen over cases"
CALIBRATED = "a calibrated probability states its own uncertainty"
UNSEEN = "not taken for a fundus photograph any more, which counts as worse"


class Case(Frozen):
    """One degradation to recover from."""

    kind: KindName = Field(description="Kind of degradation, as in image.degrade.")
    severity: Literal["mild", "moderate", "severe"] = Field(description="How strong it is.")
    seed: int = Field(default=0, ge=0, lt=2**31, description="Seed of the degradation.")


class RecoveryRequest(Request):
    chain: Restoration = Field(description="The chain to judge, or 'nothing'.")
    clean: ImageRef = Field(description="A colour fundus photograph of good quality.")
    cases: tuple[Case, ...] = Field(
        min_length=1, max_length=MAX_CASES, description="Degradations put on the clean image."
    )


class CaseRecovery(Frozen):
    """What the chain did for one degradation."""

    kind: KindName = Field(description="Kind of degradation.")
    severity: str = Field(description="How strong it was.")
    agreement_before: Quantity = Field(
        description="Dice of the degraded image's vessels with the clean image's, 0 to 1."
    )
    agreement_after: Quantity = Field(description="The same after restoration, 0 to 1.")
    gain: Quantity = Field(description="agreement_after - agreement_before, -1 to 1.")
    looks_better: Quantity = Field(
        description="Probability that the restored image has the better quality, 0 to 1."
    )


class RecoveryResponse(Response):
    chain: Restoration = Field(description="The chain judged, canonical.")
    cases: tuple[CaseRecovery, ...] = Field(description="One a case, in order.")
    agreement_after: Quantity = Field(description="Mean over cases, 0 to 1.")
    gain: Quantity = Field(description="Mean over cases, -1 to 1.")
    worst_gain: Quantity = Field(description="Least gain of a case: harm when below 0.")
    looks_better: Quantity = Field(description="Mean over cases, 0 to 1.")
    overlay: ImageFile = Field(description="Degraded and restored, with vessels lost and found.")


UNITS = "1"


class _Seen(Frozen):
    """What the needed tools said of one case."""

    case: Case
    degraded: ImageRef
    restored: ImageRef
    vessels_before: MaskRef | None
    vessels_after: MaskRef | None
    looks_better: float | None


class RecoveryProblem(Request):
    """The request joined with all answers it leans on."""

    request: RecoveryRequest
    vessels_clean: MaskRef
    seen: tuple[_Seen, ...]


def needs(request: RecoveryRequest, _: str) -> list[Need]:
    """First the clean image's vessels and the degraded images."""
    from heuresis.tools.image.degradation import DegradeRequest

    degraded = [
        Need("image.degrade", DegradeRequest(image=request.clean, **case.model_dump()))
        for case in request.cases
    ]
    return [_vessels(request.clean), *degraded]


def later(request: RecoveryRequest, answers: Sequence[Outcome]) -> list[Need]:
    """Then the restored images; then what is seen in them. Nothing after that."""
    n = len(request.cases)
    if answers[0].status == Status.OUT_OF_DOMAIN:
        raise OutOfDomainError(f"clean: {answers[0].reason}")
    if len(answers) == 1 + n:
        return [_restored(_image(one), request.chain) for one in answers[1:]]
    if len(answers) == 1 + 2 * n:
        pairs = zip(answers[1 : 1 + n], answers[1 + n :], strict=True)
        return [need for a, b in pairs for need in _judges(_image(a), _image(b))]
    return []


def _vessels(image: ImageRef) -> Need:
    from heuresis.tools.medical.segment_vessels import VesselRequest

    return Need("medical.segment_vessels", VesselRequest(image=image, allow_rejected=True))


def _restored(image: ImageRef, chain: Restoration) -> Need:
    from heuresis.tools.image.restore import RestoreRequest

    return Need("image.restore", RestoreRequest(image=image, chain=chain))


def _judges(degraded: ImageRef, restored: ImageRef) -> list[Need]:
    from heuresis.tools.medical.compare_quality import CompareQualityRequest

    pair = CompareQualityRequest(first=restored, second=degraded, modality="fundus")
    return [_vessels(degraded), _vessels(restored), Need("medical.compare_quality", pair)]


def _answer(outcome: Outcome) -> Any:
    if outcome.response is None:  # an empty vessel mask is an answer, too
        raise ServiceError(
            f"{outcome.tool}: got {outcome.status} ({outcome.reason}), allowed: an answer"
        )
    return outcome.response


def _image(outcome: Outcome) -> ImageRef:
    ref: ImageRef = _answer(outcome).image.ref
    return ref


def assemble(request: RecoveryRequest, answers: Sequence[Outcome]) -> RecoveryProblem:
    """Join all answers; raises ServiceError where one is missing."""
    n = len(request.cases)
    degraded, restored = answers[1 : 1 + n], answers[1 + n : 1 + 2 * n]
    judged = answers[1 + 2 * n :]
    seen = [
        _Seen(
            case=case,
            degraded=_image(degraded[i]),
            restored=_image(restored[i]),
            vessels_before=_mask(judged[3 * i]),
            vessels_after=_mask(judged[3 * i + 1]),
            looks_better=_probability(judged[3 * i + 2]),
        )
        for i, case in enumerate(request.cases)
    ]
    clean = _answer(answers[0]).mask.ref
    return RecoveryProblem(request=request, vessels_clean=clean, seen=tuple(seen))


def _mask(outcome: Outcome) -> MaskRef | None:
    """Return the vessels seen; None where the image is no longer taken for a fundus."""
    if outcome.status == Status.OUT_OF_DOMAIN:
        return None
    ref: MaskRef = _answer(outcome).mask.ref
    return ref


def _probability(outcome: Outcome) -> float | None:
    if outcome.status == Status.OUT_OF_DOMAIN:
        return None
    stated = _answer(outcome).probability_first_better
    return None if stated is None else float(stated.value)


class Agreement:
    """Compare the vessels of restored and clean images, as the tools above saw them."""

    name = "agreement"
    kind: Literal["embedded", "weights", "endpoint"] = "embedded"
    batch_size = 8

    def missing(self) -> str | None:
        """Say what stops it and the fix, or None."""
        return absent("PIL", "skimage", "torch", extra="images")

    def digest(self) -> str:
        """Identify the program by version."""
        return program("numpy")

    def run(self, requests: Sequence[RecoveryProblem]) -> list[RecoveryResponse]:
        """Return one response per problem, in order."""
        return [self._one(problem) for problem in requests]

    def _one(self, problem: RecoveryProblem) -> RecoveryResponse:
        truth = mask(problem.vessels_clean)
        cases = tuple(_recovered(seen, truth) for seen in problem.seen)
        gains = [case.gain.value for case in cases]
        return RecoveryResponse(
            chain=problem.request.chain,
            cases=cases,
            agreement_after=_mean([case.agreement_after.value for case in cases]),
            gain=_mean(gains),
            worst_gain=Quantity.exact(min(gains), UNITS, ONE_PAIR),
            looks_better=_mean([case.looks_better.value for case in cases]),
            overlay=_drawn(problem, truth),
        )


def _recovered(seen: _Seen, truth: NDArray[np.bool_]) -> CaseRecovery:
    before, after = _agreement(seen.vessels_before, truth), _agreement(seen.vessels_after, truth)
    better = seen.looks_better
    return CaseRecovery(
        kind=seen.case.kind,
        severity=seen.case.severity,
        agreement_before=Quantity.exact(before, UNITS, ONE_PAIR),
        agreement_after=Quantity.exact(after, UNITS, ONE_PAIR),
        gain=Quantity.exact(after - before, UNITS, ONE_PAIR),
        looks_better=Quantity.exact(better or 0.0, UNITS, UNSEEN if better is None else CALIBRATED),
    )


def _agreement(found: MaskRef | None, truth: NDArray[np.bool_]) -> float:
    """Return the Dice of two masks; 0 where the image could not be read at all."""
    return 0.0 if found is None else dice(mask(found), truth)


def dice(one: NDArray[np.bool_], other: NDArray[np.bool_]) -> float:
    """Return 2 |A and B| / (|A| + |B|); 1 when both are empty."""
    total = int(one.sum()) + int(other.sum())
    return 2 * int((one & other).sum()) / total if total else 1.0


def _mean(values: Sequence[float]) -> Quantity:
    """Return the mean over cases with its standard error; one case has none."""
    mean = float(np.mean(values))
    if len(values) < 2:
        return Quantity.exact(mean, UNITS, ONE_PAIR)
    return Quantity(
        value=mean, unit=UNITS, std=float(np.std(values, ddof=1) / np.sqrt(len(values)))
    )


def _drawn(problem: RecoveryProblem, truth: NDArray[np.bool_]) -> ImageFile:
    """Put the worst case before and after side by side: found in white, lost and false coloured."""
    from heuresis.tools.image.overlay import side_by_side

    panels = []
    for seen in problem.seen[:2]:
        title = f"{seen.case.severity} {seen.case.kind}"
        panels += [
            (title, rgb(seen.degraded)),
            ("restored", rgb(seen.restored)),
            ("vessels: lost blue, false orange", _compared(seen.vessels_after, truth)),
        ]
    return side_by_side(panels, "recovery.png", str(problem.request.chain))


def _compared(ref: MaskRef | None, truth: NDArray[np.bool_]) -> NDArray[np.uint8]:
    picture = np.zeros((*truth.shape, 3), np.uint8)
    if ref is None:
        return picture
    found = mask(ref)
    picture[found & truth] = (235, 235, 235)
    picture[~found & truth] = (86, 180, 233)
    picture[found & ~truth] = (230, 159, 0)
    return picture


def canonical(request: RecoveryRequest) -> RecoveryRequest:
    """Write the chain canonically; raises RequestError."""
    return request.model_copy(update={"chain": canonical_chain(request.chain)})


def check_result(request: RecoveryRequest, response: RecoveryResponse) -> None:
    """Insist on units, on the chain and cases asked for, and on numbers that add up."""
    for path, quantity in quantities_in(response).items():
        if quantity.unit != UNITS:
            raise ServiceError(f"{path}: got the unit {quantity.unit!r}, allowed {UNITS!r}")
        low = -1 if path.endswith("gain") else 0
        if not low <= quantity.value <= 1:
            raise ServiceError(f"{path}: got {quantity.value}, allowed {low} to 1")
    if response.chain != request.chain:
        raise ServiceError(f"chain: got {response.chain!r}, asked {request.chain!r}")
    if [(one.kind, one.severity) for one in response.cases] != [
        (one.kind, one.severity) for one in request.cases
    ]:
        raise ServiceError("cases: got others than were asked for")
    gains = [one.agreement_after.value - one.agreement_before.value for one in response.cases]
    if abs(float(np.mean(gains)) - response.gain.value) > 1e-9:
        raise ServiceError(f"gain: got {response.gain.value}, allowed the mean {np.mean(gains)}")


def grade(_: RecoveryRequest, response: RecoveryResponse) -> Grade:
    """Call an answer partial where nothing was lost: there is nothing to give back."""
    intact = [one.kind for one in response.cases if one.agreement_before.value > 0.98]
    if not intact:
        return Grade()
    return Grade(
        status=Status.PARTIAL,
        reason=f"{', '.join(intact)}: the degraded image's vessels agree already",
    )


CARD = Card(
    name="medical.recovery",
    version="0.1.0",
    summary="Judge a restoration chain: degrade a clean fundus image, restore it, compare vessels.",
    citations=("Dice: doi:10.2307/1932409",),
    licence_code="Apache-2.0",
    licence_weights="those of medical.segment_vessels and medical.compare_quality",
    training_data=(),
    domain="Clean colour fundus photographs; degradations are simulated.",
    failures=(
        "The yardstick is a network's reading of the clean image, not a person's.",
        "A chain that suits simulated degradations may not suit those of a camera.",
    ),
    accuracy="Not a prediction: agreement of two readings, computed exactly.",
    cost=Cost.MODERATE,
    timeout_s=120.0,
    keywords=("restoration", "recovery", "degradation", "vessels", "enhance"),
    notice="Research use, not for diagnosis.",
)

RECOVERY = Tool(
    card=CARD,
    example=RecoveryRequest(
        chain=Restoration("denoise(1)"),
        clean=example(FUNDUS),
        cases=(Case(kind="noise", severity="severe"),),
    ),
    example_files=(FUNDUS,),
    response=RecoveryResponse,
    backends=(Agreement(),),
    check_result=check_result,
    canonical=canonical,
    grade=grade,
    needs=needs,
    later=later,
    assemble=assemble,
)
