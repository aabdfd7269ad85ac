"""Two tools that do next to nothing, so that what is measured is everything around a tool.

They are in no list: `workplace.bench_tools` registers them while a bench runs.
"""

from collections.abc import Sequence
from typing import Literal

from pydantic import Field

from heuresis.contract import Card, Cost, Quantity, Request, Response, Smiles, Tool

NOTHING = "nothing is computed"


class NoopRequest(Request):
    number: int = Field(description="Told back.")


class NoopResponse(Response):
    number: Quantity = Field(description="The number told.")


class Noop:
    """Tells back."""

    name = "noop"
    kind: Literal["embedded", "weights", "endpoint"] = "embedded"
    batch_size = 100

    def missing(self) -> str | None:
        """Nothing stops it."""
        return None

    def digest(self) -> str:
        """Identify the program."""
        return "program:noop==1"

    def run(self, requests: Sequence[NoopRequest]) -> list[NoopResponse]:
        """Return one response per request, in order."""
        return [
            NoopResponse(number=Quantity.exact(request.number, "1", NOTHING))
            for request in requests
        ]


class LengthRequest(Request):
    smiles: Smiles = Field(description="One molecule.")


class LengthResponse(Response):
    length: Quantity = Field(description="Letters in the SMILES.")
    is_text: bool = Field(description="Always true.")


class Length:
    """Counts letters."""

    name = "length"
    kind: Literal["embedded", "weights", "endpoint"] = "embedded"
    batch_size = 100

    def missing(self) -> str | None:
        """Nothing stops it."""
        return None

    def digest(self) -> str:
        """Identify the program."""
        return "program:length==1"

    def run(self, requests: Sequence[LengthRequest]) -> list[LengthResponse]:
        """Return one response per request, in order."""
        return [
            LengthResponse(length=Quantity.exact(len(request.smiles), "1", NOTHING), is_text=True)
            for request in requests
        ]


def _pass(_: Request, __: Response) -> None:
    """Accept every answer."""


def card(name: str, summary: str, timeout_s: float = 60.0) -> Card:
    """Return the card of a tool of the bench."""
    return Card(
        name=name,
        version="1.0.0",
        summary=summary,
        citations=("none",),
        licence_code="Apache-2.0",
        licence_weights="none used",
        training_data=(),
        domain="any",
        failures=("none known",),
        accuracy="exact",
        cost=Cost.FREE,
        timeout_s=timeout_s,
    )


NOOP = Tool(
    card=card("bench.noop", "Tells a number back."),
    example=NoopRequest(number=1),
    response=NoopResponse,
    backends=(Noop(),),
    check_result=_pass,
)

LENGTH = Tool(
    card=card("bench.length", "Counts the letters of a SMILES."),
    example=LengthRequest(smiles=Smiles("CCO")),
    response=LengthResponse,
    backends=(Length(),),
    check_result=_pass,
)
