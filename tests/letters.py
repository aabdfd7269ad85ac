"""A tool for tests of libraries: it counts letters of what it takes for a molecule."""

import os
from collections.abc import Sequence
from pathlib import Path

from pydantic import Field

from heuresis.contract import Card, Cost, Grade, Quantity, Request, Response, Smiles, Status, Tool
from heuresis.errors import OutOfDomainError, RequestError, ServiceError


class LettersRequest(Request):
    smiles: Smiles = Field(description="Any text; some beginnings have a meaning to the tests.")
    times: int = Field(default=1, description="Counted so many times.")


class LettersResponse(Response):
    mass: Quantity = Field(description="One Da a letter.")
    spread: Quantity | None = Field(description="None where there is but one letter.")
    n_letters: int = Field(description="How many.")
    is_odd: bool = Field(description="Whether they are odd in number.")


class Counting:
    """Counts; fails where the text says so."""

    name, kind, batch_size = "counting", "embedded", 10

    def missing(self) -> str | None:
        return None

    def digest(self) -> str:
        return "program:counting==1"

    def run(self, requests: Sequence[LettersRequest]) -> list[LettersResponse]:
        away = os.environ.get("LETTERS_AWAY")
        if away and Path(away).exists():
            raise ServiceError("letters are away", transient=True)
        if any(one.smiles.startswith("fail") for one in requests):
            raise ServiceError("this text breaks it")
        return [_counted(one) for one in requests]


def _counted(one: LettersRequest) -> LettersResponse:
    n = len(one.smiles)
    spread = None if n == 1 else Quantity.exact(1.0 / n, "1")
    return LettersResponse(
        mass=Quantity.exact(n, "Da"), spread=spread, n_letters=n, is_odd=n % 2 == 1
    )


def canonical(request: LettersRequest) -> LettersRequest:
    if request.smiles.startswith("never"):
        raise RequestError(f"smiles {request.smiles!r}: got never, allowed: others")
    return LettersRequest(smiles=Smiles(request.smiles.lower()), times=request.times)


def check_domain(request: LettersRequest) -> None:
    if request.smiles.startswith("far"):
        raise OutOfDomainError(f"smiles {request.smiles!r}: got one that is far, allowed: near")


def check_result(request: LettersRequest, response: LettersResponse) -> None:
    if response.n_letters != len(request.smiles):
        raise ServiceError(f"n_letters: got {response.n_letters}")


def grade(request: LettersRequest, _: LettersResponse) -> Grade:
    if request.smiles.startswith("void"):
        return Grade(status=Status.EMPTY, reason="nothing inside")
    return Grade()


CARD = Card(
    name="test.letters",
    version="1.0.0",
    summary="Counts letters.",
    citations=("none",),
    licence_code="Apache-2.0",
    licence_weights="none used",
    training_data=(),
    domain="Text.",
    failures=("none known",),
    accuracy="exact",
    cost=Cost.FREE,
)

LETTERS = Tool(
    card=CARD,
    example=LettersRequest(smiles=Smiles("c1ccccc1")),
    response=LettersResponse,
    backends=(Counting(),),
    canonical=canonical,
    check_domain=check_domain,
    check_result=check_result,
    grade=grade,
)
