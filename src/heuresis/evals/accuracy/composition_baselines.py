"""Naive predictions for crystals from formulas: mean, nearest formula, linear in fractions."""

from collections.abc import Mapping, Sequence
from typing import Any

from heuresis.evals.accuracy.mp_entries import Entry

N_FOLDS = 5


Guess = dict[tuple[str, str], float]  # by system and number of the entry


def guess_all(entries: Sequence[Entry], values: Any) -> dict[str, Guess]:
    """Predict a value (n,) of every entry by every baseline, to be looked up by `chosen`."""
    keys = [(entry.system, entry.name) for entry in entries]
    return {
        method: {key: float(value) for key, value in zip(keys, guess, strict=True)}
        for method, guess in naive_predictions(entries, values).items()
    }


def chosen(guesses: Mapping[str, Guess], entries: Sequence[Entry]) -> dict[str, Any]:
    """Look up the predictions for some entries, each (n,)."""
    import numpy as np

    keys = [(entry.system, entry.name) for entry in entries]
    return {method: np.array([guess[key] for key in keys]) for method, guess in guesses.items()}


def naive_predictions(entries: Sequence[Entry], values: Any) -> dict[str, Any]:
    """Predict a value (n,) of each entry, within its system.

    Neighbours and the linear fit come from the other formulas: five folds, in which the polymorphs
    of one formula stay together.
    """
    import numpy as np

    found = {name: np.empty(len(entries)) for name in ("mean", "nearest", "linear")}
    systems = np.array([entry.system for entry in entries])
    for system in np.unique(systems):
        at = np.flatnonzero(systems == system)
        inside_it = [entries[int(i)] for i in at]
        shares, fold = _shares(inside_it), _folds(inside_it)
        for guess in found.values():
            guess[at] = values[at].mean()  # stays where there is but one formula
        if len(set(fold)) < 2:
            continue
        for number in np.unique(fold):
            held, rest = at[fold == number], at[fold != number]
            inside, outside = shares[fold == number], shares[fold != number]
            found["nearest"][held] = [_nearest(x, outside, values[rest]) for x in inside]
            terms, *_ = np.linalg.lstsq(outside, values[rest], rcond=None)
            found["linear"][held] = inside @ terms
    return {
        "mean of the system": found["mean"],
        "nearest other formula, 5 folds by formula": found["nearest"],
        "linear in atomic fractions, 5 folds by formula": found["linear"],
    }


def _shares(entries: Sequence[Entry]) -> Any:
    """Atomic fractions, (n, elements)."""
    import numpy as np

    elements = sorted({element for entry in entries for element in entry.shares})
    return np.array([[entry.shares.get(e, 0.0) for e in elements] for entry in entries])


def _folds(entries: Sequence[Entry]) -> Any:
    import numpy as np
    from sklearn.model_selection import GroupKFold

    groups = [entry.formula for entry in entries]
    n_folds, fold = min(N_FOLDS, len(set(groups))), np.zeros(len(entries), dtype=int)
    if n_folds < 2:
        return fold
    parts = GroupKFold(n_folds, shuffle=True, random_state=0).split(groups, groups=groups)
    for i, (_, held) in enumerate(parts):
        fold[held] = i
    return fold


def _nearest(shares: Any, others: Any, values: Any) -> float:
    """Mean value of the polymorphs of the closest formula."""
    distance = abs(others - shares).sum(axis=1)
    return float(values[distance <= distance.min() + 1e-9].mean())
