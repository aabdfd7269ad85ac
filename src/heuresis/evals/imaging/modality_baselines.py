"""Simpler ways to tell kinds of pictures: the most frequent, the form of the file, the colours."""

from collections import defaultdict
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from heuresis.evals.imaging.modality_sources import Picture
from heuresis.tools.image.modality import KINDS, Modality
from heuresis.tools.image.modality_view import shrunk

MOST_PER_PART = 150
LEAST_CONFIDENCE = 0.5  # as the tool: less is 'unknown'
N_LEVELS = 6

Answers = Callable[[Sequence[NDArray[Any]]], list[Modality]]


def baselines(pictures: Sequence[Picture]) -> dict[str, Answers]:
    """Fit every baseline on pictures; answers take arrays, uint8 or uint16, in order."""
    chosen = evenly(pictures, MOST_PER_PART)
    return {
        "always the kind with most pictures": _majority(pictures),
        "size, aspect and greyness (decision tree)": _tree(chosen),
        "colour histogram (logistic regression)": _histogram(chosen),
    }


def evenly(pictures: Sequence[Picture], most: int) -> list[Picture]:
    """Take at most so many of each part, spread over it."""
    parts: dict[str, list[Picture]] = defaultdict(list)
    for picture in pictures:
        parts[f"{picture.kind}/{picture.part}"].append(picture)
    found = []
    for part in parts.values():
        places = np.unique(np.linspace(0, len(part) - 1, min(most, len(part))).astype(int))
        found += [part[int(place)] for place in places]
    return found


def form(array: NDArray[Any]) -> NDArray[Any]:
    """Describe a picture by its file: log height, log width, aspect, colourfulness (4,)."""
    height, width = array.shape[:2]
    small = shrunk(array, min(height, 48), min(width, 48))
    return np.array([np.log(height), np.log(width), width / height, np.ptp(small, axis=2).mean()])


def histogram(array: NDArray[Any]) -> NDArray[Any]:
    """Count colours in 6 x 6 x 6 boxes, as shares of the picture (216,)."""
    small = shrunk(array, 64, 64).reshape(-1, 3)
    level = np.minimum((small * N_LEVELS).astype(int), N_LEVELS - 1)
    box = level @ np.array([N_LEVELS**2, N_LEVELS, 1])
    shares: NDArray[Any] = np.bincount(box, minlength=N_LEVELS**3) / len(box)
    return shares


def _majority(pictures: Sequence[Picture]) -> Answers:
    count = {kind: sum(p.kind == kind for p in pictures) for kind in KINDS}
    most = max(KINDS, key=lambda kind: count[kind])
    return lambda arrays: [most] * len(arrays)


def _tree(pictures: Sequence[Picture]) -> Answers:
    from sklearn.tree import DecisionTreeClassifier

    model = DecisionTreeClassifier(max_depth=5, class_weight="balanced", random_state=0)
    return _fitted(model, form, pictures)


def _histogram(pictures: Sequence[Picture]) -> Answers:
    from sklearn.linear_model import LogisticRegression

    model = LogisticRegression(C=30.0, class_weight="balanced", max_iter=2_000)
    return _fitted(model, lambda array: np.sqrt(histogram(array)), pictures)


def _fitted(
    model: Any, features: Callable[[NDArray[Any]], NDArray[Any]], pictures: Sequence[Picture]
) -> Answers:
    model.fit(
        np.stack([features(picture.pixels) for picture in pictures]),
        np.array([picture.kind for picture in pictures]),
    )

    def answer(arrays: Sequence[NDArray[Any]]) -> list[Modality]:
        chances = model.predict_proba(np.stack([features(array) for array in arrays]))
        named = model.classes_[chances.argmax(1)]
        sure = chances.max(1) >= LEAST_CONFIDENCE
        return [str(kind) if s else "unknown" for kind, s in zip(named, sure, strict=True)]  # type: ignore[misc]  # sklearn gives back the kinds it was given

    return answer
