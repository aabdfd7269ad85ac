"""Sum of two numbers: the smallest tool an outside package can offer."""

from collections.abc import Sequence
from typing import Literal

from pydantic import Field

from heuresis.contract import Card, Cost, Quantity, Request, Response, Tool
from heuresis.errors import OutOfDomainError, ServiceError

LARGEST = 2.0**52


class AddRequest(Request):
    a: float = Field(description="First number, no unit.")
    b: float = Field(description="Second number, no unit.")


class AddResponse(Response):
    total: Quantity = Field(description="a + b.")


class Arithmetic:
    """Python's own addition."""

    name: str = "python"
    kind: Literal["embedded", "weights", "endpoint"] = "embedded"
    batch_size: int = 1000

    def missing(self) -> str | None:
        return None

    def digest(self) -> str:
        return "program:heuresis-addition==1.0.0"

    def run(self, requests: Sequence[AddRequest]) -> list[AddResponse]:
        return [AddResponse(total=Quantity.exact(r.a + r.b, "1")) for r in requests]


def check_domain(request: AddRequest) -> None:
    if max(abs(request.a), abs(request.b)) > LARGEST:
        raise OutOfDomainError(f"a, b: got {request.a}, {request.b}, allowed up to {LARGEST}")


def check_result(request: AddRequest, response: AddResponse) -> None:
    if response.total.value - request.a != request.b:
        raise ServiceError(f"total: got {response.total.value}, allowed a + b")


ADD = Tool(
    card=Card(
        name="arithmetic.add",
        version="1.0.0",
        summary="Adds two numbers.",
        citations=("IEEE 754-2019",),
        licence_code="Apache-2.0",
        licence_weights="none used",
        training_data=(),
        domain="Numbers up to 2^52 in size.",
        failures=("Digits below the precision of a double are lost.",),
        accuracy="Exact for whole numbers in the domain.",
        cost=Cost.FREE,
    ),
    example=AddRequest(a=1, b=2),
    response=AddResponse,
    backends=(Arithmetic(),),
    check_domain=check_domain,
    check_result=check_result,
)
