"""The rule that tells a fundus photograph without structure, learned on simulated losses only.

Part of the recipe `medq_small.py`. How strongly it is held back is chosen by leaving one camera out
at a time; photographs with real quality labels are never looked at.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np

from heuresis.evals.imaging.quality_sources import Base
from heuresis.tools.image.degradations.kinds import KindName
from heuresis.tools.image.degradations.simulate import simulate
from heuresis.tools.medical.medq.fundus_structure import structure_features
from heuresis.tools.medical.medq.view import View

KINDS: tuple[KindName, ...] = (
    "blur",
    "low_contrast",
    "underexposure",
    "overexposure",
    "noise",
    "low_resolution",
    "uneven_light",
)
STRONGER = ("blur", "low_contrast", "underexposure", "overexposure")
PULLS = (0.003, 0.01, 0.03, 0.1, 0.3, 1.0)  # inverse of the penalty
N_TURNS = 12


def fundus_rule(clean: Sequence[Base], seed: int) -> dict[str, Any]:
    """Return mean, std, weight and bias of the rule, and how it was chosen."""
    generator = np.random.default_rng(seed)
    names = [base.source for base in clean for _ in range(2 * N_TURNS)]
    pairs = [_pair(base.view, turn, generator) for base in clean for turn in range(N_TURNS)]
    features = np.stack([structure_features(view) for pair in pairs for view in pair])
    is_bad = np.tile([0, 1], len(pairs))
    cameras = np.array(names)
    scores = {pull: _left_out(features, is_bad, cameras, pull) for pull in PULLS}
    best = max(scores, key=lambda pull: scores[pull])
    model = _fitted(features, is_bad, best)
    scale, line = model[0], model[1]
    return {
        "mean": scale.mean_,
        "std": scale.scale_,
        "weight": line.coef_[0],
        "bias": line.intercept_,
        "chosen": {"pull": best, "accuracy with a camera left out": scores[best]},
    }


def _pair(view: View, turn: int, generator: np.random.Generator) -> tuple[View, View]:
    """Cut and tint a clean view, and spoil it, often beyond severe as real failures are."""
    height, width = view.shape[:2]
    share = generator.uniform(0.55, 1)
    h, w = int(height * share), int(width * share)
    y, x = generator.integers(height - h + 1), generator.integers(width - w + 1)
    tint = generator.uniform(0.6, 1.2, 3)
    cut = np.clip(view[y : y + h, x : x + w] * tint, 0, 255).astype(np.uint8)
    kind = KINDS[generator.integers(len(KINDS))] if turn % 2 else "blur"
    place = generator.uniform(2, 4) if kind in STRONGER else 2.0
    bad = simulate(cut, "fundus", kind, place, int(generator.integers(2**31)))
    if generator.random() < 0.4:
        bad = simulate(bad, "fundus", "low_contrast", generator.uniform(1, 3), 0)
    return cut, bad


def _left_out(features: Any, is_bad: Any, cameras: Any, pull: float) -> float:
    """Return the mean accuracy on each camera by the rule of the others."""
    right = []
    for camera in np.unique(cameras):
        others = cameras != camera
        model = _fitted(features[others], is_bad[others], pull)
        right.append(float(model.score(features[~others], is_bad[~others])))
    return float(np.mean(right))


def _fitted(features: Any, is_bad: Any, pull: float) -> Any:
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    line = LogisticRegression(C=pull, max_iter=5000)
    return make_pipeline(StandardScaler(), line).fit(features, is_bad)
