"""Which modality an image is judged as: what `image.modality` says, or the caller among those."""

from collections.abc import Sequence
from typing import get_args

from heuresis.contract import ImageRef, Outcome
from heuresis.errors import OutOfDomainError
from heuresis.tools.image.degradations.kinds import MODALITIES, Modality
from heuresis.tools.image.modality_gate import require_modality
from heuresis.tools.image.pixels import pixels

MIN_SIDE_PX = 32
MAX_ASPECT = 4.0


def agreed_modality(outcomes: Sequence[Outcome], stated: Modality | None) -> Modality:
    """Return what all images are judged as.

    Args:
        outcomes: What `image.modality` said of each image.
        stated: The caller's choice among the medical ones; it cannot let a photograph in.

    Raises:
        OutOfDomainError: An image is none of the six, or they differ and the caller did not choose.
    """
    found = [require_modality(outcome, *get_args(Modality)).modality for outcome in outcomes]
    if stated is not None:
        return stated
    if len(set(found)) > 1:
        raise OutOfDomainError(
            f"images: got {' and '.join(found)}, allowed: two images of one modality, or state "
            "`modality`"
        )
    return next(modality for modality in MODALITIES if modality == found[0])


def check_size(image: ImageRef, name: str) -> None:
    """Refuse what is too small, or too long, to have a quality of its own.

    Raises:
        OutOfDomainError: Saying what was got and what is allowed.
    """
    height, width = pixels(image).shape[:2]
    if min(height, width) < MIN_SIDE_PX or max(height, width) > MAX_ASPECT * min(height, width):
        raise OutOfDomainError(
            f"{name}: got {width} x {height} px, allowed: sides from {MIN_SIDE_PX} px, one at most "
            f"{MAX_ASPECT:g} times the other"
        )
