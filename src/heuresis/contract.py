"""The vocabulary every room shares: requests, responses, quantities, cards, tools, outcomes.

Importing this file loads pydantic and nothing heavier. Science lives in `heuresis.tools`.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any, Generic, Literal, Protocol, Self, TypeVar, runtime_checkable

from pydantic import BaseModel, Field, SerializeAsAny, model_validator

from heuresis.artifact import Artifact, ImageFile, MaskFile, VideoFile, digest_of
from heuresis.semantic import (
    DIGEST_PATTERN,
    Box,
    Crystal,
    FileRef,
    Formula,
    Frozen,
    ImageRef,
    InChI,
    IupacName,
    MaskRef,
    OriginalRef,
    Restoration,
    Selfies,
    SemanticText,
    Smiles,
    VideoRef,
)

__all__ = [
    "DIGEST_PATTERN",
    "Artifact",
    "Backend",
    "Box",
    "Card",
    "Cost",
    "Crystal",
    "FileRef",
    "Formula",
    "Frozen",
    "Grade",
    "ImageFile",
    "ImageRef",
    "InChI",
    "Interval",
    "IupacName",
    "MaskFile",
    "MaskRef",
    "Need",
    "OriginalRef",
    "Outcome",
    "Quantity",
    "Request",
    "Response",
    "Restoration",
    "Selfies",
    "SemanticText",
    "Smiles",
    "Status",
    "Tool",
    "TrainingData",
    "VideoFile",
    "VideoRef",
    "artifacts_in",
    "digest_of",
    "is_finite",
    "quantities_in",
    "texts_in",
]


class Request(Frozen):
    """What a tool is asked; one scientific question."""


class Response(Frozen):
    """What a tool answers; never holds an error."""


# --- numbers ---


class Interval(Frozen):
    """A range that holds the value with a stated probability."""

    low: float = Field(description="Lower end, in the quantity's unit.")
    high: float = Field(description="Upper end, in the quantity's unit.")
    level: float = Field(gt=0, lt=1, description="Probability that the value lies inside.")

    @model_validator(mode="after")
    def _is_ordered(self) -> Self:
        if self.low > self.high:
            raise ValueError(f"interval: got low {self.low} above high {self.high}")
        return self


class Quantity(Frozen):
    """A number with its unit and how sure it is: std, interval, or a reason why neither."""

    value: float = Field(description="The number, in `unit`.")
    unit: str = Field(min_length=1, max_length=60, description="Unit; '1' when dimensionless.")
    std: float | None = Field(default=None, ge=0, description="Standard deviation, in `unit`.")
    interval: Interval | None = Field(default=None, description="Range with its level.")
    no_uncertainty: str | None = Field(
        default=None, max_length=300, description="Why no uncertainty is stated."
    )

    @model_validator(mode="after")
    def _states_its_uncertainty(self) -> Self:
        if self.std is None and self.interval is None and not self.no_uncertainty:
            raise ValueError(
                "quantity: got no uncertainty, allowed a std, an interval, or the reason why none"
            )
        return self

    @classmethod
    def exact(cls, value: float, unit: str, why: str = "computed exactly by definition") -> Self:
        """Build a number that carries no uncertainty, with the reason."""
        return cls(value=value, unit=unit, no_uncertainty=why)


# --- cards ---


class Cost(StrEnum):
    """Order of magnitude of one request on one core; rules of approval refer to it."""

    FREE = "free"  # below 10 ms
    CHEAP = "cheap"  # below 1 s
    MODERATE = "moderate"  # below 1 min
    DEAR = "dear"  # minutes and more, or money


class TrainingData(Frozen):
    """What a model learned from."""

    name: str = Field(description="Name of the set, with version where there is one.")
    licence: str = Field(description="Licence of the set, 'unknown' where none was found.")
    split: str = Field(description="How it was split, or 'none stated'.")


class Card(Frozen):
    """What a person must know before believing a tool."""

    name: str = Field(pattern=r"^[a-z_]+\.[a-z_]+$", description="Domain and verb or noun.")
    version: str = Field(pattern=r"^\d+\.\d+\.\d+$", description="Raised when answers change.")
    summary: str = Field(max_length=160, description="What it does, in one line.")
    citations: tuple[str, ...] = Field(min_length=1, description="DOI, arXiv id or reference.")
    licence_code: str = Field(description="Licence of the code that computes.")
    licence_weights: str = Field(description="Licence of the weights; 'none used' for programs.")
    training_data: tuple[TrainingData, ...] = Field(description="Empty for programs.")
    domain: str = Field(description="Inputs for which answers are meant.")
    failures: tuple[str, ...] = Field(description="Known ways to be wrong.")
    accuracy: str = Field(description="Measured or published error, with its source.")
    cost: Cost = Field(description="Cost class of one request.")
    timeout_s: float = Field(default=60.0, gt=0, description="Longest time for one request.")
    keywords: tuple[str, ...] = Field(default=(), description="Words people use for it.")
    notice: str | None = Field(default=None, description="Shown with every outcome, if set.")


# --- tools and backends ---


Q = TypeVar("Q", bound=Request)
R = TypeVar("R", bound=Response)
Q_contra = TypeVar("Q_contra", bound=Request, contravariant=True)
R_co = TypeVar("R_co", bound=Response, covariant=True)


@runtime_checkable
class Backend(Protocol[Q_contra, R_co]):
    """One way to answer a tool's requests. Loads nothing before its first `run`."""

    @property
    def name(self) -> str:
        """How settings and outcomes call it."""
        ...

    @property
    def kind(self) -> Literal["embedded", "weights", "endpoint"]:
        """Shipped with a package, loaded from a folder of the user's, or reached over a network."""
        ...

    @property
    def batch_size(self) -> int:
        """How many requests are answered best together; the lab splits longer batches."""
        ...

    def missing(self) -> str | None:
        """Say what stops it and what would make it run, or None."""
        ...

    def digest(self) -> str:
        """Identify weights ('sha256:…') or program ('program:name==version'), without loading."""
        ...

    def run(self, requests: Sequence[Q_contra]) -> Sequence[R_co]:
        """Return one response per request, in order, or raise."""
        ...


