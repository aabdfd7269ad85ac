"""How well a vessel mask agrees with a reader's, inside the field of view.

Source of clDice: arXiv 2003.07311.
"""

import numpy as np
from numpy.typing import NDArray

Mask = NDArray[np.bool_]


def scores(
    probability: NDArray[np.float32], mask: Mask, truth: Mask, fov: Mask
) -> dict[str, float]:
    """Return Dice, IoU, sensitivity, specificity, bookmaker, MCC, AUC and clDice of one image.

    Args:
        probability: H x W, by which AUC ranks the pixels.
        mask: H x W, the decision.
        truth: H x W, the reader's.
        fov: H x W; nothing outside counts.
    """
    said, true = mask[fov], truth[fov]
    tp, fp = float((said & true).sum()), float((said & ~true).sum())
    fn, tn = float((~said & true).sum()), float((~said & ~true).sum())
    sensitivity, specificity = _ratio(tp, tp + fn), _ratio(tn, tn + fp)
    spread = ((tp + fp) * (tp + fn) * (tn + fp) * (tn + fn)) ** 0.5
    return {
        "dice": _ratio(2 * tp, 2 * tp + fp + fn),
        "iou": _ratio(tp, tp + fp + fn),
        "sensitivity": sensitivity,
        "specificity": specificity,
        "bookmaker": sensitivity + specificity - 1,
        "mcc": _ratio(tp * tn - fp * fn, spread),
        "auc": rank_auc(probability[fov], true),
        "cldice": centreline_dice(mask & fov, truth & fov),
    }


def dice(one: Mask, other: Mask) -> float:
    """Return the overlap of two masks; 1 where both are empty."""
    both = float(one.sum() + other.sum())
    return 2 * float((one & other).sum()) / both if both else 1.0


def rank_auc(values: NDArray[np.float32], true: Mask) -> float:
    """Return the share of (vessel, other) pairs ranked right, ties by half; .5 without."""
    from scipy.stats import rankdata

    n, m = int(true.sum()), int((~true).sum())
    if n == 0 or m == 0:
        return 0.5
    return float((rankdata(values)[true].sum() - n * (n + 1) / 2) / (n * m))


def centreline_dice(mask: Mask, truth: Mask) -> float:
    """Return the harmonic mean of each mask's centreline lying inside the other."""
    from skimage.morphology import skeletonize

    lines = skeletonize(mask), skeletonize(truth)
    precision = _ratio(float((lines[0] & truth).sum()), float(lines[0].sum()))
    recall = _ratio(float((lines[1] & mask).sum()), float(lines[1].sum()))
    return _ratio(2 * precision * recall, precision + recall)


def _ratio(part: float, whole: float) -> float:
    return part / whole if whole else 0.0
