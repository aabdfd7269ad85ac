"""A file read in without a lab: what the tool itself answers."""

import io
import zipfile
from typing import Any

import numpy as np
from numpy.typing import NDArray

from heuresis.contract import OriginalRef, digest_of
from heuresis.tools.image.pixels import decode
from heuresis.tools.image.read import READ, ImageReadRequest, ImageReadResponse


def request(data: bytes, **fields: Any) -> ImageReadRequest:
    ref = OriginalRef(digest_of(data)).opened(lambda _: data)
    made = ImageReadRequest(original=ref, **fields)
    return made.model_copy(update={"original": ref})


def read(data: bytes, **fields: Any) -> ImageReadResponse:
    """Ask the backend, and hold the answer to the postconditions."""
    asked = request(data, **fields)
    (response,) = READ.backends[0].run([asked])
    assert isinstance(response, ImageReadResponse)
    READ.check_result(asked, response)
    return response


def shown(response: ImageReadResponse) -> NDArray[Any]:
    return decode(response.images[0].data or b"", "image")


def values(response: ImageReadResponse) -> NDArray[Any]:
    """What the 16-bit numbers stand for."""
    assert response.values is not None
    native = decode(response.native[0].data or b"", "native").astype(np.float64)
    return response.values.intercept.value + response.values.slope.value * native


def frames(response: ImageReadResponse, name: str = "video") -> list[NDArray[Any]]:
    with zipfile.ZipFile(io.BytesIO(getattr(response, name).data)) as archive:
        return [decode(archive.read(each), each) for each in archive.namelist()]
