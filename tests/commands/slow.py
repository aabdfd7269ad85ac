"""A tool that takes its time over each molecule, and notes every execution in a file."""

import os
import time
from collections.abc import Sequence
from pathlib import Path

from pydantic import Field

from heuresis.contract import Card, Cost, Quantity, Request, Response, Smiles, Tool


class SlowRequest(Request):
    smiles: Smiles = Field(description="Any molecule.")


class SlowResponse(Response):
    length: Quantity = Field(description="Letters of the SMILES.")


class SlowBackend:
    name, kind, batch_size = "slow", "embedded", 1

    def missing(self) -> str | None:
        return None

    def digest(self) -> str:
        return "program:slow==1"

    def run(self, requests: Sequence[SlowRequest]) -> list[SlowResponse]:
        time.sleep(float(os.environ.get("SLOW_S", "0")))
        with Path(os.environ["SLOW_COUNT"]).open("a") as file:
            file.writelines(f"{request.smiles}\n" for request in requests)
        return [SlowResponse(length=Quantity.exact(len(r.smiles), "1")) for r in requests]


def check_result(request: SlowRequest, response: SlowResponse) -> None:
    pass


SLOW = Tool(
    card=Card(
        name="test.slow",
        version="1.0.0",
        summary="Counts letters, slowly.",
        citations=("none",),
        licence_code="Apache-2.0",
        licence_weights="none used",
        training_data=(),
        domain="molecules",
        failures=("none known",),
        accuracy="exact",
        cost=Cost.CHEAP,
    ),
    example=SlowRequest(smiles=Smiles("CCO")),
    response=SlowResponse,
    backends=(SlowBackend(),),
    check_result=check_result,
)
