"""Ways to segment: UniAP on hand-made features, our small student, and what a user brings."""

from collections.abc import Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from typing import Literal

import numpy as np

from heuresis.tools.image.pixels import Pixels, pixels
from heuresis.tools.vision.segment_answer import Found, answer, shown
from heuresis.tools.vision.segment_schema import SegmentRequest, SegmentResponse, TokenGrid
from heuresis.tools.vision.uniap.features import FeatureMap, handfeat
from heuresis.tools.vision.uniap.hierarchy import (
    MIN_TOKENS,
    Level,
    Proposal,
    kept,
    levels,
    proposals,
    rescored,
)
from heuresis.tools.vision.uniap.scoring import scores
from heuresis.tools.vision.uniap.upsampling import token_of_pixel

# Tuned on 20 pictures of BSDS500 train, by src/heuresis/evals/imaging/segments.py.
HAND_THRESHOLDS = (0.96, 0.92, 0.88, 0.84, 0.8, 0.75, 0.7, 0.65, 0.6, 0.55, 0.5, 0.45, 0.4)


@dataclass(frozen=True)
class Handfeat:
    """UniAP on hand-made features. Source: arXiv 2508.06995, features ours."""

    name: str = "uniap-handfeat"
    kind: Literal["embedded", "weights", "endpoint"] = "embedded"
    batch_size: int = 4

    def missing(self) -> str | None:
        """Say what stops it and the fix, or None."""
        return absent("PIL", "scipy", "skimage")

    def digest(self) -> str:
        """Identify the program."""
        return "program:uniap-handfeat==0.1.0"

    def run(self, requests: Sequence[SegmentRequest]) -> list[SegmentResponse]:
        """Segment pictures one after the other."""
        return [self._one(request) for request in requests]

    def _one(self, request: SegmentRequest) -> SegmentResponse:
        picture = shown(pixels(request.image))
        seen = handfeat(picture)
        thresholds = request.thresholds or HAND_THRESHOLDS
        found = grouped(request, seen, levels(seen, thresholds))
        source = "UniAP on hand-made features"
        return answer(request, picture, on_tokens(picture, seen, found, thresholds, source))


def grouped(
    request: SegmentRequest,
    seen: FeatureMap,
    found: Sequence[Level],
    more: Sequence[Proposal] = (),
) -> list[Proposal]:
    """Score the masks of all levels and keep as many as were asked for.

    Args:
        request: What was asked.
        seen: Features of the tokens.
        found: What UniAP made of them.
        more: Masks of another source, scored already.
    """
    n = seen.height * seen.width
    least = MIN_TOKENS
    if request.min_area_share is not None:
        least = max(1, int(np.ceil(request.min_area_share * n)))
    made = proposals(found, request.kinds, least)
    made = rescored(made, scores(made, found, seen).tolist())
    wanted = [one for one in more if one.kind in request.kinds and one.n_tokens >= least]
    return kept([*made, *wanted], request.max_masks)


def on_tokens(
    picture: Pixels,
    seen: FeatureMap,
    masks: list[Proposal],
    thresholds: tuple[float, ...],
    source: str,
) -> Found:
    """Bring masks of tokens to the pixels of the picture."""
    height, width = picture.shape[:2]
    return Found(
        masks=masks,
        cell_of=token_of_pixel(picture, seen.height, seen.width),
        grid=TokenGrid(
            n_down=seen.height,
            n_across=seen.width,
            stride_px=max(height, width) / max(seen.height, seen.width),
        ),
        thresholds=thresholds,
        source=source,
    )


def absent(*packages: str) -> str | None:
    """Say which packages are not here and how to get them, or None."""
    lacking = [name for name in packages if find_spec(name) is None]
    return f"no {', '.join(lacking)}: pip install 'heuresis[images]'" if lacking else None
