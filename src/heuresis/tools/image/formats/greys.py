"""From values such as Hounsfield units to 16-bit numbers that keep them, and to greys that show."""

from collections.abc import Sequence
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from heuresis.errors import RequestError
from heuresis.tools.image.facts import Values, Window, stated
from heuresis.tools.image.formats.stack import Wish

TOP = 65_535
SOFT_TISSUE_HU = (40.0, 400.0)
SHARES = (0.5, 99.5)  # per cent of values below black and below white, where nobody chose
MAX_SAMPLED = 4_000_000
Shape = Literal["LINEAR", "LINEAR_EXACT", "SIGMOID"]


def as_native(
    frames: Sequence[NDArray[Any]], slope: float, intercept: float, unit: str
) -> tuple[list[NDArray[np.uint16]], Values]:
    """Return frames as 16-bit numbers on one scale, and what those numbers mean.

    Args:
        frames: H x W each, of any real type; value = intercept + slope * pixel.
        slope: Value of one step of the pixels.
        intercept: Value of the pixel 0.
        unit: Of the values.

    Raises:
        RequestError: The scale is no scale, or no pixel is a finite number.
    """
    if not np.isfinite([slope, intercept]).all() or slope == 0:
        raise RequestError("values: got a slope or intercept of no scale, allowed: finite numbers")
    low, high = _limits(frames)
    if all(frame.dtype.kind in "iu" for frame in frames) and high - low <= TOP:
        start = 0 if low >= 0 and high <= TOP else low
        native = [_shifted(frame, int(start)) for frame in frames]
        return native, _values(slope, intercept + slope * start, unit, is_exact=True)
    step = (high - low) / TOP or 1.0
    native = [
        np.nan_to_num(np.round((frame.astype(np.float64) - low) / step), nan=0.0, posinf=TOP)
        .clip(0, TOP)
        .astype(np.uint16)
        for frame in frames
    ]
    return native, _values(slope * step, intercept + slope * low, unit, is_exact=False)


def _shifted(frame: NDArray[Any], start: int) -> NDArray[np.uint16]:
    if start == 0:
        return frame.astype(np.uint16)
    return (frame.astype(np.int64) - start).astype(np.uint16)


def _values(slope: float, intercept: float, unit: str, *, is_exact: bool) -> Values:
    return Values(slope=stated(slope, unit), intercept=stated(intercept, unit), is_exact=is_exact)


def _limits(frames: Sequence[NDArray[Any]]) -> tuple[float, float]:
    found = []
    for frame in frames:
        finite = frame if frame.dtype.kind in "iu" else frame[np.isfinite(frame)]
        if finite.size:
            found += [finite.min(), finite.max()]
    if not found:
        raise RequestError("values: got no finite number in any pixel, allowed: at least one")
    return (
        (int(min(found)), int(max(found)))
        if _whole(found)
        else (float(min(found)), float(max(found)))
    )


def _whole(found: Sequence[Any]) -> bool:
    return all(isinstance(one, np.integer) for one in found)


def choose_window(  # noqa: PLR0913  # four who may choose, and what they choose from
    native: Sequence[NDArray[np.uint16]],
    values: Values,
    wish: Wish,
    stated_window: tuple[float, float, Shape] | None,
    *,
    is_ct: bool,
    padding: int | None = None,
) -> Window:
    """Return the window: the caller's, the file's, soft tissue for a CT, or percentiles.

    Args:
        native: Frames as `as_native` made them.
        values: What their numbers mean.
        wish: May hold the caller's window.
        stated_window: Centre, width and curve that the file states.
        is_ct: Whether values are Hounsfield units of the body.
        padding: Native number of pixels outside of what was measured.
    """
    unit = values.slope.unit
    if wish.centre is not None and wish.width is not None:
        return _window(wish.centre, wish.width, "LINEAR", "request", unit)
    if stated_window is not None:
        return _window(*stated_window, "file", unit)
    if is_ct:
        return _window(*SOFT_TISSUE_HU, "LINEAR", "soft tissue", unit)
    low, high = _percentiles(native, values, padding)
    return _window((low + high) / 2, max(high - low, 1e-9), "LINEAR_EXACT", "percentiles", unit)


def _window(centre: float, width: float, shape: Shape, by: Any, unit: str) -> Window:
    if not np.isfinite([centre, width]).all() or width <= 0:
        raise RequestError(
            f"window: got centre {centre:g} and width {width:g} {unit}, allowed: a width above 0"
        )
    return Window(centre=stated(centre, unit), width=stated(width, unit), shape=shape, chosen_by=by)


def _percentiles(
    native: Sequence[NDArray[np.uint16]], values: Values, padding: int | None
) -> tuple[float, float]:
    step = max(1, sum(frame.size for frame in native) // MAX_SAMPLED)
    sample = np.concatenate([frame.ravel()[::step] for frame in native])
    if padding is not None and (kept := sample[sample != padding]).size:
        sample = kept
    ends = np.percentile(sample, SHARES)
    if ends[0] == ends[1]:  # nearly all pixels alike: show whatever differs
        ends = np.array([sample.min(), sample.max()])
    low, high = sorted(values.intercept.value + values.slope.value * ends)
    return float(low), float(high)


def grey_table(values: Values, window: Window, *, is_inverted: bool) -> NDArray[np.uint8]:
    """Return the grey of each of the 65,536 native numbers.

    Source: DICOM PS3.3 C.11.2.1.2 (linear), C.11.2.1.3.1 (sigmoid).
    """
    x = values.intercept.value + values.slope.value * np.arange(TOP + 1)
    centre, width = window.centre.value, window.width.value
    if window.shape == "SIGMOID":
        share = 1 / (1 + np.exp(np.clip(-4 * (x - centre) / width, -700, 700)))
    elif window.shape == "LINEAR" and width > 1:
        share = (x - (centre - 0.5)) / (width - 1) + 0.5
    else:
        share = (x - centre) / width + 0.5
    greys = np.round(np.clip(share, 0, 1) * 255).astype(np.uint8)
    return np.asarray(255 - greys if is_inverted else greys)
