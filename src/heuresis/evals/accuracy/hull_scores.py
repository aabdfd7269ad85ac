"""Hull distances as numbers and as 'stable' calls, scored beside naive predictions."""

from collections.abc import Mapping
from typing import Any

from heuresis.evals.accuracy import bootstrap
from heuresis.evals.accuracy.mp_entries import FAR_EV
from heuresis.evals.accuracy.regression_metrics import (
    IN_UNIT,
    coverage,
    mean_absolute_error,
    median_absolute_error,
    rank_agreement,
    root_mean_square_error,
)
from heuresis.evals.accuracy.table import LEVEL, Part, Row, Score

UNIT = "eV/atom"
LIMITS_EV = {"0": 0.001, "0.1": 0.1}
DISTANCE = {
    "MAE": mean_absolute_error,
    "median |error|": median_absolute_error,
    "RMSE": root_mean_square_error,
    "Spearman": rank_agreement,
}
COVERAGE = "coverage of nominal 90 %"
CALLS = ("precision", "recall", "called")

# Arrays are (n,) and in eV/atom.


def distance_parts(
    what: str, true: Any, said: Any, std: Any | None, naive: Mapping[str, Any]
) -> list[Part]:
    """Score distances, of all and of those near the hull; `std` None where none is stated."""
    near = true <= FAR_EV
    return [
        _distance_part(f"Distance by {what}", true, said, std, naive),
        _distance_part(
            f"Entries up to {FAR_EV} eV/atom above the hull: {what}",
            true[near],
            said[near],
            None if std is None else std[near],
            {name: guess[near] for name, guess in naive.items()},
        ),
    ]


def _distance_part(
    caption: str, true: Any, said: Any, std: Any | None, naive: Mapping[str, Any]
) -> Part:
    own = bootstrap.scores(dict(DISTANCE), true, said)
    if std is not None:
        own |= bootstrap.scores({COVERAGE: coverage}, true, said, std)
    rows = [Row(method="potential", n=len(true), scores=own)]
    for name, guess in naive.items():
        scored = bootstrap.scores(dict(DISTANCE), true, guess)
        rows.append(Row(method=name, n=len(true), scores=scored))
    columns = {name: UNIT if name in IN_UNIT else "1" for name in (*DISTANCE, COVERAGE)}
    return Part(caption=caption, columns=columns, rows=tuple(rows))


def calls_parts(what: str, true: Any, said: Any, naive: Mapping[str, Any]) -> list[Part]:
    """Score 'stable' calls at both limits, beside the baselines and the prior."""
    import numpy as np

    parts = []
    for name, limit in LIMITS_EV.items():
        label = (true <= limit).astype(float)
        guesses = {"potential": said, "always stable": np.full(len(true), -np.inf), **naive}
        called = {who: (guess <= limit).astype(float) for who, guess in guesses.items()}
        rows = tuple(_calls(who, label, each) for who, each in called.items())
        caption = f"'Stable' within {name} eV/atom ({int(label.sum())} are) by {what}"
        parts.append(Part(caption=caption, columns=dict.fromkeys(CALLS, "1"), rows=rows))
    return parts


def _calls(method: str, label: Any, called: Any) -> Row:
    n_right = float(label @ called)
    found = {
        "precision": share(n_right, called.sum()),
        "recall": share(n_right, label.sum()),
        "called": share(called.sum(), len(called)),
    }
    scores = {name: each for name, each in found.items() if each is not None}
    return Row(method=method, n=len(label), scores=scores)


def share(part: float, whole: float) -> Score | None:
    """Return a share with its Wilson interval, which holds for few items too; None of nothing."""
    from scipy.stats import binomtest

    if not whole:
        return None
    interval = binomtest(int(part), int(whole)).proportion_ci(LEVEL, method="wilson")
    return Score(value=part / whole, low=float(interval.low), high=float(interval.high))
