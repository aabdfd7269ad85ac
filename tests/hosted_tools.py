"""A tool for tests of hosts: it answers, sleeps, dies, leaks or lies, as the request says."""

import os
import signal
import time
from collections.abc import Sequence
from typing import Literal

from odd_tools import card
from pydantic import Field

from heuresis.contract import ImageRef, Quantity, Request, Response, Tool, is_finite
from heuresis.errors import RequestError, ServiceError

LEAK: list[bytes] = []
TROUBLE = Literal["", "refuse", "busy", "bug", "nan", "die", "leak", "sleep"]


class HostedRequest(Request):
    number: int = Field(description="Told back.")
    trouble: TROUBLE = Field(default="", description="What goes wrong.")
    seconds: float = Field(default=0.0, description="How long it takes.")
    image: ImageRef | None = Field(default=None, description="A file.")


class HostedResponse(Response):
    value: Quantity = Field(description="The number.")
    n_bytes: int = Field(description="Size of the file.")
    n_together: int = Field(description="Requests in the same run.")
    pid: int = Field(description="Process that answered.")


class Hosted:
    """Does as it is told."""

    kind: Literal["embedded", "weights", "endpoint"] = "embedded"
    batch_size = 16

    def __init__(self, name: str) -> None:
        self.name = name

    def missing(self) -> str | None:
        return None

    def digest(self) -> str:
        return f"program:hosted=={os.environ.get('HOSTED_VERSION', '1')}"

    def run(self, requests: Sequence[HostedRequest]) -> list[HostedResponse]:
        return [self._one(request, len(requests)) for request in requests]

    def _one(self, request: HostedRequest, n: int) -> HostedResponse:
        time.sleep(request.seconds)
        if request.trouble == "refuse":
            raise RequestError("number: got a bad one, allowed: others")
        if request.trouble == "busy":
            raise ServiceError("busy, come again", transient=True)
        if request.trouble == "bug":
            raise ZeroDivisionError("a model's own error")
        if request.trouble == "die":
            os.kill(os.getpid(), signal.SIGKILL)
        if request.trouble == "leak":
            LEAK.append(b"\x01" * 400_000_000)
        value = Quantity.exact(request.number, "1")
        if request.trouble == "nan":
            value = value.model_copy(update={"value": float("nan")})  # past pydantic's own check
        return HostedResponse.model_construct(
            value=value,
            n_bytes=0 if request.image is None else len(request.image.read()),
            n_together=n,
            pid=os.getpid(),
        )


def check_result(request: HostedRequest, response: HostedResponse) -> None:
    if not is_finite(response.value.value):
        raise ServiceError(f"value: got {response.value.value}, allowed: finite numbers")


HOSTED = Tool(
    card=card("test.hosted", 20.0),
    example=HostedRequest(number=1),
    response=HostedResponse,
    backends=(Hosted("one"), Hosted("narrow"), Hosted("large"), Hosted("larger"), Hosted("leaky")),
    check_result=check_result,
)
