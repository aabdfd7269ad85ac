"""Before any vessel is looked for: is this a photograph of a retina that the network can know?

In order: colour, a round field before dark corners, a diameter, natural colours; then what kind
of picture it is and how good, as two other tools answer.
"""

from typing import Any, Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from heuresis.contract import ImageRef, Need, Outcome
from heuresis.errors import OutOfDomainError, ServiceError
from heuresis.tools.medical.serp_mamba.preparation import (
    Mask,
    dark_corners,
    diameter_px,
    field_of_view,
)

QUALITY = "medical.quality"
QUALITY_BACKEND = "medq-small"  # measured by us; a language model may give no verdict at all
PASSING = ("good", "usable")
UNJUDGED = "not judged"
MIN_DIAMETER_PX = 300
DARK_CORNERS = 3
BLUE_SHARE = 0.005  # of red; a scanning laser has no blue channel, photographs had 0.011 at least
NARROW = "trained on narrow-field photographs only"


@runtime_checkable
class Judged(Protocol):
    """What `medical.quality` answers, as far as it matters here."""

    verdict: str | None
    text: str


def require_colour(image: NDArray[Any]) -> None:
    """Refuse grey images.

    Raises:
        OutOfDomainError: One channel, or three equal ones.
    """
    is_grey = image.ndim == 2 or not np.ptp(image.astype(np.int16), axis=2).any()
    if is_grey:
        raise OutOfDomainError(
            f"image: got a grey image of shape {image.shape}, allowed: a colour fundus photograph"
        )


def found_field(image: NDArray[Any]) -> Mask:
    """Return the field of view of a photograph.

    Raises:
        OutOfDomainError: None before dark corners, as in ultra-wide-field and other pictures.
    """
    fov = field_of_view(image)
    n = dark_corners(fov)
    if not fov.any() or n < DARK_CORNERS:
        raise OutOfDomainError(
            f"field of view: got none with dark corners around ({n} of 4 are dark), allowed: a "
            f"round field before a dark surround; {NARROW}. Give `fov` where it was cut away"
        )
    return fov


def require_narrow(image: NDArray[Any], fov: Mask) -> None:
    """Refuse small fields, and the pseudo-colours of ultra-wide-field scanning lasers.

    Raises:
        OutOfDomainError: With what was got and what is allowed.
    """
    diameter = diameter_px(fov)
    if diameter < MIN_DIAMETER_PX:
        raise OutOfDomainError(
            f"field of view: got a diameter of {diameter:.0f} px, allowed: {MIN_DIAMETER_PX} px "
            "and more"
        )
    red, _, blue = image[fov].mean(axis=0)
    if blue < BLUE_SHARE * red:
        raise OutOfDomainError(
            f"colours: got mean blue {blue:.2f} for red {red:.1f}, as of an ultra-wide-field "
            f"laser scan, allowed: blue from {BLUE_SHARE:.1%} of red; {NARROW}"
        )


def quality_need(image: ImageRef) -> Need:
    """Ask how good a photograph is."""
    from heuresis.tools.medical.quality import QualityRequest

    return Need(QUALITY, QualityRequest(image=image), QUALITY_BACKEND)


def judged(outcome: Outcome, allow_rejected: bool) -> tuple[str, str]:
    """Return the verdict on a photograph's quality and its words.

    Raises:
        OutOfDomainError: Rejected, and nobody asked for an answer all the same.
        ServiceError: The gate itself failed.
    """
    found = outcome.response
    if not outcome.is_usable or not isinstance(found, Judged):
        if outcome.error_kind == "domain":
            raise OutOfDomainError(outcome.reason)
        raise ServiceError(f"{QUALITY}: got {outcome.status} ({outcome.reason}), allowed: ok")
    if found.verdict not in PASSING and not allow_rejected:
        raise OutOfDomainError(
            f"quality: got {found.verdict!r} ({found.text}), allowed: 'good' or 'usable', or any "
            "with allow_rejected"
        )
    return found.verdict or UNJUDGED, found.text
