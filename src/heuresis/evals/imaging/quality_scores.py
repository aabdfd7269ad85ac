"""How well findings, verdicts and comparisons agree with what was done to an image.

Arrays are g x 3 (x kinds): groups of three images of one clean image, so that a bootstrap over the
first axis draws clean images and not their copies. Levels: 0 none, 1 mild, 2 severe; tiers: 0 good,
1 usable, 2 reject.
"""

from typing import Any

import numpy as np

N_TIERS = 3


def tier_accuracy(truth: Any, told: Any) -> float:
    """Share of verdicts that are right."""
    return float((truth == told).mean())


def tier_macro_f1(truth: Any, told: Any) -> float:
    """Mean F1 of the three verdicts."""
    return float(np.mean([_f1(truth == tier, told == tier) for tier in range(N_TIERS)]))


def quadratic_kappa(truth: Any, told: Any) -> float:
    """Agreement beyond chance, where a wrong neighbour costs a quarter of good against reject."""
    table = np.zeros((N_TIERS, N_TIERS))
    np.add.at(table, (np.ravel(truth), np.ravel(told)), 1)
    cost = (np.arange(N_TIERS)[:, None] - np.arange(N_TIERS)) ** 2
    by_chance = np.outer(table.sum(1), table.sum(0)) / table.sum()
    expected = float((cost * by_chance).sum())
    return 1 - float((cost * table).sum()) / expected if expected else float("nan")


def false_alarm(truth: Any, told: Any) -> float:
    """Share of untouched images that are not called good."""
    return _share(told != 0, truth == 0)


def recall_of_usable(truth: Any, told: Any) -> float:
    """Share of images with mild losses only that are not called good."""
    return _share(told != 0, truth == 1)


def recall_of_reject(truth: Any, told: Any) -> float:
    """Share of images with a severe loss that are rejected."""
    return _share(told == 2, truth == 2)


def passed_as_good(truth: Any, told: Any) -> float:
    """Share of images with a severe loss that are called good."""
    return _share(told == 0, truth == 2)


TIER_SCORES = {
    "accuracy": tier_accuracy,
    "macro F1": tier_macro_f1,
    "quadratic kappa": quadratic_kappa,
    "false alarm": false_alarm,
    "mild noticed": recall_of_usable,
    "severe rejected": recall_of_reject,
    "severe called good": passed_as_good,
}


def kind_macro_f1(truth: Any, told: Any) -> float:
    """Mean F1 over kinds of naming that a kind is there, at whatever severity."""
    n = truth.shape[-1]
    there, named = (truth > 0).reshape(-1, n), (told > 0).reshape(-1, n)
    scores = [_f1(there[:, k], named[:, k]) for k in range(n) if there[:, k].any()]
    return float(np.mean(scores)) if scores else float("nan")


def severity_accuracy(truth: Any, told: Any) -> float:
    """Share of what was done whose kind and severity are both told; a missed one is wrong."""
    return _share(told == truth, truth > 0)


def severity_of_named(truth: Any, told: Any) -> float:
    """Share of rightly named kinds whose severity is right."""
    return _share(told == truth, (truth > 0) & (told > 0))


def mild_named(truth: Any, told: Any) -> float:
    """Share of mild losses whose kind is named."""
    return _share(told > 0, truth == 1)


def severe_named(truth: Any, told: Any) -> float:
    """Share of severe losses whose kind is named."""
    return _share(told > 0, truth == 2)


KIND_SCORES = {
    "kind macro F1": kind_macro_f1,
    "severity accuracy": severity_accuracy,
    "severity of named": severity_of_named,
    "mild named": mild_named,
    "severe named": severe_named,
}


def calibration_error(truth: Any, told: Any, chance: Any, n_bins: int = 10) -> float:
    """Expected calibration error of the verdict's probability, ten bins of equal width."""
    right, chance = np.ravel(truth == told), np.ravel(chance)
    at = np.clip((chance * n_bins).astype(int), 0, n_bins - 1)
    gaps = [abs(float((right[at == b] - chance[at == b]).sum())) for b in range(n_bins)]
    return sum(gaps) / len(chance)


def ranking_area(is_bad: Any, badness: Any) -> float:
    """Probability that a bad item ranks above a good one; ties count half."""
    from scipy.stats import rankdata

    is_bad = np.asarray(is_bad, bool)
    n_bad, n_good = int(is_bad.sum()), int((~is_bad).sum())
    if not n_bad or not n_good:
        return float("nan")
    ranks = rankdata(badness)
    return float((ranks[is_bad].sum() - n_bad * (n_bad + 1) / 2) / (n_bad * n_good))


def _share(hit: Any, among: Any) -> float:
    n = int(np.sum(among))
    return float(np.sum(hit & among)) / n if n else float("nan")


def _f1(truth: Any, told: Any) -> float:
    right = float(np.sum(truth & told))
    total = float(np.sum(truth) + np.sum(told))
    return 2 * right / total if total else 0.0
