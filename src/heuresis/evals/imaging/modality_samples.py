"""Pictures of machines never trained on: the sample files inside the pydicom package."""

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from heuresis.evals.imaging.modality_sources import Picture
from heuresis.tools.image.modality import Kind

SAMPLES: dict[str, Kind] = {
    "CT_small": "ct",
    "693_J2KI": "ct",
    "MR_small": "mri",
    "examples_overlay": "mri",
    "examples_rgb_color": "ultrasound",
    "examples_palette": "ultrasound",
    "examples_ybr_color": "ultrasound",
}


def packaged() -> list[Picture]:
    """Read those samples that this machine can decode."""
    import pydicom.data
    from pydicom.errors import InvalidDicomError

    folder = Path(str(pydicom.data.__file__)).parent / "test_files"
    found = []
    for name, kind in SAMPLES.items():
        try:
            pixels = _first_frame(folder / f"{name}.dcm")
        except (OSError, RuntimeError, InvalidDicomError):
            continue  # a codec or a sample that this installation lacks
        found.append(Picture(f"pydicom/{name}", kind, "pydicom", "pydicom", name, pixels))
    return found


def _first_frame(place: Path) -> NDArray[Any]:
    import pydicom
    from pydicom.pixels import apply_color_lut

    file = pydicom.dcmread(place)
    array = file.pixel_array
    if file.PhotometricInterpretation == "PALETTE COLOR":
        array = apply_color_lut(array, file) >> 8
    if array.ndim == 4 or (array.ndim == 3 and array.shape[2] != 3):
        array = array[0]
    low, high = np.percentile(array, (0.5, 99.5))
    scaled = (array.astype(float) - low) / max(float(high - low), 1.0)
    frame: NDArray[Any] = np.round(np.clip(scaled, 0, 1) * 255).astype(np.uint8)
    return frame
