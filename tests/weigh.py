"""A molecule tool for tests of campaigns: instant, without a model, counted outside the ledger."""

import os
import time
from collections.abc import Sequence
from pathlib import Path

from pydantic import Field

from heuresis.contract import Card, Cost, Quantity, Request, Response, Smiles, Tool
from heuresis.errors import OutOfDomainError, ServiceError


class WeighRequest(Request):
    smiles: Smiles = Field(description="One molecule.")
    scale: float = Field(default=1.0, gt=0, description="Factor on the answer.")


class WeighResponse(Response):
    smiles: Smiles = Field(description="The molecule weighed.")
    weight: Quantity = Field(description="Share of nitrogen and oxygen among the letters.")
    is_light: bool = Field(description="Whether it has few letters.")


class Scales:
    """Counts letters."""

    name, kind, batch_size = "scales", "embedded", 4

    def missing(self) -> str | None:
        return None

    def digest(self) -> str:
        return "program:scales==1"

    def run(self, requests: Sequence[WeighRequest]) -> list[WeighResponse]:
        time.sleep(float(os.environ.get("WEIGH_SECONDS", "0")))
        count = os.environ.get("WEIGH_COUNT")
        if count:
            with Path(count).open("a") as file:
                file.writelines(f"{request.smiles}\n" for request in requests)
        return [_weigh(request) for request in requests]


def _weigh(request: WeighRequest) -> WeighResponse:
    letters = [letter for letter in request.smiles if letter.isalpha()]
    share = sum(letter in "NnOo" for letter in letters) / len(letters)
    return WeighResponse(
        smiles=request.smiles,
        weight=Quantity(value=share * request.scale, unit="1", std=0.01),
        is_light=len(letters) < 40,
    )


def check_domain(request: WeighRequest) -> None:
    if "S" in request.smiles:
        raise OutOfDomainError("smiles: got sulfur, which these scales do not know")


def check_result(request: WeighRequest, response: WeighResponse) -> None:
    if response.smiles != request.smiles:
        raise ServiceError("smiles: got another molecule back")


WEIGH = Tool(
    card=Card(
        name="test.weigh",
        version="1.0.0",
        summary="Counts the nitrogen and oxygen in a SMILES.",
        citations=("none",),
        licence_code="Apache-2.0",
        licence_weights="none used",
        training_data=(),
        domain="SMILES without sulfur",
        failures=("aromatic ring labels are letters too",),
        accuracy="exact",
        cost=Cost.FREE,
    ),
    example=WeighRequest(smiles=Smiles("CCO")),
    response=WeighResponse,
    backends=(Scales(),),
    check_domain=check_domain,
    check_result=check_result,
)
