"""From proposals to the answer of `vision.segment`: prompts, masks, boxes, tree and picture."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from heuresis.contract import Box, Quantity
from heuresis.tools.image.overlay import Layer, overlay
from heuresis.tools.image.pixels import Pixels, as_rgb, mask_file
from heuresis.tools.vision.segment_schema import (
    SegmentMask,
    SegmentRequest,
    SegmentResponse,
    TokenGrid,
)
from heuresis.tools.vision.uniap.hierarchy import Proposal, parents
from heuresis.tools.vision.uniap.selection import band, best_in_boxes, holding, rectangle

NO_PROBABILITY = "ranks the masks of one picture; it was not calibrated"
MOST_DRAWN = 7
TOO_LARGE, OVERLAPPING = 0.7, 0.3  # shares; what the overlay leaves out


@dataclass(frozen=True)
class Found:
    """What a backend made of a picture.

    Attributes:
        masks: The largest first.
        cell_of: H x W, which entry of a mask's `inside` each pixel takes.
        grid: Token grid.
        thresholds: Those used.
        source: What made the masks.
    """

    masks: list[Proposal]
    cell_of: NDArray[np.integer[Any]]
    grid: TokenGrid
    thresholds: tuple[float, ...]
    source: str

    def drawn(self, mask: Proposal) -> NDArray[np.bool_]:
        """Return a mask pixel for pixel, H x W."""
        inside: NDArray[np.bool_] = mask.inside[self.cell_of]
        return inside


def shown(array: NDArray[Any]) -> Pixels:
    """Return 8-bit colour; 16 bits are spread from the 0.5th to the 99.5th percentile."""
    if array.dtype != np.uint16:
        return as_rgb(array)
    low, high = np.percentile(array, (0.5, 99.5))
    return as_rgb(((array - low) / max(high - low, 1)).astype(np.float32))


def answer(request: SegmentRequest, picture: Pixels, found: Found) -> SegmentResponse:
    """Let the prompts choose, and draw what is left."""
    real = [mask for mask in found.masks if found.drawn(mask).any()]
    masks = _chosen(request, found, real)
    above = parents(masks)
    drawn = [found.drawn(mask) for mask in masks]
    described = tuple(
        _described(i, mask, inside, parent, request)
        for i, (mask, inside, parent) in enumerate(zip(masks, drawn, above, strict=True))
    )
    return SegmentResponse(
        masks=described,
        tree=tuple((one.parent, one.id) for one in described if one.parent is not None),
        grid=found.grid,
        thresholds=found.thresholds,
        n_before_prompts=len(real),
        source=found.source,
        overlay=_picture(picture, described, drawn),
    )


def _chosen(request: SegmentRequest, found: Found, masks: list[Proposal]) -> list[Proposal]:
    cells = [int(found.cell_of[point.y_px, point.x_px]) for point in request.points]
    masks = holding(masks, lambda mask: all(mask.inside[cell] for cell in cells))
    if request.granularity:
        masks = band(masks, request.granularity)
    if request.boxes:
        asked = [(b.x0_px, b.y0_px, b.x1_px, b.y1_px) for b in request.boxes]
        masks = best_in_boxes(masks, lambda mask: rectangle(found.drawn(mask)), asked)
    return masks


def _described(
    number: int,
    mask: Proposal,
    inside: NDArray[np.bool_],
    parent: int | None,
    request: SegmentRequest,
) -> SegmentMask:
    x0, y0, x1, y1 = rectangle(inside)
    return SegmentMask(
        id=number,
        mask=mask_file(inside, f"mask-{number}.png"),
        kind=mask.kind,
        level=mask.level,
        area=Quantity.exact(int(inside.sum()), "px", "counted"),
        box=Box(x0_px=x0, y0_px=y0, x1_px=x1, y1_px=y1, frame=request.image),
        score=Quantity.exact(round(mask.score, 6), "1", NO_PROBABILITY),
        parent=parent,
    )


def _picture(
    picture: Pixels, masks: Sequence[SegmentMask], drawn: Sequence[NDArray[np.bool_]]
) -> Any:
    order = sorted(masks, key=lambda one: (-one.score.value * one.area.value**0.5, one.id))
    taken = np.zeros(picture.shape[:2], bool)
    layers: list[Layer] = []
    for one in order:
        inside = drawn[one.id]
        lone = len(masks) == 1
        apart = (inside & taken).sum() <= OVERLAPPING * inside.sum()
        if len(layers) < MOST_DRAWN and apart and (lone or inside.mean() <= TOO_LARGE):
            taken |= inside
            words = f"mask {one.id}: {one.kind}, level {one.level}, score {one.score.value:.2f}"
            layers.append(Layer(words, inside))
    note = f"{len(layers)} of {len(masks)} masks; regions without names"
    return overlay(picture, layers, "segments.png", note)
