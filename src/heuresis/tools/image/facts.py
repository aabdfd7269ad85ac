"""What a picture file says of its pixels, what of it was removed, and where text was seen."""

from typing import Literal

from pydantic import Field

from heuresis.contract import Box, Frozen, Quantity

Edge = Literal["R", "L", "A", "P", "S", "I"]
Axis = Literal["axial", "coronal", "sagittal"]
Affine = tuple[tuple[float, float, float, float], ...]
Kind = Literal[
    "person",
    "date or time",
    "identifier",
    "place or institution",
    "device",
    "free text",
    "position on earth",
    "technical",
    "colour profile",
    "small copy of the picture",
    "second picture",
    "bytes after the end",
    "overlay or curve",
    "sound",
    "private",
]
AS_STATED = "as the file states it"
UNITS = ("HU", "OD", "Bq/ml", "counts", "g/ml", "mg/ml", "%", "Gy", "1")  # of pixel values


class Removed(Frozen):
    """One thing that was in the file and is in no output; its value is kept nowhere."""

    kind: Kind = Field(description="What sort of thing it was.")
    place: str = Field(description="Where in the file: a DICOM tag, an EXIF number, a chunk.")
    keyword: str = Field(description="Name that the format's standard gives it; empty: none.")
    action: Literal["X", "Z", "D", "U"] = Field(
        default="X",
        description="Action of DICOM PS3.15 E.1: X removed; in PNG nothing is replaced.",
    )
    n: int = Field(default=1, ge=1, description="How often it was there.")


class Values(Frozen):
    """What the numbers of a native picture mean: value = intercept + slope * number."""

    slope: Quantity = Field(description="Value of one step.")
    intercept: Quantity = Field(description="Value of the number 0.")
    is_exact: bool = Field(description="False where values were rounded to 65,536 steps.")


class Window(Frozen):
    """Which values are shown from black to white."""

    centre: Quantity = Field(description="Value in the middle of the greys.")
    width: Quantity = Field(description="Distance from black to white.")
    shape: Literal["LINEAR", "LINEAR_EXACT", "SIGMOID"] = Field(
        description="Curve between them. Source: DICOM PS3.3 C.11.2.1."
    )
    chosen_by: Literal["request", "file", "soft tissue", "percentiles"] = Field(
        description="Who chose it; percentiles: 0.5 and 99.5 of all values of the frames read."
    )


class Edges(Frozen):
    """What the picture's edges look at: Right, Left, Anterior, Posterior, Superior, Inferior."""

    left: Edge = Field(description="Of the patient, at the left edge of the picture.")
    right: Edge = Field(description="At the right edge.")
    top: Edge = Field(description="At the top edge.")
    bottom: Edge = Field(description="At the bottom edge.")


class Geometry(Frozen):
    """Where the pixels lie in the patient."""

    row_spacing: Quantity | None = Field(default=None, description="Between rows, downwards, mm.")
    column_spacing: Quantity | None = Field(default=None, description="Between columns, mm.")
    slice_spacing: Quantity | None = Field(default=None, description="Between frames, mm.")
    measured_at: Literal["patient", "detector"] = Field(
        default="patient", description="Detector: lengths in the patient are smaller."
    )
    edges: Edges | None = Field(default=None, description="Nearest anatomical directions.")
    affine: Affine | None = Field(
        default=None, description="4 x 4: (column, row, frame, 1) to mm in RAS coordinates."
    )


class TextSeen(Frozen):
    """A place that looks like written text; what it says is kept nowhere."""

    box: Box = Field(description="Where.")
    frame: int = Field(ge=0, description="Number of the frame in the file.")
    confidence: float = Field(ge=0, le=1, description="Of the reader, uncalibrated.")
    is_blanked: bool = Field(description="Whether it was painted over.")


def stated(value: float, unit: str, why: str = AS_STATED) -> Quantity:
    """Return a number that a file states without an uncertainty."""
    return Quantity.exact(float(value), unit, why)
