"""What is asked of `vision.segment`, and what it answers."""

from itertools import pairwise
from typing import Literal, Self

from pydantic import Field, model_validator

from heuresis.contract import (
    Box,
    Frozen,
    ImageFile,
    ImageRef,
    MaskFile,
    Quantity,
    Request,
    Response,
)

Kind = Literal["instance", "semantic"]
Granularity = Literal["fine", "medium", "coarse"]
MAX_MASKS = 100


class Point(Frozen):
    """A place in pixels of the image."""

    x_px: int = Field(ge=0, description="Column, from the left.")
    y_px: int = Field(ge=0, description="Row, from the top.")


class SegmentRequest(Request):
    image: ImageRef = Field(description="Grey or colour, 8 or 16 bits, any kind of picture.")
    kinds: tuple[Kind, ...] = Field(
        default=("instance", "semantic"),
        min_length=1,
        max_length=2,
        description="Connected masks, masks of like parts wherever they lie, or both.",
    )
    thresholds: tuple[float, ...] | None = Field(
        default=None,
        min_length=2,
        max_length=32,
        description="Falling similarities, between 0 and 1; None for those the backend was "
        "tuned to. The page's are 0.8, 0.7, 0.6, 0.5, 0.4.",
    )
    min_area_share: float | None = Field(
        default=None, gt=0, lt=1, description="Smallest mask, of the image; None for four tokens."
    )
    max_masks: int = Field(default=100, ge=1, le=MAX_MASKS, description="Masks at most.")
    points: tuple[Point, ...] = Field(
        default=(), max_length=20, description="Keep masks that hold every one of these."
    )
    granularity: Granularity | None = Field(
        default=None,
        description="Keep the third of the masks (that hold the points) that is smallest, "
        "middle or largest; None keeps all.",
    )
    boxes: tuple[Box, ...] = Field(
        default=(),
        max_length=20,
        description="Keep for each box the mask whose own box overlaps best, last of all.",
    )

    @model_validator(mode="after")
    def _thresholds_fall(self) -> Self:
        asked = self.thresholds or ()
        if not all(0 < t < 1 for t in asked) or any(a <= b for a, b in pairwise(asked)):
            raise ValueError(f"thresholds: got {asked}, allowed: falling, between 0 and 1")
        if any(box.frame != self.image for box in self.boxes):
            raise ValueError("boxes: got a frame that is another image, allowed: the image asked")
        return self


class SegmentMask(Frozen):
    """One proposal: a region without a name."""

    id: int = Field(ge=0, description="Place in the list; wholes come before their parts.")
    mask: MaskFile = Field(description="Pixel for pixel over the image, 0 and 255.")
    kind: Kind = Field(description="Connected, or of like parts wherever they lie.")
    level: int = Field(ge=0, description="First threshold that made it, from 0, the finest.")
    area: Quantity = Field(description="Pixels inside.")
    box: Box = Field(description="Smallest rectangle around it.")
    score: Quantity = Field(description="Persistence times contrast, 0 to 1; no probability.")
    parent: int | None = Field(description="The smallest larger mask that contains it, or None.")


class TokenGrid(Frozen):
    """The cells in which the picture was looked at."""

    n_down: int = Field(ge=1, description="Tokens down.")
    n_across: int = Field(ge=1, description="Tokens across.")
    stride_px: float = Field(gt=0, description="Side of a token, pixels of the image.")


class SegmentResponse(Response):
    masks: tuple[SegmentMask, ...] = Field(description="Proposals, the largest first.")
    tree: tuple[tuple[int, int], ...] = Field(description="Links from parent to part, by id.")
    grid: TokenGrid = Field(description="Token grid.")
    thresholds: tuple[float, ...] = Field(description="Those used; empty where none are.")
    n_before_prompts: int = Field(ge=0, description="Masks before the prompts chose.")
    source: str = Field(description="What made the masks, with its licence where it is not ours.")
    overlay: ImageFile = Field(description="Up to seven of the masks, drawn over the image.")
