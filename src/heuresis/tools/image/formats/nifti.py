"""NIfTI volumes: slices as a radiologist hangs them, with the affine of what is shown."""

import io
import math
import zlib
from typing import Any

import numpy as np
from numpy.typing import NDArray

from heuresis.contract import Quantity
from heuresis.errors import HeuresisError, RequestError
from heuresis.tools.image.deidentify import gathered
from heuresis.tools.image.facts import Axis, Edges, Geometry, Removed, stated
from heuresis.tools.image.formats.dicom_geometry import as_rows
from heuresis.tools.image.formats.greys import as_native, choose_window, grey_table
from heuresis.tools.image.formats.sniffing import NIFTI_SIZES
from heuresis.tools.image.formats.stack import Stack, Wish, broken, check_size, chosen_frames

GZIP = b"\x1f\x8b"
MAX_BYTES = 2_000_000_000
PADDING_BYTES = 1_000_000  # that may follow the voxels
MAX_VOXELS = 512_000_000
MM_PER = {"mm": 1.0, "micron": 1e-3, "meter": 1e3, "unknown": 1.0}
_TEXTS = ("descrip", "aux_file", "db_name", "intent_name", "data_type")
# For a volume in RAS: which axis is the slice, which goes down, which to the right, all reversed
# where the screen runs against the axis. Right of the patient is at the left of the screen.
_PLANES: dict[Axis, tuple[int, int, int, Edges]] = {
    "axial": (2, 1, 0, Edges(left="R", right="L", top="A", bottom="P")),
    "coronal": (1, 2, 0, Edges(left="R", right="L", top="S", bottom="I")),
    "sagittal": (0, 2, 1, Edges(left="A", right="P", top="S", bottom="I")),
}


def read_nifti(data: bytes, wish: Wish) -> Stack:
    """Read slices of a volume; a series of volumes is read volume after volume.

    Raises:
        RequestError: Broken, too large, or of a kind of numbers that is no picture.
    """
    try:
        return _read(_image(_unpacked(data)), wish)
    except HeuresisError:
        raise
    except Exception as error:  # noqa: BLE001  # texts of these errors may quote the header
        raise broken("NIfTI", error) from None


def _unpacked(data: bytes) -> bytes:
    """Undo gzip: the header first, then no more than it promises."""
    if not data.startswith(GZIP):
        promised = _promised(data)
        if len(data) < promised:
            raise broken("NIfTI")
        return data
    engine = zlib.decompressobj(zlib.MAX_WBITS | 16)
    try:
        head = engine.decompress(data, 1024)
        promised = _promised(head)
        rest = engine.decompress(engine.unconsumed_tail, max(1, promised - len(head)))
        engine.decompress(engine.unconsumed_tail, PADDING_BYTES)  # to the check sum at the end
    except zlib.error as error:
        raise broken("gzip", error) from None
    is_cut = not engine.eof and not engine.unconsumed_tail
    if len(head) + len(rest) < promised or is_cut:
        raise broken("NIfTI, gzipped")
    return head + rest


