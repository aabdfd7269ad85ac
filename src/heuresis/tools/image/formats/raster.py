"""Pictures as cameras, scanners and microscopes write them: PNG, JPEG, TIFF with its pages."""

import io
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
from numpy.typing import NDArray

from heuresis.errors import HeuresisError
from heuresis.tools.image.deidentify import removed_from_raster
from heuresis.tools.image.formats.greys import as_native, choose_window, grey_table
from heuresis.tools.image.formats.stack import (
    Stack,
    Wish,
    broken,
    check_size,
    chosen_frames,
)

_PIL_NAMES = {"png": ("PNG",), "jpeg": ("JPEG", "MPO"), "tiff": ("TIFF",)}
_PLAIN = {
    "1": "L",
    "L": "L",
    "RGB": "RGB",
    "CMYK": "RGB",
    "YCbCr": "RGB",
    "LAB": "RGB",
    "HSV": "RGB",
}
_TURNS = {
    2: "mirrored left to right",
    3: "turned by 180 degrees",
    4: "mirrored top to bottom",
    5: "mirrored and turned",
    6: "turned by 90 degrees clockwise",
    7: "mirrored and turned",
    8: "turned by 90 degrees counter-clockwise",
}  # by the EXIF orientation
ORIENTATION = 0x0112


def read_raster(data: bytes, kind: str, wish: Wish) -> Stack:
    """Read a picture; its orientation is applied, then all metadata are dropped.

    Args:
        data: The file.
        kind: 'png', 'jpeg' or 'tiff', as its first bytes say.
        wish: Which page, which window.

    Raises:
        RequestError: Broken, too large, or not what it begins as.
    """
    if kind == "png" and b"IEND" not in data:
        raise broken("PNG")
    with opened(data, kind) as image:
        check_size(*image.size)
        n_frames = _count(image, wish) if kind == "tiff" else 1
        numbers = list(chosen_frames(n_frames, wish))
        pages, turned = [], ""
        for number in numbers:
            if number:
                image.seek(number)
            check_size(image.width, image.height, len(numbers))
            pages.append(upright(image))
            turned = turned or _TURNS.get(image.getexif().get(ORIENTATION, 1), "")
        removed = removed_from_raster(image, data, kind)
    return Stack(
        numbers=numbers, n_frames=n_frames, turned=turned, removed=removed, **_shown(pages, wish)
    )


@contextmanager
def opened(data: bytes, kind: str) -> Iterator[Any]:
    """Open a picture with the reader of that format and no other; faults become RequestError."""
    from PIL import Image

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # they quote the file; sizes are checked by ourselves
            with Image.open(io.BytesIO(data), formats=_PIL_NAMES[kind]) as image:
                yield image
    except HeuresisError:
        raise
    except Exception as error:  # noqa: BLE001  # a reader fed with rubbish raises nearly anything
        raise broken(kind.upper(), error) from None


def _count(image: Any, wish: Wish) -> int:
    """Count pages, at most one more than are wanted: a chain of pages may be endless."""
    enough = max(wish.max_frames, wish.frame or 0) + 1
    n = 1
    while n < enough:
        try:
            image.seek(n)
        except EOFError:
            break
        n += 1
    image.seek(0)
    return n


def upright(image: Any) -> NDArray[Any]:
    """Return one page, turned as its orientation says, in sRGB, without what is transparent."""
    from PIL import ImageOps

    profile = image.info.get("icc_profile")
    plain = ImageOps.exif_transpose(_flat(image))
    if profile and plain.mode == "RGB":
        plain = _in_srgb(plain, profile)
    return np.asarray(plain)


def _flat(image: Any) -> Any:
    """Return grey or RGB; what is hidden under full transparency becomes black."""
    from PIL import Image

    if image.mode in _PLAIN:
        return image if image.mode == _PLAIN[image.mode] else image.convert(_PLAIN[image.mode])
    if image.mode == "P" and "transparency" not in image.info:
        return image.convert("RGB")
    if image.mode in ("P", "PA", "LA", "La", "RGBA", "RGBa"):
        whole = image.convert("RGBA")
        ground = Image.new("RGBA", whole.size, (0, 0, 0, 255))
        ground.alpha_composite(whole)
        flat = ground.convert("L" if image.mode in ("LA", "La") else "RGB")
        flat.getexif().update(image.getexif())
        return flat
    return image  # 16 and 32 bits, whole and real numbers


def _in_srgb(image: Any, profile: bytes) -> Any:
    """Turn colours of another profile into sRGB; a profile that cannot be read is passed over."""
    from PIL import ImageCms

    try:
        theirs = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        if "srgb" in ImageCms.getProfileDescription(theirs).lower():
            return image
        ours = ImageCms.createProfile("sRGB")
        return ImageCms.profileToProfile(image, theirs, ours, outputMode="RGB")
    except (ImageCms.PyCMSError, OSError, ValueError, TypeError):
        return image


def _shown(pages: list[NDArray[Any]], wish: Wish) -> dict[str, Any]:
    """Return pages of 8 bits and grey pages of 16 bits as they are, others through a window."""
    if all(page.dtype in (np.bool_, np.uint8) for page in pages):
        if wish.centre is None:
            return {"shown": [_bytes(page) for page in pages]}
        pages = [_bytes(page) for page in pages]
    if any(page.ndim == 3 for page in pages):
        return {"shown": [_bytes(page) for page in pages]}
    if wish.centre is None and all(page.dtype == np.uint16 for page in pages):
        return {"shown": pages}
    native, values = as_native(pages, 1.0, 0.0, "1")
    window = choose_window(native, values, wish, None, is_ct=False)
    table = grey_table(values, window, is_inverted=False)
    shown = [table[frame] for frame in native]
    return {"shown": shown, "native": native, "values": values, "window": window}


def _bytes(page: NDArray[Any]) -> NDArray[np.uint8]:
    return np.asarray(page.astype(np.uint8) * (255 if page.dtype == np.bool_ else 1))
