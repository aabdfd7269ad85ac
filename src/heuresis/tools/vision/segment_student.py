"""Our small student of UniAP: learnt features beside the hand-made ones.

Its decoder draws masks too; they are left out of answers, as they added nothing on tuning pictures.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, Literal

import numpy as np

from heuresis.tools import models
from heuresis.tools.image.pixels import Pixels, pixels
from heuresis.tools.vision.segment_answer import answer, shown
from heuresis.tools.vision.segment_backends import absent, grouped, on_tokens
from heuresis.tools.vision.segment_schema import SegmentRequest, SegmentResponse
from heuresis.tools.vision.uniap.features import CELL_PX, FeatureMap, handfeat, resized, unit_rows
from heuresis.tools.vision.uniap.hierarchy import Proposal, levels

MODEL = "s2-uniseg-small"
THRESHOLDS = (0.96, 0.92, 0.88, 0.84, 0.8, 0.75, 0.7, 0.65, 0.6, 0.55, 0.5, 0.45, 0.4)
HAND_SHARE = 0.85  # of the similarity, the rest is learnt; tuned on 20 pictures of BSDS500 train
MULTIPLE = 4  # tokens; the encoder halves its map twice more
DRAWN_LEVEL = 0  # the decoder knows no thresholds


@dataclass(frozen=True)
class Student:
    """UniAP on hand-made and learnt features."""

    name: str = MODEL
    kind: Literal["embedded", "weights", "endpoint"] = "weights"
    batch_size: int = 4

    def missing(self) -> str | None:
        """Say what stops it and the fix, or None."""
        return absent("PIL", "scipy", "skimage", "torch", "safetensors")

    def digest(self) -> str:
        """Identify the weights."""
        return models.digest(MODEL)

    def run(self, requests: Sequence[SegmentRequest]) -> list[SegmentResponse]:
        """Segment pictures one after the other."""
        return [self._one(request) for request in requests]

    def _one(self, request: SegmentRequest) -> SegmentResponse:
        picture = shown(pixels(request.image))
        seen, _ = looked_at(picture, network())
        thresholds = request.thresholds or THRESHOLDS
        masks = grouped(request, seen, levels(seen, thresholds))
        source = "UniAP on hand-made and learnt features (s2-uniseg-small)"
        return answer(request, picture, on_tokens(picture, seen, masks, thresholds, source))


@cache
def network() -> Any:
    """Load the shipped student once."""
    from heuresis.tools.vision.s2_uniseg.decoder import S2UniSeg

    student = S2UniSeg()
    student.load_state_dict(models.tensors(MODEL))
    return student.eval()


def looked_at(
    picture: Pixels, student: Any, hand_share: float = HAND_SHARE
) -> tuple[FeatureMap, list[Proposal]]:
    """Return the features of a picture's tokens, and the masks drawn by the queries.

    Args:
        picture: H x W x 3.
        student: The network.
        hand_share: Share of the hand-made features in the similarity.
    """
    import torch

    from heuresis.tools.vision.s2_uniseg.decoder import N_INSTANCE

    hand = handfeat(picture)
    with torch.inference_mode():
        said = student(_padded(picture, hand.height, hand.width))
    learnt = said.features[0, :, : hand.height, : hand.width].flatten(1).T.numpy()
    chances = said.logits[0, :, : hand.height, : hand.width].sigmoid().flatten(1).numpy()
    rows = np.concatenate(
        [hand.rows * math.sqrt(hand_share), unit_rows(learnt) * math.sqrt(1 - hand_share)], axis=1
    )
    drawn = [
        Proposal(chance > 0.5, "instance" if i < N_INSTANCE else "semantic", DRAWN_LEVEL, sure)
        for i, chance in enumerate(chances)
        if (sure := _sureness(chance)) > 0
    ]
    return FeatureMap(unit_rows(rows), hand.height, hand.width), drawn


def _sureness(chance: Any) -> float:
    """Return how far inside and outside are apart in a drawn mask, 0 to 1."""
    inside = chance > 0.5
    if not inside.any() or inside.all():
        return 0.0
    return float(chance[inside].mean() - chance[~inside].mean())


def _padded(picture: Pixels, height: int, width: int) -> Any:
    """Return (1, 3, h, w) in 0..1, edges repeated to what the encoder can halve."""
    import torch
    from torch.nn import functional

    small = resized(picture, height * CELL_PX, width * CELL_PX)
    image = torch.from_numpy(small.copy()).permute(2, 0, 1)[None].float() / 255
    more = [(-n % MULTIPLE) * CELL_PX for n in (width, height)]
    return functional.pad(image, (0, more[0], 0, more[1]), mode="replicate")
