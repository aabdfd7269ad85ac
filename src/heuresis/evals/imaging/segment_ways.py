"""The ways to propose regions that are compared: ours, UniAP without what we added, and others'."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from heuresis.contract import ImageRef
from heuresis.evals.imaging import segment_baselines as plain
from heuresis.evals.imaging.segment_baselines import Proposals, Propose
from heuresis.evals.imaging.segment_scores import Labels
from heuresis.tools.image.pixels import Pixels
from heuresis.tools.vision.segment_backends import HAND_THRESHOLDS, grouped
from heuresis.tools.vision.segment_schema import SegmentRequest
from heuresis.tools.vision.segment_student import HAND_SHARE, THRESHOLDS, looked_at, network
from heuresis.tools.vision.uniap.features import CELL_PX, FeatureMap, handfeat, resized, unit_rows
from heuresis.tools.vision.uniap.hierarchy import KINDS, Kind, Proposal, levels
from heuresis.tools.vision.uniap.layer import FEATURE_WEIGHT
from heuresis.tools.vision.uniap.upsampling import token_of_pixel

OURS = "uniap-handfeat"
STUDENT = "s2-uniseg-small"
PAGE_THRESHOLDS = (0.8, 0.7, 0.6, 0.5, 0.4)
PLAIN_GRID = 24
Look = Callable[[Pixels], tuple[FeatureMap, list[Proposal]]]


@dataclass(frozen=True)
class Uniap:
    """UniAP on some features, with settings."""

    look: Look
    thresholds: tuple[float, ...] = HAND_THRESHOLDS
    kinds: tuple[Kind, ...] = KINDS
    feature_weight: float = FEATURE_WEIGHT

    def __call__(self, image: Pixels) -> Proposals:
        """Propose at most 100 masks."""
        seen, more = self.look(image)
        request = SegmentRequest(image=NOBODY, kinds=self.kinds)
        masks = grouped(request, seen, levels(seen, self.thresholds, self.feature_weight), more)
        cells = token_of_pixel(image, seen.height, seen.width)
        drawn = [mask.inside[cells] for mask in masks]
        stack = np.array(drawn, bool).reshape(-1, *image.shape[:2])
        return stack, np.array([mask.score for mask in masks], float)

    def partitions(self, image: Pixels) -> list[Labels]:
        """Return the instance partition of each level, pixel for pixel."""
        seen, _ = self.look(image)
        cells = token_of_pixel(image, seen.height, seen.width)
        found = levels(seen, self.thresholds, self.feature_weight)
        return [level.instance[cells].astype(np.int64) for level in found]


NOBODY = ImageRef("sha256:" + "0" * 64)


def by_hand(image: Pixels) -> tuple[FeatureMap, list[Proposal]]:
    """Look by hand-made features."""
    return handfeat(image), []


def by_student(share: float = HAND_SHARE, drawn: bool = False) -> Look:
    """Look by the student; raises ServiceError where it was not trained."""
    student = network()

    def look(image: Pixels) -> tuple[FeatureMap, list[Proposal]]:
        seen, masks = looked_at(image, student, share)
        return seen, masks if drawn else []

    return look


def plainly(image: Pixels) -> tuple[FeatureMap, list[Proposal]]:
    """Look by eight plain features on 24 x 24 tokens: Lab, its spread, place."""
    from skimage.color import rgb2lab

    side = PLAIN_GRID * CELL_PX
    lab = rgb2lab(resized(image, side, side)).reshape(PLAIN_GRID, CELL_PX, PLAIN_GRID, CELL_PX, 3)
    y, x = np.mgrid[:PLAIN_GRID, :PLAIN_GRID].astype(float)
    maps = [lab.mean(axis=(1, 3)), lab.std(axis=(1, 3)), np.stack([y, x], axis=2)]
    rows = [_standard(each) for each in maps]
    rows[2] = rows[2] * 0.3
    return FeatureMap(unit_rows(np.concatenate(rows, axis=1)), PLAIN_GRID, PLAIN_GRID), []


def _standard(maps: NDArray[Any]) -> NDArray[np.float64]:
    rows = maps.reshape(-1, maps.shape[2])
    return np.asarray((rows - rows.mean(axis=0)) / np.maximum(rows.std(axis=0), 1e-6))


def ours(with_student: bool) -> dict[str, Propose]:
    """Return what the tool's backends propose."""
    found: dict[str, Propose] = {OURS: Uniap(by_hand)}
    if with_student:
        found[STUDENT] = Uniap(by_student(), THRESHOLDS)
    return found


def lesser(with_student: bool) -> dict[str, Propose]:
    """Return ours with one thing changed."""
    found: dict[str, Propose] = {
        "uniap-handfeat, instance only": Uniap(by_hand, kinds=("instance",)),
        "uniap-handfeat, ws = 0": Uniap(by_hand, feature_weight=1.0),
        "uniap-handfeat, every other threshold": Uniap(by_hand, HAND_THRESHOLDS[::2]),
        "uniap-handfeat, thresholds 0.02 higher": Uniap(
            by_hand, tuple(t + 0.02 for t in HAND_THRESHOLDS)
        ),
        "uniap-handfeat, the page's thresholds": Uniap(by_hand, PAGE_THRESHOLDS),
        "UniAP, 8 plain features, 24 x 24": Uniap(plainly, PAGE_THRESHOLDS),
        "UniAP, 8 plain features, instance only": Uniap(
            plainly, PAGE_THRESHOLDS, kinds=("instance",)
        ),
    }
    if with_student:
        found["s2-uniseg-small, with the decoder's masks"] = Uniap(
            by_student(drawn=True), THRESHOLDS
        )
        found["s2-uniseg-small, learnt features only"] = Uniap(by_student(0.0), THRESHOLDS)
    return found


def others() -> dict[str, Propose]:
    """Return the baselines."""
    return {
        "whole image": plain.whole,
        "4 x 4 grid": plain.grid(4),
        "8 x 8 grid": plain.grid(8),
        "Felzenszwalb, 6 scales": plain.felzenszwalb,
        "SLIC merged by colour": plain.slic_merged,
        "k-means, k 2 to 8": plain.k_means,
        "watershed of the gradient": plain.watershed,
    }