class Status(StrEnum):
    """How a run ended. `ok` means checked, not merely returned."""

    OK = "ok"
    PARTIAL = "partial"
    EMPTY = "empty"
    OUT_OF_DOMAIN = "out_of_domain"
    BLOCKED = "blocked"
    FAILED = "failed"


class Grade(Frozen):
    """How full a valid response is, with the reason when it is not."""

    status: Literal[Status.OK, Status.PARTIAL, Status.EMPTY] = Status.OK
    reason: str = ""


@dataclass(frozen=True)
class Need:
    """Another tool's answer that a request leans on; the lab runs it first, as a run of its own.

    Attributes:
        tool: Name of the other tool.
        request: What to ask it.
        backend: Which of its backends; None for its default.
    """

    tool: str
    request: Request
    backend: str | None = None


def _same(request: Q) -> Q:
    return request


def _no_check(_: Any) -> None:
    return None


def _full(_: Any, __: Any) -> Grade:
    return Grade()


@dataclass(frozen=True, kw_only=True)
class Tool(Generic[Q, R]):
    """One capability. Schema, route, form and docs are derived from this object.

    Attributes:
        card: What it is.
        example: A request that works, in its domain.
        response: Type of the answer.
        backends: Ways to answer; the first is the default.
        canonical: Rewrite a request so that equal questions are equal; raises RequestError.
        check_domain: Raise OutOfDomainError where the model may not answer.
        check_result: Raise ServiceError where the answer breaks a postcondition.
        grade: Tell a full answer from a partial or an empty one.
        needs: List the other tools' answers a request leans on, given the backend's name.
        example_files: Files that the example names by digest.
        later: Needs that depend on the answers so far, given them in order; asked again until it
            names no more.
        assemble: Join a request and the outcomes of its needs, in order, into the request the
            backends get; raises ServiceError where a needed answer is missing.
        narrow: Return the same tool that answers some fields only, at less cost, under the same
            name, version and digests; None where all are computed at once.
    """

    card: Card
    example: Q
    response: type[R]
    backends: tuple[Backend[Any, R], ...]
    check_result: Callable[[Q, R], None]
    check_domain: Callable[[Q], None] = field(default=_no_check)
    canonical: Callable[[Q], Q] = field(default=_same)
    grade: Callable[[Q, R], Grade] = field(default=_full)
    example_files: tuple[Path, ...] = ()
    needs: Callable[[Q, str], Sequence[Need]] | None = None
    later: Callable[[Q, Sequence["Outcome"]], Sequence[Need]] | None = None
    assemble: Callable[[Q, Sequence["Outcome"]], Request] | None = None
    narrow: Callable[[frozenset[str]], "Tool[Any, Any]"] | None = None

    @property
    def name(self) -> str:
        """The card's name: how everything refers to the tool."""
        return self.card.name

    @property
    def request(self) -> type[Q]:
        """Type of the request."""
        return type(self.example)


