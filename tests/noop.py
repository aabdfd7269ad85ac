"""A tool that does nothing, for tests of the door itself; it counts executions in a file."""

import os
from collections.abc import Sequence
from pathlib import Path

from pydantic import Field

from heuresis.contract import Artifact, Card, Cost, Grade, Quantity, Request, Response, Status, Tool
from heuresis.errors import OutOfDomainError, RequestError, ServiceError


class EchoRequest(Request):
    number: int = Field(description="Any number; some have a meaning to the tests.")


class EchoResponse(Response):
    double: Quantity = Field(description="Twice the number.")
    file: Artifact | None = Field(default=None, description="A file for numbers above 1000.")


class EchoBackend:
    """Doubles."""

    name, kind, batch_size = "echo", "embedded", 100

    def missing(self) -> str | None:
        return None

    def digest(self) -> str:
        return "program:echo==1"

    def run(self, requests: Sequence[EchoRequest]) -> list[EchoResponse]:
        if any(r.number == -13 for r in requests):
            raise ServiceError("13 brings bad luck", transient=False)
        if any(r.number == -14 for r in requests):
            raise ZeroDivisionError("a model's own error")
        count = os.environ.get("ECHO_COUNT")
        if count:
            with Path(count).open("a") as file:
                file.writelines(f"{r.number}\n" for r in requests)
        return [_double(r.number) for r in requests]


def _double(number: int) -> EchoResponse:
    file = None
    if number > 1000:
        file = Artifact.of(str(number).encode(), name="number.txt", media_type="text/plain")
    return EchoResponse(double=Quantity.exact(2 * number, "1"), file=file)


def canonical(request: EchoRequest) -> EchoRequest:
    if request.number == -1:
        raise RequestError("number: got -1, allowed: others")
    return request


def check_domain(request: EchoRequest) -> None:
    if request.number == -2:
        raise OutOfDomainError("number: got -2, which this tool was not made for")


def check_result(request: EchoRequest, response: EchoResponse) -> None:
    if request.number == -3:
        raise ServiceError("double: got nonsense, allowed: sense")


def grade(request: EchoRequest, response: EchoResponse) -> Grade:
    if request.number == 0:
        return Grade(status=Status.EMPTY, reason="nothing in it")
    return Grade()


ECHO = Tool(
    card=Card(
        name="test.echo",
        version="1.0.0",
        summary="Doubles a number.",
        citations=("none",),
        licence_code="Apache-2.0",
        licence_weights="none used",
        training_data=(),
        domain="integers",
        failures=("none known",),
        accuracy="exact",
        cost=Cost.FREE,
    ),
    example=EchoRequest(number=1),
    response=EchoResponse,
    backends=(EchoBackend(),),
    canonical=canonical,
    check_domain=check_domain,
    check_result=check_result,
    grade=grade,
)
