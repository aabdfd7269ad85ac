"""DICOM pictures, single and multi-frame: decoded, rescaled, windowed, with their orientation."""

import io
import zlib
from typing import Any

import numpy as np
from numpy.typing import NDArray

from heuresis.contract import Quantity
from heuresis.errors import HeuresisError, RequestError
from heuresis.tools.image.deidentify import removed_from_dicom
from heuresis.tools.image.facts import Values, stated
from heuresis.tools.image.formats import dicom_geometry
from heuresis.tools.image.formats.dicom_fields import number_of, quiet, text_of
from heuresis.tools.image.formats.greys import Shape, as_native, choose_window, grey_table
from heuresis.tools.image.formats.stack import Stack, Wish, broken, check_size, chosen_frames

DEFLATED = b"1.2.840.10008.1.2.1.99"
MAX_INFLATED_BYTES = 1_000_000_000
COLOURS = ("RGB", "YBR_FULL", "YBR_FULL_422", "YBR_ICT", "YBR_RCT", "YBR_PARTIAL_422",
           "YBR_PARTIAL_420")  # fmt: skip
GREYS = ("MONOCHROME1", "MONOCHROME2")
PALETTE = "PALETTE COLOR"
MODALITIES = frozenset(
    ["CR", "CT", "DX", "ES", "GM", "IO", "IVOCT", "MG", "MR", "NM", "OCT", "OP", "OPT", "OT",
     "PT", "PX", "RF", "RG", "RTDOSE", "RTIMAGE", "SC", "SM", "US", "XA", "XC"]
)  # fmt: skip
_UNITS = {"HU": "HU", "OD": "OD", "MGML": "mg/ml", "PCT": "%", "BQML": "Bq/ml", "CNTS": "counts",
          "GML": "g/ml", "GY": "Gy"}  # fmt: skip
_PIXELS = ("PixelData", "FloatPixelData", "DoubleFloatPixelData")


def read_dicom(data: bytes, wish: Wish) -> Stack:
    """Read frames of a DICOM file.

    Raises:
        RequestError: No pixels, broken, too large, or packed in a way that cannot be unpacked here.
    """
    try:
        with quiet():
            return _read(_dataset(data), wish)
    except HeuresisError:
        raise
    except Exception as error:  # noqa: BLE001  # texts of these errors may quote the patient
        raise broken("DICOM", error) from None


def _dataset(data: bytes) -> Any:
    import pydicom

    _check_deflated(data)
    dataset = pydicom.dcmread(io.BytesIO(data), force=data[128:132] != b"DICM")
    meta = dataset.file_meta
    if not meta.get("TransferSyntaxUID"):
        implicit, little = dataset.original_encoding
        order = pydicom.uid.ExplicitVRLittleEndian if little else pydicom.uid.ExplicitVRBigEndian
        meta.TransferSyntaxUID = pydicom.uid.ImplicitVRLittleEndian if implicit else order
    return dataset


def _check_deflated(data: bytes) -> None:
    """Inflate what is deflated within limits, as the library would do it without any."""
    if DEFLATED not in data[:2048] or data[128:132] != b"DICM":
        return
    start = 144 + int.from_bytes(data[140:144], "little")  # of group 2, by its first element
    if data[132:138] != b"\x02\0\0\0UL" or start >= len(data):
        raise broken("DICOM, deflated")
    engine = zlib.decompressobj(-zlib.MAX_WBITS)
    if len(engine.decompress(data[start:], MAX_INFLATED_BYTES + 1)) > MAX_INFLATED_BYTES:
        raise RequestError(
            f"DICOM, deflated: got more than {MAX_INFLATED_BYTES} bytes from {len(data)}, "
            f"allowed: {MAX_INFLATED_BYTES}"
        )


def _read(dataset: Any, wish: Wish) -> Stack:
    _check_has_pixels(dataset)
    n_frames = int(number_of(dataset, "NumberOfFrames") or 1)
    numbers = list(chosen_frames(n_frames, wish))
    check_size(int(dataset.Columns), int(dataset.Rows), len(numbers))
    _check_syntax(dataset)
    kind = str(dataset.get("PhotometricInterpretation", "MONOCHROME2"))
    frames = _frames(dataset, numbers)
    if kind in GREYS and frames[0].ndim == 2:
        parts = _shown_grey(dataset, frames, numbers, wish, kind)
    elif kind == PALETTE or kind in COLOURS:
        parts = {"shown": [_in_colour(dataset, frame, kind) for frame in frames]}
    else:
        allowed = ", ".join((*GREYS, PALETTE, *COLOURS))
        raise RequestError(f"DICOM: got another photometric interpretation, allowed: {allowed}")
    return Stack(
        numbers=numbers,
        n_frames=n_frames,
        photometric=kind,
        modality=text_of(dataset, "Modality", MODALITIES) or "OT",
        geometry=dicom_geometry.geometry_of(dataset, numbers),
        frame_rate=_frame_rate(dataset) if n_frames > 1 else None,
        removed=removed_from_dicom(dataset),
        warnings=_warnings(dataset),
        **parts,
    )


