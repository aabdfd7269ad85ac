"""A segmenter of the user's, reached over HTTP: any server that returns masks without classes.

It gets JSON `{"image": PNG in base64, "max_masks": n}` by POST and answers JSON `{"name": …,
"licence": …, "masks": [{"mask": PNG in base64, "score": 0 to 1}, …]}`.
"""

import base64
import binascii
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal
from urllib.error import URLError
from urllib.parse import urlsplit
from urllib.request import Request as Call
from urllib.request import urlopen

import numpy as np
from pydantic import BaseModel, Field, ValidationError

from heuresis.contract import digest_of
from heuresis.errors import RequestError, ServiceError
from heuresis.settings import get_settings
from heuresis.tools.image.pixels import Pixels, decode, encode, pixels
from heuresis.tools.vision.segment_answer import Found, answer, shown
from heuresis.tools.vision.segment_schema import (
    MAX_MASKS,
    SegmentRequest,
    SegmentResponse,
    TokenGrid,
)
from heuresis.tools.vision.uniap.hierarchy import Proposal, kept

TOOL = "vision.segment"
TIMEOUT_S = 60.0
MOST_BYTES = 64_000_000
MOST_PX = 1_000_000
HINT = 'set HEURESIS_ENDPOINTS to JSON such as {"vision.segment": "http://localhost:8000/segment"}'


class _Mask(BaseModel):
    mask: str
    score: float = Field(default=0.0, ge=0, le=1, allow_inf_nan=False)


class _Reply(BaseModel):
    name: str = Field(min_length=1, max_length=200)
    licence: str = Field(min_length=1, max_length=200)
    masks: list[_Mask] = Field(max_length=MAX_MASKS)


@dataclass(frozen=True)
class Endpoint:
    """Whatever the user serves; its name and licence travel in `source`."""

    name: str = "endpoint"
    kind: Literal["embedded", "weights", "endpoint"] = "endpoint"
    batch_size: int = 1

    @property
    def endpoint(self) -> str:
        """Where pictures would go; empty where nothing is set."""
        return get_settings().endpoints.get(TOOL, "")

    def missing(self) -> str | None:
        """Say what stops it and the fix, or None."""
        if not self.endpoint:
            return f"no server is set: {HINT}"
        if urlsplit(self.endpoint).scheme not in ("http", "https"):
            return f"got the address {self.endpoint!r}, allowed: http or https; {HINT}"
        return None

    def digest(self) -> str:
        """Identify the address; what answers there may change."""
        return f"program:endpoint=={digest_of(self.endpoint.encode())[7:19]}"

    def run(self, requests: Sequence[SegmentRequest]) -> list[SegmentResponse]:
        """Send pictures one after the other."""
        return [self._one(request) for request in requests]

    def _one(self, request: SegmentRequest) -> SegmentResponse:
        picture = shown(pixels(request.image))
        _check_size(picture)
        reply = _asked(self.endpoint, picture, request.max_masks)
        height, width = picture.shape[:2]
        found = Found(
            masks=kept([_read(one, picture) for one in reply.masks], request.max_masks),
            cell_of=np.arange(height * width).reshape(height, width),
            grid=TokenGrid(n_down=height, n_across=width, stride_px=1.0),
            thresholds=(),
            source=f"{reply.name} ({reply.licence})",
        )
        return answer(request, picture, found)


def _asked(where: str, picture: Pixels, n: int) -> _Reply:
    """Post a picture; raises ServiceError for anything but a readable reply."""
    sent = {"image": base64.b64encode(encode(picture)).decode(), "max_masks": n}
    call = Call(where, json.dumps(sent).encode(), {"Content-Type": "application/json"})
    try:
        with urlopen(call, timeout=TIMEOUT_S) as reply:
            data: Any = json.loads(reply.read(MOST_BYTES))
        return _Reply.model_validate(data)
    except (URLError, OSError) as error:
        raise ServiceError(f"endpoint {where!r}: {error}", transient=True) from error
    except (ValidationError, ValueError) as error:
        raise ServiceError(
            f"endpoint {where!r}: got a reply that cannot be read ({str(error)[:200]}), allowed: "
            f"JSON with name, licence and up to {MAX_MASKS} masks"
        ) from error


def _read(one: _Mask, picture: Pixels) -> Proposal:
    try:
        array = decode(base64.b64decode(one.mask, validate=True), "of the endpoint")
    except (binascii.Error, RequestError) as error:
        raise ServiceError(f"endpoint: {error}") from error
    if array.shape != picture.shape[:2]:
        raise ServiceError(
            f"endpoint: got a mask of shape {array.shape}, allowed {picture.shape[:2]}"
        )
    return Proposal((array > np.iinfo(array.dtype).max // 2).ravel(), "instance", 0, one.score)


def _check_size(picture: Pixels) -> None:
    if picture.shape[0] * picture.shape[1] > MOST_PX:
        raise RequestError(
            f"image: got {picture.shape[1]} x {picture.shape[0]} px, allowed for an endpoint: up "
            f"to {MOST_PX:,} px in all"
        )
