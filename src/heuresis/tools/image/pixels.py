"""Pixels of images in the vault: PNG bytes to arrays and back, the only pictures tools take."""

import io
import zlib
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from heuresis.contract import FileRef, ImageFile, MaskFile
from heuresis.errors import RequestError

Pixels = NDArray[np.uint8]
MAX_SIDE_PX = 8_192
MAX_PIXELS = 40_000_000
PNG = b"\x89PNG\r\n\x1a\n"


def pixels(ref: FileRef) -> NDArray[Any]:
    """Return an image as H x W or H x W x 3, uint8 or uint16; read-only.

    Raises:
        RequestError: Not a PNG as `image.read` makes them.
    """
    return _cached(str(ref), _Bytes(ref))


def rgb(ref: FileRef) -> Pixels:
    """Return an image as H x W x 3, uint8; grey is repeated, 16 bits are cut to the upper 8."""
    return as_rgb(pixels(ref))


def as_rgb(array: NDArray[Any]) -> Pixels:
    """Return H x W x 3, uint8, from grey or colour of 8 or 16 bits, or from 0..1 floats."""
    if array.dtype == np.uint16:
        array = (array >> 8).astype(np.uint8)
    elif array.dtype.kind == "f":
        array = np.round(np.clip(array, 0, 1) * 255).astype(np.uint8)
    return np.repeat(array[:, :, None], 3, axis=2) if array.ndim == 2 else array[:, :, :3]


def grey(ref: FileRef) -> NDArray[np.float32]:
    """Return an image as H x W, float32, 0 to 1; colour by the weights of ITU-R BT.601."""
    array = pixels(ref)
    scaled: NDArray[np.float32] = array.astype(np.float32) / np.float32(np.iinfo(array.dtype).max)
    if scaled.ndim == 2:
        return scaled
    weights = np.array([0.299, 0.587, 0.114], np.float32)
    shade: NDArray[np.float32] = scaled[:, :, :3] @ weights
    return shade


def mask(ref: FileRef) -> NDArray[np.bool_]:
    """Return a mask as H x W, true inside.

    Raises:
        RequestError: Colour, or more than two values.
    """
    array = pixels(ref)
    values = np.unique(array)
    if array.ndim != 2 or len(values) > 2:
        raise RequestError(
            f"mask {ref!s}: got shape {array.shape} with {len(values)} values, "
            "allowed: one channel with two values"
        )
    inside: NDArray[np.bool_] = array > np.iinfo(array.dtype).max // 2
    return inside


def image_file(array: NDArray[Any], name: str) -> ImageFile:
    """Wrap H x W or H x W x 3, uint8 or uint16 (grey only), as a PNG."""
    return ImageFile.of(encode(array), name=name, media_type="image/png")


def mask_file(inside: NDArray[Any], name: str) -> MaskFile:
    """Wrap a mask, H x W, as a PNG of 0 and 255."""
    data = encode(np.where(inside, 255, 0).astype(np.uint8))
    return MaskFile.of(data, name=name, media_type="image/png")


def encode(array: NDArray[Any]) -> bytes:
    """Return an array as PNG without any metadata."""
    from PIL import Image

    buffer = io.BytesIO()
    Image.fromarray(np.ascontiguousarray(array)).save(buffer, "PNG", compress_level=1)
    return buffer.getvalue()


def decode(data: bytes, name: str) -> NDArray[Any]:
    """Return PNG bytes as an array.

    Raises:
        RequestError: Another format, a broken file, or more pixels than are allowed.
    """
    from PIL import Image, UnidentifiedImageError

    if not data.startswith(PNG):
        raise RequestError(
            f"image {name}: got bytes that are no PNG, allowed: an image that `image.read` made"
        )
    width, height = (int.from_bytes(data[i : i + 4], "big") for i in (16, 20))
    _check_size((width, height), name)  # before any library allocates what the header promises
    try:
        with Image.open(io.BytesIO(data)) as image:
            array = np.asarray(_plain(image))
    except (UnidentifiedImageError, OSError, SyntaxError, ValueError, zlib.error) as error:
        raise RequestError(
            f"image {name}: got a broken PNG ({error}), allowed: a whole one"
        ) from None
    array.flags.writeable = False
    return array


def _plain(image: Any) -> Any:
    if image.mode in ("L", "RGB", "I;16"):
        return image
    return image.convert("L" if image.mode in ("1", "LA") else "RGB")


def _check_size(size: tuple[int, int], name: str) -> None:
    width, height = size
    if max(size) > MAX_SIDE_PX or width * height > MAX_PIXELS or min(size) < 1:
        raise RequestError(
            f"image {name}: got {width} x {height} px, allowed: sides up to {MAX_SIDE_PX} and "
            f"{MAX_PIXELS} px in all"
        )


class _Bytes:
    """Carries a reference past the cache, which compares digests only."""

    def __init__(self, ref: FileRef) -> None:
        self.ref = ref

    def __hash__(self) -> int:
        return 0

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Bytes)


@lru_cache(maxsize=8)  # a gate, a model and an overlay look at the same image in turn
def _cached(digest: str, holder: _Bytes) -> NDArray[Any]:
    return decode(holder.ref.read(), digest)