def _warnings(dataset: Any) -> tuple[str, ...]:
    if text_of(dataset, "BurnedInAnnotation", {"YES"}):
        return ("the file says that text is burned into its pixels",)
    return ()


# --- can it be read? ---


def _check_has_pixels(dataset: Any) -> None:
    from pydicom.uid import UID_dictionary

    if any(name in dataset for name in _PIXELS) and {"Rows", "Columns"} <= set(dataset.dir()):
        return
    what = UID_dictionary.get(str(dataset.get("SOPClassUID", "")), ("unknown class",))[0]
    if not len(dataset):
        raise broken("DICOM")
    raise RequestError(f"DICOM: got a file without pixels ({what}), allowed: a picture")


def _check_syntax(dataset: Any) -> None:
    from pydicom.pixels import get_decoder

    uid = dataset.file_meta.TransferSyntaxUID
    name = _syntax_name(uid)
    try:
        decoder = get_decoder(uid)
    except NotImplementedError:
        raise RequestError(
            f"DICOM: got the transfer syntax {name!r}, allowed: one of pictures that pydicom "
            "decodes; convert the file first"
        ) from None
    if not decoder.is_available:
        fix = " or ".join(sorted({one.split(" - ")[0] for one in decoder.missing_dependencies}))
        raise RequestError(
            f"DICOM: got the transfer syntax {name!r}, which needs a package that is not "
            f"installed, allowed: install {fix}, or convert the file first"
        )


def _syntax_name(uid: Any) -> str:
    """Name a syntax by the standard's words; others could hold anything."""
    from pydicom.uid import UID_dictionary

    return str(UID_dictionary.get(str(uid), ("an unknown or private one",))[0])


# --- pixels ---


def _frames(dataset: Any, numbers: list[int]) -> list[NDArray[Any]]:
    from pydicom.pixels import iter_pixels

    try:
        frames = list(iter_pixels(dataset, indices=numbers))
    except (RuntimeError, NotImplementedError) as error:
        name = _syntax_name(dataset.file_meta.TransferSyntaxUID)
        raise RequestError(
            f"DICOM: got pixels in the transfer syntax {name!r} that no decoder here reads "
            f"({type(error).__name__}), allowed: whole ones of up to 8 bits for JPEG, up to 16 "
            "bits for others; convert the file first"
        ) from None
    if len(frames) != len(numbers):
        raise broken("DICOM")
    return [_without_spare_bits(dataset, frame) for frame in frames]


def _without_spare_bits(dataset: Any, frame: NDArray[Any]) -> NDArray[Any]:
    """Drop bits above those of the pixel: old devices wrote overlays, names included, in them."""
    n_bits = int(dataset.get("BitsStored", 0) or 0)
    n_spare = frame.dtype.itemsize * 8 - n_bits
    if frame.dtype.kind not in "iu" or n_bits <= 0 or n_spare <= 0 or frame.ndim == 3:
        return frame
    low = int(dataset.get("HighBit", n_bits - 1)) + 1 - n_bits
    if low > 0:
        frame = frame >> low
    return (frame << n_spare) >> n_spare  # of signed numbers, this brings the sign down


def _in_colour(dataset: Any, frame: NDArray[Any], kind: str) -> NDArray[np.uint8]:
    from pydicom.pixels import apply_color_lut

    if kind == PALETTE:
        frame = apply_color_lut(frame, dataset)
        n_bits = frame.dtype.itemsize * 8
    else:
        n_bits = int(dataset.get("BitsStored", 8))
    if frame.ndim != 3 or frame.shape[2] < 3:
        raise broken("DICOM")
    if n_bits > 8:
        frame = frame >> (n_bits - 8)
    return np.asarray(frame[:, :, :3].astype(np.uint8))


