"""A tool that works, hangs or leaks as the request says, so that recovery can be timed.

It is in no list: `workplace.bench_tools` registers it while a bench runs.
"""

import os
import time
from collections.abc import Sequence
from typing import Literal

from pydantic import Field

from heuresis.contract import Quantity, Request, Response, Tool, is_finite
from heuresis.errors import ServiceError
from heuresis.evals.bench.noop import NOTHING, card

MB = 1024 * 1024
TIMEOUT_S = 2.0
_leaked: list[bytes] = []


class FaultyRequest(Request):
    number: int = Field(description="Told back.")
    seconds: float = Field(default=0.01, description="How long it takes.")
    leak_mb: int = Field(default=0, description="Memory it never gives back.")
    is_nan: bool = Field(default=False, description="Whether the answer is no number.")


class FaultyResponse(Response):
    number: Quantity = Field(description="The number told.")
    pid: int = Field(description="Process that answered.")


class Faulty:
    """Does as it is told."""

    name = "faulty"
    kind: Literal["embedded", "weights", "endpoint"] = "embedded"
    batch_size = 16

    def missing(self) -> str | None:
        """Nothing stops it."""
        return None

    def digest(self) -> str:
        """Identify the program."""
        return "program:faulty==1"

    def run(self, requests: Sequence[FaultyRequest]) -> list[FaultyResponse]:
        """Return one response per request, in order."""
        return [_answer(request) for request in requests]


def _answer(request: FaultyRequest) -> FaultyResponse:
    time.sleep(request.seconds)
    _leaked.append(b"\x01" * (request.leak_mb * MB))
    number = Quantity.exact(request.number, "1", NOTHING)
    if request.is_nan:  # past the check of pydantic, as a careless backend would
        number = number.model_copy(update={"value": float("nan")})
    return FaultyResponse.model_construct(number=number, pid=os.getpid())


def _check(_: FaultyRequest, response: FaultyResponse) -> None:
    if not is_finite(response.number.value):
        raise ServiceError(f"number: got {response.number.value}, allowed: finite numbers")


FAULTY = Tool(
    card=card("bench.faulty", "Works, hangs or leaks.", TIMEOUT_S),
    example=FaultyRequest(number=1),
    response=FaultyResponse,
    backends=(Faulty(),),
    check_result=_check,
)
