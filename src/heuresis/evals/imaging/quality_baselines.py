"""What a quality model must beat: priors, one number of the image, fifteen hand features."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from heuresis.evals.imaging.quality_items import Item
from heuresis.tools.image.degradations.kinds import MODALITIES, KindName, kinds_of
from heuresis.tools.medical.medq.features import hand_features
from heuresis.tools.medical.medq.findings import level
from heuresis.tools.medical.medq.tiers import TIERS

MEAN_COLUMNS = slice(0, 3)


def tiers_of(items: Sequence[Item]) -> Any:
    """Return the verdict that what was done implies, n numbers."""
    return np.array([TIERS.index(item.tier) for item in items])


def levels_of(items: Sequence[Item], kinds: Sequence[KindName]) -> Any:
    """Return n x kinds levels of what was done."""
    levels = np.zeros((len(items), len(kinds)), int)
    for row, item in enumerate(items):
        for one in item.findings:
            if one.kind in kinds:
                levels[row, kinds.index(one.kind)] = level(one.severity)
    return levels


def majority(train: Sequence[Item], test: Sequence[Item]) -> Any:
    """Always the most frequent verdict of training."""
    return np.full(len(test), _mode(tiers_of(train)))


def modality_only(train: Sequence[Item], test: Sequence[Item]) -> Any:
    """The most frequent verdict of each modality."""
    truth = tiers_of(train)
    names = np.array([item.modality for item in train])
    best = {m: _mode(truth[names == m]) for m in set(names)}
    return np.array([best.get(item.modality, _mode(truth)) for item in test])


def hand_tiers(train: Sequence[Item], test: Sequence[Item], is_light_only: bool = False) -> Any:
    """Logistic regression on hand features, one per modality, or on mean light only."""
    told = np.zeros(len(test), int)
    for modality in MODALITIES:
        learn = [item for item in train if item.modality == modality]
        at = [i for i, item in enumerate(test) if item.modality == modality]
        if at:
            model = _logistic().fit(_features(learn, is_light_only), tiers_of(learn))
            told[at] = model.predict(_features([test[i] for i in at], is_light_only))
    return told


def hand_levels(train: Sequence[Item], test: Sequence[Item], kinds: Sequence[KindName]) -> Any:
    """Logistic regression of each kind's level on hand features, one per modality and kind."""
    told = np.zeros((len(test), len(kinds)), int)
    for modality in MODALITIES:
        learn = [item for item in train if item.modality == modality]
        at = [i for i, item in enumerate(test) if item.modality == modality]
        if not at:
            continue
        known, asked = _features(learn), _features([test[i] for i in at])
        truth = levels_of(learn, kinds)
        for k, kind in enumerate(kinds):
            if kind in kinds_of(modality) and len(np.unique(truth[:, k])) > 1:
                model = _logistic("balanced").fit(known, truth[:, k])
                told[at, k] = model.predict(asked)
    return told


def sharpness(item: Item) -> float:
    """Variance of the Laplacian: the sharper image wins a comparison."""
    return float(hand_features(item.view)[9])


def file_bytes(item: Item) -> float:
    """Size as JPEG: the larger file wins a comparison."""
    import io

    from PIL import Image

    buffer = io.BytesIO()
    Image.fromarray(item.view).save(buffer, "JPEG", quality=90)
    return float(buffer.tell())


def _features(items: Sequence[Item], is_light_only: bool = False) -> Any:
    found = np.stack([hand_features(item.view) for item in items])
    return found[:, MEAN_COLUMNS].mean(axis=1, keepdims=True) if is_light_only else found


def _logistic(weights: str | None = None) -> Any:
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    return make_pipeline(StandardScaler(), LogisticRegression(max_iter=3000, class_weight=weights))


def _mode(values: Any) -> int:
    return int(np.bincount(values).argmax())
