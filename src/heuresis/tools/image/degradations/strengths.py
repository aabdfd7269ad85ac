"""How strong mild, moderate and severe are, for each kind; frozen after one look at SSIM.

Chosen on validation images so that the structural similarity to the clean image falls in 0.80 to
0.95 for mild and 0.40 to 0.75 for severe where the kind allows it; the table of what was reached is
printed by `python -m heuresis.evals.imaging.degradation_likeness`. Light changes move SSIM less.
"""

import numpy as np

from heuresis.tools.image.degradations.kinds import KindName, Modality

MILD, MODERATE, SEVERE = 0.0, 1.0, 2.0  # places on the scale between the columns
Steps = tuple[float, float, float]

STRENGTHS: dict[KindName, Steps] = {
    "noise": (0.04, 0.07, 0.12),  # standard deviation
    "blur": (1.0, 1.6, 2.5),  # sigma, px
    "low_resolution": (2.0, 2.8, 4.0),  # factor
    "compression": (30.0, 16.0, 8.0),  # JPEG quality
    "underexposure": (1.5, 1.9, 2.5),  # gamma
    "overexposure": (1 / 1.5, 1 / 1.9, 1 / 2.5),  # gamma
    "low_contrast": (0.6, 0.45, 0.3),  # share left
    "motion": (0.10, 0.20, 0.35),  # share of lines; the shift is in MOTION_PX
    "undersampling": (1.5, 2.5, 4.5),  # factor
    "ghosting": (0.75, 0.6, 0.4),  # gain of every second line
    "bias_field": (0.4, 0.65, 1.1),  # amplitude
    "sparse_view": (60.0, 36.0, 20.0),  # views
    "limited_angle": (150.0, 125.0, 100.0),  # degrees
    "low_dose": (4e4, 1.2e4, 3.5e3),  # photons
    "uneven_light": (0.6, 0.42, 0.25),  # light left at the edge
    "dark_spots": (3.0, 6.0, 10.0),  # spots
    "stain_shift": (0.7, 0.55, 0.4),  # optical density left
    "bubbles": (2.0, 4.0, 8.0),  # discs
}
SPECIAL: dict[tuple[KindName, Modality], Steps] = {
    ("noise", "chest_xray"): (0.035, 0.06, 0.11),
    ("noise", "ct"): (0.02, 0.04, 0.08),
    ("noise", "mri"): (0.025, 0.045, 0.09),
    ("noise", "ultrasound"): (0.15, 0.28, 0.5),  # standard deviation of the factor
    ("noise", "fundus"): (0.02, 0.035, 0.065),
    ("noise", "microscopy"): (0.02, 0.035, 0.065),
    ("blur", "chest_xray"): (1.1, 1.9, 3.3),
    ("blur", "fundus"): (1.1, 1.9, 3.3),
    ("blur", "microscopy"): (1.3, 2.4, 4.5),
    ("low_resolution", "chest_xray"): (2.2, 3.3, 5.0),
    ("low_resolution", "fundus"): (2.2, 3.3, 5.0),
    ("low_resolution", "microscopy"): (2.5, 4.0, 6.5),
    ("underexposure", "mri"): (1.35, 1.65, 2.1),
    ("underexposure", "microscopy"): (1.3, 1.6, 2.2),
    ("overexposure", "microscopy"): (1 / 1.3, 1 / 1.6, 1 / 2.2),
}
MOTION_PX: Steps = (3.0, 5.0, 8.0)


def strength(kind: KindName, modality: Modality, place: float) -> float:
    """Return the parameter of a kind at a place from MILD to SEVERE, and a little beyond."""
    steps = SPECIAL.get((kind, modality), STRENGTHS[kind])
    return between(steps, place)


def between(steps: Steps, place: float) -> float:
    """Interpolate on a scale of ratios, and go on a little outside of it."""
    at = int(np.clip(np.floor(place), 0, 1))
    return float(steps[at] * (steps[at + 1] / steps[at]) ** (place - at))
