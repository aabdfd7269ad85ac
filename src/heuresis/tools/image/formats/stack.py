"""Frames read from one file, still in memory, and the limits that every format keeps."""

from dataclasses import dataclass, field
from typing import Any

from numpy.typing import NDArray

from heuresis.contract import Quantity
from heuresis.errors import RequestError
from heuresis.tools.image.facts import Axis, Geometry, Removed, Values, Window
from heuresis.tools.image.pixels import MAX_PIXELS, MAX_SIDE_PX

MAX_FILE_BYTES = 2_000_000_000
MAX_STACK_PIXELS = 256_000_000  # of all frames together: 0.8 GB as 8-bit colour


@dataclass(frozen=True)
class Wish:
    """What to read of a file.

    Attributes:
        frame: One frame, counted from 0; None for all.
        axis: Which slices of a volume.
        centre: Middle of the window, in the values' unit; None for the file's choice.
        width: Of the window; given exactly when the centre is.
        max_frames: More are refused.
    """

    frame: int | None = None
    axis: Axis = "axial"
    centre: float | None = None
    width: float | None = None
    max_frames: int = 512


@dataclass(frozen=True)
class Stack:
    """Frames of one file as they are shown, and what is known of them.

    Attributes:
        shown: One array per frame, H x W or H x W x 3, uint8, or uint16 and grey.
        numbers: Number of each frame in the file.
        n_frames: Frames that the file holds.
        native: Grey uint16 arrays beside `shown`, where greys were cut to 8 bits; else empty.
        values: What the native numbers mean.
        photometric: As the file states it; such as 'MONOCHROME1', shown inverted.
        modality: DICOM code such as 'CT'.
        turned: How the picture was turned to stand upright, in words; empty: it was not.
        warnings: Sentences about what is uncertain.
    """

    shown: list[NDArray[Any]]
    numbers: list[int]
    n_frames: int
    native: list[NDArray[Any]] = field(default_factory=list)
    values: Values | None = None
    window: Window | None = None
    geometry: Geometry | None = None
    frame_rate: Quantity | None = None
    photometric: str = ""
    modality: str = ""
    turned: str = ""
    removed: tuple[Removed, ...] = ()
    warnings: tuple[str, ...] = ()


def check_size(width: int, height: int, n_frames: int = 1) -> None:
    """Refuse more pixels than are allowed, before anything is allocated for them.

    Raises:
        RequestError: Too many, or none.
    """
    is_wrong = max(width, height) > MAX_SIDE_PX or width * height > MAX_PIXELS
    if is_wrong or min(width, height) < 1:
        raise RequestError(
            f"image: got {width} x {height} px, allowed: sides from 1 to {MAX_SIDE_PX} and "
            f"{MAX_PIXELS} px in all"
        )
    if width * height * n_frames > MAX_STACK_PIXELS:
        raise RequestError(
            f"image: got {n_frames} frames of {width} x {height} px, allowed: {MAX_STACK_PIXELS} "
            "px in all frames; name one frame"
        )


def chosen_frames(n_frames: int, wish: Wish) -> range:
    """Return which frames to read.

    Raises:
        RequestError: No such frame, or more than are allowed.
    """
    if n_frames < 1:
        raise RequestError("image: got a file with 0 frames, allowed: at least 1")
    if wish.frame is not None:
        if wish.frame >= n_frames:
            raise RequestError(
                f"frame: got {wish.frame}, allowed: 0 to {n_frames - 1} for this file"
            )
        return range(wish.frame, wish.frame + 1)
    if n_frames > wish.max_frames:
        raise RequestError(
            f"image: got {n_frames} frames, allowed: {wish.max_frames}; name one frame, or raise "
            "max_frames"
        )
    return range(n_frames)


def broken(what: str, error: BaseException | None = None) -> RequestError:
    """Return an error that names the kind of fault and nothing of the file's content."""
    why = f" ({type(error).__name__})" if error is not None else ""
    return RequestError(f"{what}: got a truncated or broken file{why}, allowed: a whole one")
