"""A tool that looks at a picture here or at a server elsewhere, for tests of what may leave."""

from collections.abc import Sequence
from typing import Literal

from noop import ECHO
from pydantic import Field

from heuresis.contract import ImageRef, OriginalRef, Quantity, Request, Response, Tool

SENT: list[str] = []  # digests that the server was given
ADDRESS = "https://models.example.org/v1"


class LookRequest(Request):
    image: ImageRef | None = Field(default=None, description="A picture.")
    others: tuple[ImageRef, ...] = Field(default=(), description="More of them.")
    original: OriginalRef | None = Field(default=None, description="A file as it came.")
    question: str = Field(default="how many bytes?", description="What to ask.")


class LookResponse(Response):
    n_bytes: Quantity = Field(description="Length of the file.")


class Here:
    """Looks without leaving."""

    name = "here"
    kind: Literal["embedded", "weights", "endpoint"] = "embedded"
    batch_size = 4

    def missing(self) -> str | None:
        return None

    def digest(self) -> str:
        return f"program:{self.name}==1"

    def run(self, requests: Sequence[LookRequest]) -> list[LookResponse]:
        return [self._look(request) for request in requests]

    def _look(self, request: LookRequest) -> LookResponse:
        files = [one for one in (request.image, request.original, *request.others) if one]
        if self.kind == "endpoint":
            SENT.extend(files)
        return LookResponse(n_bytes=Quantity.exact(sum(len(one.read()) for one in files), "1"))


class There(Here):
    """Asks a server."""

    name, kind, endpoint = "there", "endpoint", ADDRESS


class Nowhere(There):
    """Asks a server that it does not name."""

    name, endpoint = "nowhere", ""


LOOK = Tool(
    card=ECHO.card.model_copy(update={"name": "test.look"}),
    example=LookRequest(),
    response=LookResponse,
    backends=(Here(), There(), Nowhere()),
    check_result=lambda _, __: None,
)
