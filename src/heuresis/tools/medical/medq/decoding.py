"""The most probable slots that imply the verdict, so that slots and verdict cannot disagree."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from heuresis.tools.medical.medq.tiers import MAX_MILD, Tier

NONE, MILD, SEVERE = 0, 1, 2
SMALLEST = 1e-9


def slots_implying(verdict: Tier, chances: NDArray[Any]) -> NDArray[np.int_]:
    """Return a level per kind: 0 none, 1 mild, 2 severe.

    Args:
        verdict: What the slots must imply.
        chances: kinds x 3, probabilities of none, mild and severe.
    """
    logs = np.log(np.maximum(chances, SMALLEST))
    if verdict == "good":
        return np.zeros(len(logs), int)
    return _for_usable(logs) if verdict == "usable" else _for_reject(logs)


def _for_usable(logs: NDArray[Any]) -> NDArray[np.int_]:
    """Make the best one mild, and the next one too where mild is its better half."""
    gains = logs[:, MILD] - logs[:, NONE]
    order = np.argsort(-gains, kind="stable")
    levels = np.zeros(len(logs), int)
    levels[order[0]] = MILD
    for kind in order[1:MAX_MILD]:
        levels[kind] = MILD if gains[kind] > 0 else NONE
    return levels


def _for_reject(logs: NDArray[Any]) -> NDArray[np.int_]:
    """Take each kind's most probable level; where that is not enough, the cheapest change."""
    levels: NDArray[np.int_] = logs.argmax(axis=1)
    if _rejects(levels):
        return levels
    rows = np.arange(len(logs))
    one_severe = levels.copy()
    one_severe[np.argmax(logs[:, SEVERE] - logs[rows, levels])] = SEVERE
    three_mild = levels.copy()
    losses = np.where(levels == NONE, logs[:, NONE] - logs[:, MILD], np.inf)
    missing = MAX_MILD + 1 - int((levels == MILD).sum())
    three_mild[np.argsort(losses, kind="stable")[:missing]] = MILD
    options = [option for option in (one_severe, three_mild) if _rejects(option)]
    return max(options, key=lambda option: float(logs[rows, option].sum()))


def _rejects(levels: NDArray[np.int_]) -> bool:
    return bool((levels == SEVERE).any() or (levels == MILD).sum() > MAX_MILD)