def _shown_grey(
    dataset: Any, frames: list[NDArray[Any]], numbers: list[int], wish: Wish, kind: str
) -> dict[str, Any]:
    """Return greys through a window; pixels of 8 bits that nobody windows stay as they are."""
    is_inverted = kind == "MONOCHROME1"
    unit = _unit(dataset)
    frames, slope, intercept = _rescaled(dataset, frames, numbers)
    window = _stated_window(dataset, numbers[0])
    is_plain = (slope, intercept) == (1.0, 0.0) and window is None and wish.centre is None
    if is_plain and "VOILUTSequence" not in dataset and frames[0].dtype == np.uint8:
        return {"shown": [255 - frame if is_inverted else frame for frame in frames]}
    native, values = as_native(frames, slope, intercept, unit)
    padding = number_of(dataset, "PixelPaddingValue")
    chosen = choose_window(
        native,
        values,
        wish,
        window,
        is_ct=unit == "HU",
        padding=None if padding is None else _native_number(padding, slope, intercept, values),
    )
    has_table = window is None and wish.centre is None and "VOILUTSequence" in dataset
    table = (
        _stated_table(dataset, values, is_inverted)
        if has_table
        else grey_table(values, chosen, is_inverted=is_inverted)
    )
    return {
        "shown": [table[frame] for frame in native],
        "native": native,
        "values": values,
        "window": None if has_table else chosen,
    }


def _native_number(pixel: float, slope: float, intercept: float, values: Values) -> int:
    value = intercept + slope * pixel
    return round((value - values.intercept.value) / values.slope.value)


def _stated_table(dataset: Any, values: Any, is_inverted: bool) -> NDArray[np.uint8]:
    """Return the greys of the file's own table of values (VOI LUT)."""
    from pydicom.pixels import apply_voi_lut

    x = values.intercept.value + values.slope.value * np.arange(65_536)
    greys = apply_voi_lut(np.round(x).astype(np.int32), dataset, prefer_lut=True)
    n_bits = int(dataset.VOILUTSequence[0].LUTDescriptor[2])
    table = np.clip(greys.astype(np.float64) / (2**n_bits - 1) * 255, 0, 255).round()
    return np.asarray((255 - table if is_inverted else table).astype(np.uint8))


def _rescaled(
    dataset: Any, frames: list[NDArray[Any]], numbers: list[int]
) -> tuple[list[NDArray[Any]], float, float]:
    """Return frames and their common scale; frames whose scales differ become values at once."""
    if "ModalityLUTSequence" in dataset:
        from pydicom.pixels import apply_modality_lut

        return [apply_modality_lut(frame, dataset) for frame in frames], 1.0, 0.0
    scales = [
        (
            number_of(dataset, "RescaleSlope", number, default=1.0),
            number_of(dataset, "RescaleIntercept", number, default=0.0),
        )
        for number in numbers
    ]
    if len(set(scales)) == 1:
        slope, intercept = scales[0]
        return frames, slope or 0.0, intercept or 0.0
    pairs = zip(frames, scales, strict=True)
    return [f.astype(np.float32) * (s or 0.0) + (i or 0.0) for f, (s, i) in pairs], 1.0, 0.0


def _unit(dataset: Any) -> str:
    """Return the unit of values; free words of the file are not passed on."""
    word = text_of(dataset, "RescaleType", _UNITS) or text_of(dataset, "Units", _UNITS)
    if word:
        return _UNITS[word]
    is_ct = text_of(dataset, "Modality", {"CT"}) is not None
    has_scale = number_of(dataset, "RescaleIntercept") is not None
    return "HU" if is_ct and has_scale else "1"


def _stated_window(dataset: Any, number: int) -> tuple[float, float, Shape] | None:
    centre = number_of(dataset, "WindowCenter", number)
    width = number_of(dataset, "WindowWidth", number)
    if centre is None or width is None or width <= 0:
        return None
    shapes: dict[str, Shape] = {
        "LINEAR": "LINEAR",
        "LINEAR_EXACT": "LINEAR_EXACT",
        "SIGMOID": "SIGMOID",
    }
    word = text_of(dataset, "VOILUTFunction", shapes, number)
    return centre, width, shapes[word] if word else "LINEAR"


def _frame_rate(dataset: Any) -> Quantity | None:
    """Return frames per second, as the file states them."""
    time_ms = number_of(dataset, "FrameTime")
    if time_ms is not None and time_ms > 0:
        return stated(1000 / time_ms, "Hz")
    rate = number_of(dataset, "RecommendedDisplayFrameRate") or number_of(dataset, "CineRate")
    return stated(rate, "Hz") if rate is not None and rate > 0 else None
