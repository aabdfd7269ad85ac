"""Intervals and sets that hold the truth as often as they say: split conformal prediction.

One half of the items, chosen by a hash of their names, sets the width; the other half shows the
coverage. The promise holds for items like these and for no others.
Source: Angelopoulos and Bates, arXiv:2107.07511.
"""

import hashlib
import math
from collections.abc import Sequence
from typing import Any

from heuresis.evals.accuracy import bootstrap
from heuresis.evals.accuracy.regression_metrics import LEVEL, WIDTH_90
from heuresis.evals.accuracy.table import Part, Row, Score

SMALLEST_STD = 1e-9
STATED = f"std times {WIDTH_90:.3f}, as stated"
NORMALISED = "std times a conformal factor"
PLAIN = "one conformal width for all"


def in_first_half(names: Sequence[str]) -> Any:
    """Split names in two by a sha256, the same on every machine; (n,) of bool.

    The hash is salted: samples are drawn by the plain hash of the name.
    """
    import numpy as np

    bytes_of = (hashlib.sha256(f"half:{name}".encode()).digest() for name in names)
    return np.array([found[0] < 128 for found in bytes_of], dtype=bool)


def width_of(scores: Any, level: float = LEVEL) -> float:
    """Return the conformal quantile of calibration scores (n,); infinite where n is too small."""
    import numpy as np

    rank = math.ceil((len(scores) + 1) * level)
    return float(np.sort(scores)[rank - 1]) if rank <= len(scores) else math.inf


def intervals(truth: Any, predicted: Any, std: Any, names: Sequence[str], unit: str) -> Part | None:
    """Compare the stated 90 % interval with plain and normalised conformal ones; arrays (n,).

    Returns:
        Coverage and mean width on the second half, and the factor or half width that the first
        half set; None where a half is too small for a 90 % quantile.
    """
    import numpy as np

    first = in_first_half(names)
    error, held = abs(truth - predicted), np.maximum(std, SMALLEST_STD)
    factor, half = width_of(error[first] / held[first]), width_of(error[first])
    if math.inf in (factor, half) or first.all():
        return None
    rest = ~first
    methods = {
        STATED: ({"factor": WIDTH_90}, WIDTH_90 * held[rest]),
        NORMALISED: ({"factor": factor}, factor * held[rest]),
        PLAIN: ({"half width": half}, np.full(int(rest.sum()), half)),
    }
    return Part(
        caption=f"Intervals of 90 %: set on {int(first.sum()):,}, tested on the others",
        columns={"factor": "1", "half width": unit, "coverage": "1", "mean width": unit},
        rows=tuple(_row(name, *found, error[rest]) for name, found in methods.items()),
    )


def sets(truth: Any, chance: Any, names: Sequence[str]) -> Part | None:
    """Say 'yes', 'no' or 'either' so that 90 % of the sets hold the truth; truth 0 or 1, (n,)."""
    first = in_first_half(names)
    doubt = abs(truth - chance)  # 1 minus the probability given to the true class
    limit = width_of(doubt[first])
    if math.isinf(limit) or first.all():
        return None
    rest = ~first
    n_labels = (chance[rest] >= 1 - limit).astype(int) + (chance[rest] <= limit)
    found = {
        "limit": Score(value=limit),
        "coverage": bootstrap.score(_mean, (doubt[rest] <= limit).astype(float)),
        "share with one answer": bootstrap.score(_mean, (n_labels == 1).astype(float)),
    }
    row = Row(
        method="answers whose probability is at least 1 - limit",
        n=int(rest.sum()),
        scores={name: each for name, each in found.items() if each is not None},
    )
    return Part(
        caption=f"Conformal sets of 90 %: set on {int(first.sum()):,}, tested on the others",
        columns={"limit": "1", "coverage": "1", "share with one answer": "1"},
        rows=(row,),
    )


def _row(method: str, chosen: dict[str, float], half: Any, error: Any) -> Row:
    inside = bootstrap.score(_mean, (error <= half).astype(float))
    scores = {name: Score(value=value) for name, value in chosen.items()}
    scores |= {} if inside is None else {"coverage": inside}
    scores["mean width"] = Score(value=2 * _mean(half))
    return Row(method=method, n=len(error), scores=scores)


def _mean(values: Any) -> float:
    return float(values.mean())
