"""From probabilities to an answer: mask, centreline, numbers with their spread, pictures."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from heuresis.contract import Frozen, ImageFile, MaskFile, Quantity
from heuresis.tools.image.overlay import Layer, overlay
from heuresis.tools.image.pixels import image_file, mask_file
from heuresis.tools.medical.serp_mamba.preparation import Floats, Mask, View
from heuresis.tools.medical.serp_mamba.ridge import THRESHOLD, ridges
from heuresis.tools.medical.serp_mamba.scores import dice, scores
from heuresis.tools.medical.serp_mamba.vessel_measures import Measures, measure

OUTSIDE = (60, 60, 60)
DEFINED = "counted exactly on the two masks"
SPREAD = "standard deviation over the four flips of test-time augmentation"


class Widths(Frozen):
    """Widths of vessels over all centreline pixels."""

    mean: Quantity = Field(description=f"Mean, px; {SPREAD}.")
    p10: Quantity = Field(description="10th percentile, px.")
    p50: Quantity = Field(description="Median, px.")
    p90: Quantity = Field(description="90th percentile, px.")


class Agreement(Frozen):
    """How the mask agrees with the one given as truth, inside the field of view."""

    dice: Quantity = Field(description="2 TP / (2 TP + FP + FN).")
    iou: Quantity = Field(description="TP / (TP + FP + FN).")
    sensitivity: Quantity = Field(description="TP / (TP + FN).")
    specificity: Quantity = Field(description="TN / (TN + FP).")
    bookmaker: Quantity = Field(description="Sensitivity + specificity - 1.")
    mcc: Quantity = Field(description="Matthews' correlation.")
    auc: Quantity = Field(description="Area under the ROC curve, by rank over pixels.")
    cldice: Quantity = Field(description="Dice of the centrelines.")


class Reading(Frozen):
    """Everything read off one photograph."""

    mask: MaskFile
    probability: ImageFile
    skeleton: MaskFile
    fov: MaskFile
    vessel_fraction: Quantity
    density: Quantity
    tortuosity: Quantity | None
    n_segments: int
    widths: Widths | None
    disagreement: Quantity
    metrics: Agreement | None
    overlay: ImageFile


@dataclass(frozen=True)
class Seen:
    """One photograph on its way through.

    Attributes:
        image: H x W x 3, uint8.
        fov: H x W, the field of view.
        view: What the network reads.
        truth: H x W, to score against, or None.
    """

    image: NDArray[np.uint8]
    fov: Mask
    view: View
    truth: Mask | None


def read_off(seen: Seen, turned: NDArray[np.float32], threshold: float) -> Reading:
    """Turn four probability maps of a view into an answer in the frame of the photograph.

    Args:
        seen: The photograph.
        turned: 4 x h x w, one map for each flip.
        threshold: Probability above which a pixel is vessel.
    """
    view, fov, truth = seen.view, seen.fov, seen.truth
    mean = view.restore(turned.mean(axis=0), fov)
    mask = mask_of(mean, threshold)
    found, line = measure(mask, fov)
    spread = [measure(mask_of(view.restore(each, fov), threshold), fov)[0] for each in turned]
    ridge = view.restore(ridges(view.green, view.fov), fov) > THRESHOLD
    compared = None if truth is None else _agreement(scores(mean, mask, truth, fov))
    return Reading(
        mask=mask_file(mask, "vessels.png"),
        probability=image_file(np.round(mean * 65_535).astype(np.uint16), "probability.png"),
        skeleton=mask_file(line, "skeleton.png"),
        fov=mask_file(fov, "field_of_view.png"),
        vessel_fraction=_spread(found.fraction, [m.fraction for m in spread], "1"),
        density=_spread(found.density, [m.density for m in spread], "1/px"),
        tortuosity=_tortuosity(found, spread),
        n_segments=found.n_segments,
        widths=_widths(found, spread),
        disagreement=Quantity.exact(1 - dice(mask, ridge), "1", DEFINED),
        metrics=compared,
        overlay=_picture(seen, mask, line, f"P(vessel) > {threshold:.2f}"),
    )


def mask_of(probability: Floats, threshold: float) -> Mask:
    """Return where a probability, as it is stored in 16 bits, is above the threshold."""
    above: Mask = np.round(probability * 65_535) > threshold * 65_535
    return above


def _tortuosity(found: Measures, spread: Sequence[Measures]) -> Quantity | None:
    if found.tortuosity is None:
        return None
    return _spread(found.tortuosity, [m.tortuosity for m in spread], "1")


def _widths(found: Measures, spread: Sequence[Measures]) -> Widths | None:
    if found.width_px is None or found.widths_px is None:
        return None
    named = {
        name: _spread(value, [m.widths_px[i] if m.widths_px else None for m in spread], "px")
        for i, (name, value) in enumerate(zip(("p10", "p50", "p90"), found.widths_px, strict=True))
    }
    return Widths(mean=_spread(found.width_px, [m.width_px for m in spread], "px"), **named)


def _spread(value: float, others: Sequence[float | None], unit: str) -> Quantity:
    """State a number with the spread of the same number over the flips."""
    known = [other for other in others if other is not None]
    if len(known) < 2:
        why = "fewer than two flips have anything to measure"
        return Quantity.exact(value, unit, why)
    return Quantity(value=value, unit=unit, std=float(np.std(known, ddof=1)))


def _agreement(found: dict[str, float]) -> Agreement:
    return Agreement(**{name: Quantity.exact(v, "1", DEFINED) for name, v in found.items()})


def _picture(seen: Seen, mask: Mask, line: Mask, note: str) -> ImageFile:
    layers = [
        Layer("outside the field of view", ~seen.fov, colour=OUTSIDE),
        Layer("vessel", mask),
        Layer("centreline", line),
    ]
    return overlay(seen.image, layers, "vessels_overlay.png", note)
