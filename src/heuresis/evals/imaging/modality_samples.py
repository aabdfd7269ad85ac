"""Pictures of sources never trained on: the sample files inside packages that are installed."""

import gzip
from collections.abc import Callable, Iterator
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from heuresis.evals.imaging.modality_sources import Picture
from heuresis.tools.image.modality import Kind

Pixels = NDArray[Any]

SCANS: dict[str, Kind] = {
    "CT_small": "ct",
    "693_J2KI": "ct",
    "J2K_pixelrep_mismatch": "ct",
    "MR_small": "mri",
    "examples_overlay": "mri",
    "examples_rgb_color": "ultrasound",
    "examples_palette": "ultrasound",
    "examples_ybr_color": "ultrasound",
}
RASTERS: dict[str, dict[str, Kind]] = {
    "skimage/data": {
        "astronaut.png": "photograph",
        "brick.png": "photograph",
        "camera.png": "photograph",
        "chelsea.png": "photograph",
        "coffee.png": "photograph",
        "coins.png": "photograph",
        "grass.png": "photograph",
        "gravel.png": "photograph",
        "motorcycle_left.png": "photograph",
        "rocket.jpg": "photograph",
        "cell.png": "microscopy",
        "ihc.png": "microscopy",
        "retina.jpg": "fundus",
        "page.png": "other",
        "logo.png": "other",
        "color.png": "other",
        "chessboard_RGB.png": "other",
        "horse.png": "other",
    },
    "sklearn/datasets/images": {"china.jpg": "photograph", "flower.jpg": "photograph"},
    "matplotlib/mpl-data/sample_data": {
        "grace_hopper.jpg": "photograph",
        "Minduka_Present_Blue_Pack.png": "other",
        "logo2.png": "other",
    },
}
VOLUMES: dict[str, Kind] = {"anatomical.nii": "mri", "example4d.nii.gz": "mri"}  # of nibabel
LEAST_PX = 32  # what image.modality takes


def packaged() -> list[Picture]:
    """Read those samples that this machine has and can decode."""
    from pydicom.errors import InvalidDicomError

    found = []
    for source, name, kind, read in _all():
        try:
            pixels = read()
        except (OSError, RuntimeError, InvalidDicomError):
            continue  # a codec, a package or a sample that this installation lacks
        found.append(Picture(f"{source}/{name}", kind, source, source, name, pixels))
    return found


def _all() -> Iterator[tuple[str, str, Kind, Callable[[], Pixels]]]:
    for name, kind in SCANS.items():
        place = partial(_inside, "pydicom", f"data/test_files/{name}.dcm")
        yield "pydicom", name, kind, partial(_first_frame, place)
    for folder, kinds in RASTERS.items():
        package, _, inner = folder.partition("/")
        for name, kind in kinds.items():
            yield (
                package,
                name,
                kind,
                partial(_raster, partial(_inside, package, f"{inner}/{name}")),
            )
    for name, kind in VOLUMES.items():
        place = partial(_inside, "nibabel", f"tests/data/{name}")
        for axis in range(3):
            yield "nibabel", f"{name}/{axis}", kind, partial(_slice, place, axis)
    head = partial(_inside, "matplotlib", "mpl-data/sample_data/s1045.ima.gz")
    yield "matplotlib", "s1045.ima", "mri", partial(_raw_head, head)


def _inside(package: str, inner: str) -> Path:
    """Return a file's place in a package, without importing it."""
    found = find_spec(package)
    if found is None or found.origin is None:
        raise FileNotFoundError(package)
    return Path(found.origin).parent / inner


def _first_frame(place: Callable[[], Path]) -> Pixels:
    import pydicom
    from pydicom.pixels import apply_color_lut

    file = pydicom.dcmread(place())
    array = file.pixel_array
    if file.PhotometricInterpretation == "PALETTE COLOR":
        array = apply_color_lut(array, file) >> 8
    if array.ndim == 4 or (array.ndim == 3 and array.shape[2] != 3):
        array = array[0]
    return _windowed(array)


def _raster(place: Callable[[], Path]) -> Pixels:
    from PIL import Image

    with Image.open(place()) as image:
        grey = image.mode in ("L", "1", "I;16")
        return np.asarray(image.convert("L" if grey else "RGB"))


def _slice(place: Callable[[], Path], axis: int) -> Pixels:
    """Cut a volume in its middle; small ones are enlarged to what the tool takes."""
    import nibabel

    volume = np.asarray(nibabel.load(place()).dataobj, np.float64)
    volume = volume[..., 0] if volume.ndim == 4 else volume
    cut = np.rot90(np.take(volume, volume.shape[axis] // 2, axis))
    return np.kron(_windowed(cut), np.ones((-(-LEAST_PX // min(cut.shape)),) * 2, np.uint8))


def _raw_head(place: Callable[[], Path]) -> Pixels:
    """Read a slice of a head of 256 x 256 px, 16 bits, without a header."""
    data = gzip.decompress(place().read_bytes())
    return _windowed(np.frombuffer(data, np.uint16).reshape(256, 256))


def _windowed(array: Pixels) -> Pixels:
    low, high = np.percentile(array, (0.5, 99.5))
    scaled = (array.astype(float) - low) / max(float(high - low), 1.0)
    frame: Pixels = np.round(np.clip(scaled, 0, 1) * 255).astype(np.uint8)
    return frame
