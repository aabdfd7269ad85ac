"""Tools that misbehave on purpose, or lean on another tool; each call of a backend is noted."""

import os
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from noop import EchoRequest
from pydantic import Field

from heuresis.contract import Card, Cost, Need, Outcome, Quantity, Request, Response, Smiles, Tool
from heuresis.errors import RequestError, ServiceError

CALLS: list[tuple[str, tuple[int, ...]]] = []  # backend and numbers, one entry per call
LIMIT_S = 0.3


def card(name: str, timeout_s: float = 60.0, notice: str | None = None) -> Card:
    return Card(
        name=name,
        version="1.0.0",
        summary="A tool for tests.",
        citations=("none",),
        licence_code="Apache-2.0",
        licence_weights="none used",
        training_data=(),
        domain="integers",
        failures=("those the tests ask for",),
        accuracy="exact",
        cost=Cost.FREE,
        timeout_s=timeout_s,
        notice=notice,
    )


# --- test.odd: one backend per misbehaviour ---


class OddRequest(Request):
    number: int = Field(description="Any number.")
    words: Smiles | None = Field(default=None, description="Any words.")


class OddResponse(Response):
    value: Quantity = Field(description="The number again.")


class OtherResponse(Response):
    value: Quantity = Field(description="The number again, in another class.")


Answer = Callable[[Sequence[OddRequest]], Sequence[Response]]


class OddBackend:
    kind = "embedded"

    def __init__(self, name: str, answer: Answer, *, fix: str | None = None) -> None:
        self.name, self.batch_size = name, 100
        self._answer, self._fix = answer, fix

    def missing(self) -> str | None:
        return self._fix

    def digest(self) -> str:
        return "program:odd==1"

    def run(self, requests: Sequence[OddRequest]) -> Sequence[Any]:
        CALLS.append((self.name, tuple(request.number for request in requests)))
        return self._answer(requests)


def _good(requests: Sequence[OddRequest]) -> list[OddResponse]:
    return [OddResponse(value=Quantity.exact(request.number, "eV")) for request in requests]


def _alien(requests: Sequence[OddRequest]) -> list[OtherResponse]:
    return [OtherResponse(value=Quantity.exact(1, "eV")) for _ in requests]


def _nan(requests: Sequence[OddRequest]) -> list[OddResponse]:
    return [OddResponse(value=Quantity.exact(float("nan"), "eV")) for _ in requests]


def _flaky(requests: Sequence[OddRequest]) -> list[OddResponse]:
    if sum(name == "flaky" for name, _ in CALLS) <= 2:
        raise ServiceError("busy, come again", transient=True)
    return _good(requests)


def _down(requests: Sequence[OddRequest]) -> list[OddResponse]:
    raise ServiceError("out for lunch", transient=True)


def _broken(requests: Sequence[OddRequest]) -> list[OddResponse]:
    raise ServiceError("the weights are torn")


def _picky(requests: Sequence[OddRequest]) -> list[OddResponse]:
    if any(request.number == 66 for request in requests):
        raise RequestError("number: got 66, allowed: others")
    return _good(requests)


def _slow(requests: Sequence[OddRequest]) -> list[OddResponse]:
    time.sleep(4 * LIMIT_S)
    return _good(requests)


def _bug_in_canonical(request: OddRequest) -> OddRequest:
    if request.number == -10:
        raise KeyError("canonical")
    return request


def _bug_in_domain(request: OddRequest) -> None:
    if request.number == -11:
        raise KeyError("domain")


def _bug_in_check(request: OddRequest, _: OddResponse) -> None:
    if request.number == -12:
        raise KeyError("check")


ODD = Tool(
    card=card("test.odd", LIMIT_S, "For tests only."),
    example=OddRequest(number=1),
    response=OddResponse,
    backends=(
        OddBackend("good", _good),
        OddBackend("short", lambda requests: _good(requests)[1:]),
        OddBackend("alien", _alien),
        OddBackend("nan", _nan),
        OddBackend("flaky", _flaky),
        OddBackend("down", _down),
        OddBackend("broken", _broken),
        OddBackend("picky", _picky),
        OddBackend("slow", _slow),
        OddBackend("absent", _good, fix="no weights at 'w.pt': run `fetch weights`"),
    ),
    canonical=_bug_in_canonical,
    check_domain=_bug_in_domain,
    check_result=_bug_in_check,
)


# --- test.sum: leans on test.echo ---


class SumRequest(Request):
    numbers: tuple[int, ...] = Field(description="What to double and to add.")


class InformedSum(SumRequest):
    doubles: tuple[float, ...] = Field(description="Answers of test.echo.")


class SumResponse(Response):
    total: Quantity = Field(description="Sum of the doubles.")


class SumBackend:
    name, kind, batch_size = "sum", "embedded", 10

    def missing(self) -> str | None:
        return None

    def digest(self) -> str:
        return "program:sum==1"

    def run(self, requests: Sequence[InformedSum]) -> list[SumResponse]:
        CALLS.extend(("sum", request.numbers) for request in requests)
        return [SumResponse(total=Quantity.exact(sum(r.doubles), "1")) for r in requests]


def _needs(request: SumRequest, backend: str) -> list[Need]:
    return [Need("test.echo", EchoRequest(number=number)) for number in request.numbers]


def _assemble(request: SumRequest, answers: Sequence[Outcome]) -> InformedSum:
    for answer in answers:
        if not answer.is_usable:
            raise ServiceError(f"sum: needs test.echo, which said {answer.reason!r}")
    doubles = tuple(answer.quantities["double"].value for answer in answers)
    return InformedSum(numbers=request.numbers, doubles=doubles)


SUM = Tool(
    card=card("test.sum"),
    example=SumRequest(numbers=(1, 2)),
    response=SumResponse,
    backends=(SumBackend(),),
    check_result=lambda request, response: None,
    needs=_needs,
    assemble=_assemble,
)


# --- test.slow: takes as long as the environment says, and counts in a file ---


class SlowBackend:
    name, kind, batch_size = "slow", "embedded", 10

    def missing(self) -> str | None:
        return None

    def digest(self) -> str:
        return "program:slow==1"

    def run(self, requests: Sequence[OddRequest]) -> list[OddResponse]:
        with Path(os.environ["ECHO_COUNT"]).open("a") as file:
            file.writelines(f"{request.number}\n" for request in requests)
        time.sleep(float(os.environ.get("SLOW_S", "0")))
        return _good(requests)


SLOW = Tool(
    card=card("test.slow"),
    example=OddRequest(number=1),
    response=OddResponse,
    backends=(SlowBackend(),),
    check_result=lambda request, response: None,
)
