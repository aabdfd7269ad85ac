"""Regions of any picture, from parts to wholes, found without labels and without names."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from heuresis.contract import (
    Card,
    Cost,
    Grade,
    Status,
    Tool,
    TrainingData,
    digest_of,
    is_finite,
    quantities_in,
)
from heuresis.errors import OutOfDomainError, RequestError, ServiceError
from heuresis.tools.image import examples
from heuresis.tools.image.pixels import decode, grey, pixels
from heuresis.tools.vision.segment_backends import Handfeat
from heuresis.tools.vision.segment_endpoint import Endpoint
from heuresis.tools.vision.segment_schema import SegmentMask, SegmentRequest, SegmentResponse
from heuresis.tools.vision.segment_student import Student
from heuresis.tools.vision.segment_weights import PublishedWeights
from heuresis.tools.vision.uniap.selection import rectangle

SIDES_PX = (32, 4_096)
LEAST_STD = 2.0 / 255
ONE_COLOUR, LIGHT = 0.6, 128  # a page is light; dark surroundings are what scanners leave


def canonical(request: SegmentRequest) -> SegmentRequest:
    """Sort what has no order."""
    return request.model_copy(
        update={
            "kinds": tuple(sorted(set(request.kinds))),
            "points": tuple(sorted(set(request.points), key=lambda p: (p.y_px, p.x_px))),
            "boxes": tuple(
                sorted(request.boxes, key=lambda b: (b.y0_px, b.x0_px, b.y1_px, b.x1_px))
            ),
        }
    )


def check_domain(request: SegmentRequest) -> None:
    """Refuse sizes the tool was not made for, empty pictures, pages of text and charts."""
    array = pixels(request.image)
    height, width = array.shape[:2]
    low, high = SIDES_PX
    if not (low <= min(height, width) and max(height, width) <= high):
        raise OutOfDomainError(
            f"image: got {width} x {height} px, allowed: sides from {low} to {high} px"
        )
    if float(grey(request.image).std()) <= LEAST_STD:
        raise OutOfDomainError(
            f"image: got one shade everywhere (deviation {grey(request.image).std() * 255:.1f} of "
            "255), allowed: a picture of something, deviation above 2"
        )
    share, light = _commonest(array)
    if share > ONE_COLOUR and light:
        raise OutOfDomainError(
            f"image: got a page of text or a chart ({share:.0%} of its pixels are one light "
            f"colour), allowed: pictures with at most {ONE_COLOUR:.0%}"
        )
    _check_prompts(request, height, width)


def check_result(request: SegmentRequest, response: SegmentResponse) -> None:
    """Insist on units, on masks that are what is said of them, on a tree of wholes and parts."""
    for path, got in quantities_in(response).items():
        unit = "px" if path.endswith("area") else "1"
        if got.unit != unit or not is_finite(got.value):
            raise ServiceError(
                f"{path}: got {got.value} {got.unit!r}, allowed a number in {unit!r}"
            )
    masks = response.masks
    if len(masks) > min(request.max_masks, response.n_before_prompts):
        raise ServiceError(f"masks: got {len(masks)}, allowed up to {request.max_masks}")
    links = tuple((one.parent, one.id) for one in masks if one.parent is not None)
    if response.tree != links or any(parent >= part for parent, part in links):
        raise ServiceError(f"tree: got {response.tree}, allowed {links}, wholes first")
    if response.overlay.media_type != "image/png":
        raise ServiceError(f"overlay: got {response.overlay.media_type!r}, allowed 'image/png'")
    drawn = [_checked(i, one, request) for i, one in enumerate(masks)]
    for parent, part in links:
        whole, piece = drawn[parent], drawn[part]
        if whole is not None and piece is not None and (piece & ~whole).any():
            raise ServiceError(f"tree: got mask {part} outside of {parent}, allowed: inside")


def grade(request: SegmentRequest, response: SegmentResponse) -> Grade:
    """Call an answer without a mask empty, and say why."""
    if response.masks:
        return Grade()
    if response.n_before_prompts:
        reason = f"none of {response.n_before_prompts} masks holds the points asked"
    else:
        reason = "no region stands out at these thresholds"
    return Grade(status=Status.EMPTY, reason=reason)


def _checked(number: int, one: SegmentMask, request: SegmentRequest) -> NDArray[np.bool_] | None:
    """Return the pixels of a mask that was checked, None where its bytes went to the vault."""
    if one.id != number or one.kind not in request.kinds or not 0 <= one.score.value <= 1:
        raise ServiceError(
            f"masks[{number}]: got id {one.id}, kind {one.kind!r}, score {one.score.value}, "
            f"allowed id {number}, kind of {request.kinds}, score 0 to 1"
        )
    if one.box.frame != request.image:
        raise ServiceError(f"masks[{number}].box: got frame {one.box.frame}, allowed the image")
    if one.mask.data is None:
        return None
    array = decode(one.mask.data, one.mask.name)
    inside: NDArray[np.bool_] = array > 127
    if array.shape != pixels(request.image).shape[:2] or set(np.unique(array)) - {0, 255}:
        raise ServiceError(f"masks[{number}]: got {array.shape}, allowed 0 and 255 over the image")
    said = (one.box.x0_px, one.box.y0_px, one.box.x1_px, one.box.y1_px)
    if one.area.value != inside.sum() or not inside.any() or said != rectangle(inside):
        raise ServiceError(
            f"masks[{number}]: got area {one.area.value} px and box {said}, allowed those of its "
            f"pixels, {inside.sum()} px"
        )
    if one.mask.digest != digest_of(one.mask.data):
        raise ServiceError(f"masks[{number}]: got a digest that is not that of its bytes")
    return inside


def _check_prompts(request: SegmentRequest, height: int, width: int) -> None:
    for point in request.points:
        if point.x_px >= width or point.y_px >= height:
            raise RequestError(
                f"points: got ({point.x_px}, {point.y_px}), allowed: inside {width} x {height} px"
            )
    for box in request.boxes:
        if box.x1_px > width or box.y1_px > height:
            raise RequestError(
                f"boxes: got an edge at ({box.x1_px}, {box.y1_px}), allowed: up to "
                f"({width}, {height}) px"
            )


def _commonest(array: NDArray[Any]) -> tuple[float, bool]:
    """Return the share of the commonest colour and whether it is light."""
    eight = (array >> 8 if array.dtype == np.uint16 else array).astype(np.int64)
    code = (
        eight if eight.ndim == 2 else (eight[..., 0] << 16) + (eight[..., 1] << 8) + eight[..., 2]
    )
    values, counts = np.unique(code, return_counts=True)
    at = int(np.argmax(counts))
    value = int(values[at])
    shade = value if eight.ndim == 2 else ((value >> 16) + (value >> 8 & 255) + (value & 255)) / 3
    return counts[at] / code.size, shade >= LIGHT


CARD = Card(
    name="vision.segment",
    version="0.1.0",
    summary="Regions of any picture from parts to wholes: masks without names, in a tree.",
    citations=(
        "S2-UniSeg and UniAP: arXiv:2508.06995",
        "Normalised cuts: doi:10.1109/34.868688",
        "BSDS500: doi:10.1109/TPAMI.2010.161",
    ),
    licence_code="Apache-2.0 (ours, from the paper; no code of its authors)",
    licence_weights="uniap-handfeat has no weights; s2-uniseg-small: ours, learnt from pictures "
    "for non-commercial research",
    training_data=(
        TrainingData(
            name="BSDS500 train, DAVIS 2016, nuclei (DSB 2018), BCCD, DRIMDB; pictures only",
            licence="BSDS500, DAVIS: non-commercial research; DRIMDB: research; CC0; MIT",
            split="s2-uniseg-small: by picture or clip; thresholds: 20 pictures of BSDS500 train",
        ),
    ),
    domain="Any picture of 32 to 4,096 px a side that is not one shade, a page or a chart. On "
    "medical pictures masks are proposals, not anatomy.",
    failures=(
        "Things thinner than a token (1/44 of the longer side): vessels and cracks need the "
        "vessel tool.",
        "Textured things fall apart into like-coloured pieces; camouflaged ones melt into the "
        "ground.",
        "Small touching nuclei come out as one.",
    ),
    accuracy="BSDS500 val, 100 pictures, best of at most 100 masks for each region of the first "
    "reader, weighted by area (covering): uniap-handfeat 0.688 [0.662, 0.718], s2-uniseg-small "
    "0.690 [0.663, 0.719], SLIC merged by colour 0.664, Felzenszwalb 0.650, whole image 0.335. "
    "AR@100: 0.154 and 0.155, Felzenszwalb 0.172. Nuclei, AR@100: 0.228 and 0.236; Otsu and "
    "watershed 0.451: take that for cells on black.",
    cost=Cost.CHEAP,
    keywords=("segment", "mask", "region", "object", "proposals", "outline", "instance"),
    notice="Masks are proposals without names; on medical images they are not anatomy.",
)

SEGMENT = Tool(
    card=CARD,
    example=SegmentRequest(image=examples.example(examples.FUNDUS)),
    response=SegmentResponse,
    backends=(Handfeat(), Student(), Endpoint(), PublishedWeights()),
    check_result=check_result,
    check_domain=check_domain,
    canonical=canonical,
    grade=grade,
    example_files=(examples.FUNDUS,),
)
