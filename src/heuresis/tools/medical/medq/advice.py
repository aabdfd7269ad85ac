"""What may help: for each finding an operation of `image.restore`, or a word that none will."""

from collections.abc import Iterable
from typing import Literal

from pydantic import Field

from heuresis.contract import Frozen
from heuresis.tools.medical.medq.findings import ABOUT, Finding, KindName, visible

Operation = Literal["denoise", "deblur", "contrast", "illumination", "sharpen", "gamma", "none"]

OPERATIONS: dict[KindName, Operation] = {
    "noise": "denoise",
    "blur": "deblur",
    "low_resolution": "sharpen",
    "compression": "denoise",
    "underexposure": "gamma",
    "overexposure": "gamma",
    "low_contrast": "contrast",
    "motion": "deblur",
    "undersampling": "denoise",
    "ghosting": "none",
    "bias_field": "illumination",
    "sparse_view": "denoise",
    "limited_angle": "none",
    "low_dose": "denoise",
    "uneven_light": "illumination",
    "dark_spots": "none",
    "stain_shift": "contrast",
    "bubbles": "none",
}
RETAKE = "what is hidden is lost: take the image anew"
PART = "this lessens the look of it; what was not measured is not won back"
PARTIAL: frozenset[KindName] = frozenset(
    ("low_resolution", "compression", "motion", "undersampling", "sparse_view")
)


class Advice(Frozen):
    """One suggestion."""

    kind: KindName = Field(description="The finding it is meant for.")
    operation: Operation = Field(description="Operation of `image.restore`; 'none' where none can.")
    why: str = Field(max_length=200, description="In a sentence.")


def advise(findings: Iterable[Finding]) -> tuple[Advice, ...]:
    """Suggest one operation per visible finding, the worst finding first."""
    return tuple(_for(one) for one in visible(findings))


def _for(finding: Finding) -> Advice:
    operation = OPERATIONS[finding.kind]
    words = f"{finding.severity} {ABOUT[finding.kind].words}"
    if operation == "none":
        return Advice(kind=finding.kind, operation=operation, why=f"{words}: {RETAKE}")
    note = f": {PART}" if finding.kind in PARTIAL else ""
    return Advice(kind=finding.kind, operation=operation, why=f"{operation} against {words}{note}")