class Outcome(Frozen):
    """What the lab says about one request: status first, then the answer and where it came from."""

    run_id: str = Field(description="ULID of the run in the ledger.")
    tool: str = Field(description="Name of the tool.")
    status: Status = Field(description="How it ended.")
    reason: str = Field(default="", description="Why it is not `ok`.")
    error_kind: Literal["", "request", "domain", "service"] = Field(
        default="", description="Whose move is next: the caller's, nobody's, the operator's."
    )
    response: SerializeAsAny[Response] | None = Field(default=None, description="The answer.")
    backend: str = Field(description="Which way it was answered.")
    seconds: float = Field(ge=0, description="Time of the backend; of the first run when cached.")
    cached: bool = Field(default=False, description="True where an earlier run was returned.")
    notice: str | None = Field(default=None, description="A sentence that must travel with it.")

    @property
    def is_usable(self) -> bool:
        """Whether there is an answer to read."""
        return self.status in (Status.OK, Status.PARTIAL)

    @property
    def quantities(self) -> dict[str, Quantity]:
        """Every number of the answer by its path; empty without an answer."""
        return quantities_in(self.response)


def quantities_in(value: Any, path: str = "") -> dict[str, Quantity]:
    """Collect every quantity in a response by its path, such as 'end_points.logp' or 'modes[2].e'.

    Args:
        value: A response, or any part of one.
        path: Where the part sits; empty at the top.
    """
    if isinstance(value, Quantity):
        return {path: value}
    found: dict[str, Quantity] = {}
    for step, part in _parts(value, path):
        found.update(quantities_in(part, step))
    return found


def artifacts_in(value: Any, path: str = "") -> dict[str, Artifact]:
    """Collect every artifact in a response by its path."""
    if isinstance(value, Artifact):
        return {path: value}
    found: dict[str, Artifact] = {}
    for step, part in _parts(value, path):
        found.update(artifacts_in(part, step))
    return found


def texts_in(value: Any, *kinds: type[SemanticText]) -> list[str]:
    """Collect every text of some semantic types in a request or a response, in order."""
    if isinstance(value, kinds):
        return [str(value)]
    return [text for _, part in _parts(value, "") for text in texts_in(part, *kinds)]


def _parts(value: Any, path: str) -> list[tuple[str, Any]]:
    if value is None or isinstance(value, str | int | float | Quantity | Artifact):
        return []  # most of what a response holds, and nothing is inside
    dot = f"{path}." if path else ""
    if isinstance(value, BaseModel):
        return [(f"{dot}{name}", getattr(value, name)) for name in type(value).model_fields]
    if isinstance(value, dict):
        return [(f"{dot}{name}", part) for name, part in value.items()]
    if isinstance(value, list | tuple):
        return [(f"{path}[{i}]", part) for i, part in enumerate(value)]
    return []


def is_finite(*values: float) -> bool:
    """Whether all numbers are finite."""
    return all(math.isfinite(v) for v in values)
