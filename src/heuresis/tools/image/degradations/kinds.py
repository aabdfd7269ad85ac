"""Eighteen ways in which a medical image loses quality, and where each of them happens."""

from dataclasses import dataclass
from typing import Literal, get_args

Modality = Literal["chest_xray", "ct", "mri", "ultrasound", "fundus", "microscopy"]
KindName = Literal[
    "noise",
    "blur",
    "low_resolution",
    "compression",
    "underexposure",
    "overexposure",
    "low_contrast",
    "motion",
    "undersampling",
    "ghosting",
    "bias_field",
    "sparse_view",
    "limited_angle",
    "low_dose",
    "uneven_light",
    "dark_spots",
    "stain_shift",
    "bubbles",
]
MODALITIES: tuple[Modality, ...] = get_args(Modality)
KINDS: tuple[KindName, ...] = get_args(KindName)


@dataclass(frozen=True)
class Kind:
    """One degradation.

    Attributes:
        words: How a reader names it, in a sentence.
        modalities: Where it happens.
    """

    words: str
    modalities: tuple[Modality, ...] = MODALITIES


ABOUT: dict[KindName, Kind] = {
    "noise": Kind("noise"),
    "blur": Kind("blur"),
    "low_resolution": Kind("low resolution"),
    "compression": Kind("compression artefacts"),
    "underexposure": Kind("underexposure"),
    "overexposure": Kind("overexposure"),
    "low_contrast": Kind("low contrast"),
    "motion": Kind("motion artefacts", ("mri",)),
    "undersampling": Kind("undersampling artefacts", ("mri",)),
    "ghosting": Kind("ghosting", ("mri",)),
    "bias_field": Kind("bias field", ("mri",)),
    "sparse_view": Kind("sparse-view streaks", ("ct",)),
    "limited_angle": Kind("limited-angle distortion", ("ct",)),
    "low_dose": Kind("low-dose noise", ("ct",)),
    "uneven_light": Kind("uneven illumination", ("fundus",)),
    "dark_spots": Kind("dark spots", ("fundus",)),
    "stain_shift": Kind("stain shift", ("microscopy",)),
    "bubbles": Kind("bubbles or debris", ("microscopy",)),
}


def kinds_of(modality: Modality) -> tuple[KindName, ...]:
    """Return the kinds that happen in a modality, in the order of KINDS."""
    return tuple(kind for kind in KINDS if modality in ABOUT[kind].modalities)
