"""How long UniAP takes on graphs of growing size, on the features of real pictures."""

import time
from collections.abc import Sequence

import numpy as np

from heuresis.evals.accuracy.table import Part, Row, Score
from heuresis.evals.imaging.segment_sources import Known
from heuresis.evals.imaging.segment_ways import PAGE_THRESHOLDS, plainly
from heuresis.tools.vision.segment_backends import HAND_THRESHOLDS
from heuresis.tools.vision.uniap.features import FeatureMap, handfeat
from heuresis.tools.vision.uniap.hierarchy import levels

N_TIMED = 20
SIDES = (24, 32, 44, 64)


def speed_part(known: Sequence[Known]) -> Part:
    """Time the graph part, features given, median of 20 pictures; threads as the caller set."""
    pictures = [_square(one) for one in known[:N_TIMED]]
    rows = [_row("24 x 24, 8 plain features, 5 thresholds", _plain(pictures), PAGE_THRESHOLDS)]
    for side in SIDES:
        seen = [handfeat(picture, side) for picture in pictures]
        for thresholds in (PAGE_THRESHOLDS, HAND_THRESHOLDS):
            name = f"{side} x {side}, hand-made features, {len(thresholds)} thresholds"
            rows.append(_row(name, seen, thresholds))
    return Part(
        caption="Time of UniAP with features given",
        columns={"median": "ms", "slowest": "ms"},
        rows=tuple(rows),
    )


def _plain(pictures: Sequence[np.ndarray]) -> list[FeatureMap]:
    return [plainly(picture)[0] for picture in pictures]


def _square(one: Known) -> np.ndarray:
    side = min(one.image.shape[:2])
    return np.ascontiguousarray(one.image[:side, :side])


def _row(name: str, seen: Sequence[FeatureMap], thresholds: tuple[float, ...]) -> Row:
    times = []
    for each in seen:
        started = time.perf_counter()
        levels(each, thresholds)
        times.append((time.perf_counter() - started) * 1e3)
    scores = {
        "median": Score(value=float(np.median(times))),
        "slowest": Score(value=float(np.max(times))),
    }
    return Row(method=name, n=len(times), scores=scores)
