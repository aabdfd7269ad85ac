"""Restore an image by a chain of classical operations: image and chain in, image out."""

from collections.abc import Sequence
from typing import Literal

from pydantic import Field

from heuresis.contract import (
    Card,
    Cost,
    ImageFile,
    ImageRef,
    Quantity,
    Request,
    Response,
    Restoration,
    Tool,
)
from heuresis.errors import OutOfDomainError, ServiceError
from heuresis.tools.image.examples import FUNDUS, example
from heuresis.tools.image.pixels import as_rgb, decode, image_file, pixels
from heuresis.tools.image.restoration.chain import canonical_chain, read_chain
from heuresis.tools.programs import absent, program
from heuresis.tools.units import check_units

MIN_SIDE_PX = 16
UNITS = {"mean_change": "1"}


class RestoreRequest(Request):
    image: ImageRef = Field(description="The image to restore.")
    chain: Restoration = Field(description="Operations in order, or 'nothing'.")


class RestoreResponse(Response):
    image: ImageFile = Field(description="The restored image: 8 bits, size and channels kept.")
    chain: Restoration = Field(description="What was done, canonical.")
    mean_change: Quantity = Field(description="Mean absolute change of a pixel; 1 is full scale.")
    overlay: ImageFile = Field(description="Before and after, side by side.")


class Classical:
    """Filters of scikit-image and SciPy; nothing was learned."""

    name = "classical"
    kind: Literal["embedded", "weights", "endpoint"] = "embedded"
    batch_size = 8

    def missing(self) -> str | None:
        """Say what stops it and the fix, or None."""
        return absent("skimage", "PIL", "scipy", extra="images")

    def digest(self) -> str:
        """Identify the programs by version."""
        return program("scikit-image", "scipy", "numpy")

    def run(self, requests: Sequence[RestoreRequest]) -> list[RestoreResponse]:
        """Return one response per request, in order."""
        return [self._one(request) for request in requests]

    def _one(self, request: RestoreRequest) -> RestoreResponse:
        import numpy as np

        from heuresis.tools.image.overlay import side_by_side
        from heuresis.tools.image.restoration.operations import apply

        given = pixels(request.image)
        after = apply(given, read_chain(request.chain))
        before = given if given.dtype == np.uint8 else (given >> 8).astype(np.uint8)
        change = float(np.abs(after.astype(np.float32) - before).mean()) / 255
        panels = (("before", as_rgb(before)), (f"after {request.chain}", as_rgb(after)))
        return RestoreResponse(
            image=image_file(after, "restored.png"),
            chain=request.chain,
            mean_change=Quantity.exact(change, "1"),
            overlay=side_by_side(panels, "before_after.png"),
        )


def canonical(request: RestoreRequest) -> RestoreRequest:
    """Write the chain canonically; raises RequestError."""
    return request.model_copy(update={"chain": canonical_chain(request.chain)})


def check_domain(request: RestoreRequest) -> None:
    """Refuse images too small to filter."""
    height, width = pixels(request.image).shape[:2]
    if min(height, width) < MIN_SIDE_PX:
        raise OutOfDomainError(
            f"image: got {width} x {height} px, allowed: sides of {MIN_SIDE_PX} px and more"
        )


def check_result(request: RestoreRequest, response: RestoreResponse) -> None:
    """Insist on the chain asked for, the size kept, and a believable change."""
    check_units(response, UNITS)
    if response.chain != request.chain:
        raise ServiceError(f"chain: got {response.chain!r}, asked {request.chain!r}")
    if not 0 <= response.mean_change.value <= 1:
        raise ServiceError(f"mean_change: got {response.mean_change.value}, allowed 0 to 1")
    if response.image.data is not None:
        got = decode(response.image.data, response.image.name).shape
        asked = pixels(request.image).shape
        if got != asked:
            raise ServiceError(f"image: got shape {got}, allowed {asked}")


CARD = Card(
    name="image.restore",
    version="0.1.0",
    summary="Denoise, deblur, sharpen, even the light or the contrast of an image, in a chain.",
    citations=(
        "total variation: doi:10.1023/B:JMIV.0000011325.36760.1e",
        "contrast-limited equalisation: Zuiderveld, Graphics Gems IV (1994), 474",
        "scikit-image: doi:10.7717/peerj.453",
    ),
    licence_code="Apache-2.0 (ours), BSD (scikit-image, SciPy)",
    licence_weights="none used",
    training_data=(),
    domain="Any image of at least 16 px a side; colour is filtered with its hue kept.",
    failures=(
        "Deblurring assumes a Gaussian blur of the stated width; another blur leaves rings.",
        "Denoising and evening can wipe out faint, real structure: compare with the original.",
    ),
    accuracy="not measured: it has no truth of its own; medical.recovery measures chains.",
    cost=Cost.CHEAP,
    keywords=("denoise", "deblur", "sharpen", "contrast", "illumination", "enhance", "restore"),
)

RESTORE = Tool(
    card=CARD,
    example=RestoreRequest(image=example(FUNDUS), chain=Restoration("denoise(1) > contrast(1)")),
    example_files=(FUNDUS,),
    response=RestoreResponse,
    backends=(Classical(),),
    check_result=check_result,
    check_domain=check_domain,
    canonical=canonical,
)