def _promised(head: bytes) -> int:
    """Return how many bytes the header says there are, and refuse sizes above the limit."""
    import nibabel as nib

    if len(head) < 352:
        raise broken("NIfTI")
    order = next((o for o in ("little", "big") if _size_of(head, o) in NIFTI_SIZES), None)
    if order is None:
        raise RequestError("gzip: got a packed file that is no NIfTI, allowed: .nii.gz; unpack it")
    is_second = _size_of(head, order) == 540
    kind = nib.Nifti2Header if is_second else nib.Nifti1Header
    at, magics = NIFTI_SIZES[_size_of(head, order)]
    if head[at : at + 4] == magics[1]:
        raise RequestError(
            "NIfTI: got a header whose picture is in another file, allowed: one .nii"
        )
    header = kind(head[: kind.sizeof_hdr], "<" if order == "little" else ">", check=False)
    shape = [int(n) for n in header["dim"][1 : 1 + max(0, int(header["dim"][0]))]]
    n_voxels = math.prod(shape)
    n_bytes = n_voxels * max(1, int(header["bitpix"]) // 8) + int(header["vox_offset"])
    if not shape or min(shape) < 1 or n_voxels > MAX_VOXELS or not 0 < n_bytes <= MAX_BYTES:
        raise RequestError(
            f"NIfTI: got a header of {n_voxels} voxels and {n_bytes} bytes, allowed: 1 to "
            f"{MAX_VOXELS} voxels, up to {MAX_BYTES} bytes"
        )
    return n_bytes


def _size_of(head: bytes, order: Any) -> int:
    return int.from_bytes(head[:4], order)


def _image(data: bytes) -> Any:
    import nibabel as nib

    is_second = 540 in (_size_of(data, "little"), _size_of(data, "big"))
    kind = nib.Nifti2Image if is_second else nib.Nifti1Image
    return kind.from_stream(io.BytesIO(data))


def _read(image: Any, wish: Wish) -> Stack:
    import nibabel as nib

    header = image.header
    shape = tuple(int(n) for n in image.shape)
    while len(shape) > 3 and shape[-1] == 1:
        shape = shape[:-1]
    if not 2 <= len(shape) <= 4:
        raise RequestError(f"NIfTI: got {len(shape)} axes, allowed: 2 to 4")
    if header.get_data_dtype().kind not in "iufV":
        raise RequestError("NIfTI: got complex numbers, allowed: real numbers or RGB")
    slope, intercept = _scale(image)
    volume = np.asarray(image.dataobj.get_unscaled()).reshape((*shape, 1, 1)[:4])
    is_placed = int(header["sform_code"]) > 0 or int(header["qform_code"]) > 0
    turns = nib.io_orientation(image.affine)
    if np.isnan(turns).any():
        turns, is_placed = np.array([[0, 1], [1, 1], [2, 1]]), False
    affine = image.affine @ nib.orientations.inv_ornt_aff(turns, volume.shape[:3])
    volume = nib.apply_orientation(volume, turns)
    return _hung(volume, affine, header, (slope, intercept), wish, is_placed=is_placed)


def _scale(image: Any) -> tuple[float, float]:
    proxy = image.dataobj
    return float(proxy.slope), float(proxy.inter)


def _hung(  # noqa: PLR0913  # the parts of one file
    volume: NDArray[Any],
    affine: NDArray[np.float64],
    header: Any,
    scale: tuple[float, float],
    wish: Wish,
    *,
    is_placed: bool,
) -> Stack:
    """Cut the slices and hang them."""
    axis, down, right, edges = _PLANES[wish.axis]
    n_slices = volume.shape[axis]
    numbers = list(chosen_frames(n_slices * volume.shape[3], wish))
    check_size(volume.shape[right], volume.shape[down], len(numbers))
    frames = [
        _slice(volume[..., n // n_slices], axis, n % n_slices, is_across=down > right)
        for n in numbers
    ]
    unit, why = _length(header)
    spacing = np.linalg.norm(affine[:3, :3], axis=0) * unit
    geometry = Geometry(
        row_spacing=_mm(spacing[down], why),
        column_spacing=_mm(spacing[right], why),
        slice_spacing=_mm(spacing[axis], why),
        edges=edges if is_placed else None,
        affine=_shown_affine(volume, affine, unit, wish.axis, numbers[0]) if is_placed else None,
    )
    return Stack(
        numbers=numbers,
        n_frames=n_slices * volume.shape[3],
        geometry=geometry,
        removed=_removed(header),
        warnings=() if is_placed else ("the file does not say which side is which",),
        **_shown(frames, header, scale, wish),
    )


def _slice(volume: NDArray[Any], axis: int, n: int, *, is_across: bool) -> NDArray[Any]:
    """Return one slice with rows from top to bottom and columns from left to right."""
    plane = np.take(volume, n, axis=axis)
    upright = plane.T if is_across else plane
    return np.ascontiguousarray(upright[::-1, ::-1])


def _shown_affine(
    volume: NDArray[Any], affine: NDArray[np.float64], unit: float, axis: Axis, first: int
) -> Any:
    """Return the matrix from (column, row, frame) as shown to mm."""
    at, down, right, _ = _PLANES[axis]
    turn = np.zeros((4, 4))
    turn[right, 0], turn[right, 3] = -1, volume.shape[right] - 1
    turn[down, 1], turn[down, 3] = -1, volume.shape[down] - 1
    turn[at, 2], turn[at, 3] = 1, first % volume.shape[at]
    turn[3, 3] = 1
    mm = np.diag([unit, unit, unit, 1.0])
    return as_rows(mm @ affine @ turn)


def _length(header: Any) -> tuple[float, str]:
    name = str(header.get_xyzt_units()[0])
    why = "as the file states it" if name != "unknown" else "no unit in the file, mm assumed"
    return MM_PER.get(name, 1.0), why


def _mm(value: float, why: str) -> Quantity | None:
    is_length = bool(np.isfinite(value)) and value > 0
    return stated(round(float(value), 6), "mm", why) if is_length else None


def _shown(
    frames: list[NDArray[Any]], header: Any, scale: tuple[float, float], wish: Wish
) -> dict[str, Any]:
    if frames[0].dtype.names:  # RGB as one structure per voxel
        parts = [np.stack([frame[name] for name in "RGB"], axis=-1) for frame in frames]
        return {"shown": [np.ascontiguousarray(part) for part in parts]}
    slope = scale[0] if math.isfinite(scale[0]) and scale[0] != 0 else 1.0
    intercept = scale[1] if math.isfinite(scale[1]) else 0.0
    native, values = as_native(frames, slope, intercept, "1")
    low, high = float(header["cal_min"]), float(header["cal_max"])
    is_stated = math.isfinite(low) and math.isfinite(high) and high > low
    stated_window = ((low + high) / 2, high - low, "LINEAR_EXACT") if is_stated else None
    window = choose_window(native, values, wish, stated_window, is_ct=False)  # type: ignore[arg-type]  # a literal
    table = grey_table(values, window, is_inverted=False)
    shown = [table[frame] for frame in native]
    return {"shown": shown, "native": native, "values": values, "window": window}


def _removed(header: Any) -> tuple[Removed, ...]:
    """List free texts of the header and its extensions, which may hold a whole DICOM header."""
    found = [
        ("free text", f"header {name}", name, "X")
        for name in _TEXTS
        if name in header and bytes(header[name].tobytes()).strip(b"\0 ")
    ]
    found += [("private", "extension", "", "X") for _ in getattr(header, "extensions", ())]
    return gathered(found)  # type: ignore[arg-type]  # mypy widens the literals of the list
