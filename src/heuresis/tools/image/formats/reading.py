"""One reader for each format."""

from collections.abc import Callable

from heuresis.tools.image.formats.dicom import read_dicom
from heuresis.tools.image.formats.folder import read_frames
from heuresis.tools.image.formats.nifti import read_nifti
from heuresis.tools.image.formats.raster import read_raster
from heuresis.tools.image.formats.sniffing import Format
from heuresis.tools.image.formats.stack import Stack, Wish
from heuresis.tools.image.formats.video import read_video

_READERS: dict[Format, Callable[[bytes, Wish], Stack]] = {
    "dicom": read_dicom,
    "nifti": read_nifti,
    "video": read_video,
    "frames": read_frames,
}


def read(kind: Format, data: bytes, wish: Wish) -> Stack:
    """Read a file of a known format.

    Raises:
        RequestError: It cannot be read; nothing of its content is in the message.
    """
    reader = _READERS.get(kind)
    return reader(data, wish) if reader else read_raster(data, kind, wish)
