"""The domain gate that medical tools put before themselves: is it the kind of picture they know?"""

from heuresis.contract import ImageRef, Need, Outcome
from heuresis.errors import OutOfDomainError, ServiceError
from heuresis.tools.image.modality import Kind, ModalityRequest, ModalityResponse

TOOL = "image.modality"
LEAST_CONFIDENCE = 0.5


def modality_need(image: ImageRef) -> Need:
    """Ask what kind of picture an image is."""
    return Need(TOOL, ModalityRequest(image=image))


def require_modality(
    outcome: Outcome, *allowed: Kind, least: float = LEAST_CONFIDENCE
) -> ModalityResponse:
    """Let a picture of the allowed kinds pass.

    Args:
        outcome: What `image.modality` said.
        allowed: Kinds of picture the tool was made for.
        least: Smallest probability of the kind.

    Raises:
        OutOfDomainError: Another kind, an unknown one, or one that is too doubtful.
        ServiceError: The gate itself failed.
    """
    found = outcome.response
    if not outcome.is_usable or not isinstance(found, ModalityResponse):
        if outcome.error_kind == "domain":
            raise OutOfDomainError(outcome.reason)
        raise ServiceError(f"{TOOL}: got {outcome.status} ({outcome.reason}), allowed: ok")
    if found.modality in allowed and found.confidence.value >= least:
        return found
    near = "" if found.is_known else f", nearest {found.nearest}"
    raise OutOfDomainError(
        f"image: got {found.modality}{near} (probability {found.confidence.value:.2f}), "
        f"allowed: {' or '.join(allowed)} with {least:.2f} or more"
    )
