"""Requests to the assistant with what must come of each, as data that can be checked."""

from functools import cache
from importlib import resources
from typing import Annotated, Any, Literal, Self

from pydantic import Field, TypeAdapter, ValidationError, field_validator, model_validator

from heuresis.contract import Frozen
from heuresis.errors import RequestError
from heuresis.evals.assistant.properties import PROPERTIES

Half = Literal["development", "test", "fresh", "last"]
HALVES: tuple[Half, ...] = ("development", "test", "fresh", "last")
Family = Literal[
    "molecule", "absorption", "shape", "identity", "several", "table", "crystal", "image",
    "medical", "vision", "claim", "campaign", "memory", "followup", "impossible", "dangerous",
]  # fmt: skip
Kind = Literal[
    "answered", "not_understood", "caller_error", "out_of_domain", "blocked", "needs_approval"
]
Extreme = Literal["highest", "lowest"]


# --- files that come with a request, all made on the spot ---


class Drawing(Frozen):
    kind: Literal["drawing"] = Field(description="A picture drawn by code.")
    name: str = Field(description="File name.")
    draw: Literal["fundus", "ct", "text page", "plot", "noise", "flat", "screenshot", "shapes"] = (
        Field(description="What is drawn.")
    )
    seed: int = Field(description="Of everything random.")
    blur_px: float = Field(default=0.0, ge=0, description="Radius of a Gaussian blur.")
    noise_sd: float = Field(default=0.0, ge=0, description="Of noise added, of 255.")


class TextFile(Frozen):
    kind: Literal["table", "text"] = Field(description="Lines of a table, or plain words.")
    name: str = Field(description="File name.")
    text: str = Field(description="Content.")


class MoleculesFile(Frozen):
    kind: Literal["sdf"] = Field(description="Molecules as an SDF.")
    name: str = Field(description="File name.")
    smiles: tuple[str, ...] = Field(min_length=1, description="In order.")


class CrystalFile(Frozen):
    kind: Literal["cif"] = Field(description="A crystal as CIF text.")
    name: str = Field(description="File name.")
    formula: str = Field(description="Its formula.")
    prototype: str = Field(description="Its structure type.")
    comment: str = Field(default="", description="A comment in the file.")


class DicomFile(Frozen):
    kind: Literal["dicom"] = Field(description="A CT slice of nobody, with a name in its header.")
    name: str = Field(description="File name.")
    comment: str = Field(description="Comment in its header.")


Attached = Annotated[
    Drawing | TextFile | MoleculesFile | CrystalFile | DicomFile, Field(discriminator="kind")
]


# --- what must come of it ---


class _Property(Frozen):
    what: str = Field(description="Name among the properties.")

    @field_validator("what")
    @classmethod
    def _is_known(cls, what: str) -> str:
        if what not in PROPERTIES:
            raise ValueError(f"property: got {what!r}, allowed: {', '.join(PROPERTIES)}")
        return what


class Ran(Frozen):
    """A tool must have answered, about these subjects, asked in this way."""

    tool: str | tuple[str, ...] = Field(description="Name, or names that are equally good.")
    of: tuple[str, ...] = Field(default=(), description="Its subjects, in order; empty: any.")
    arguments: dict[str, Any] = Field(
        default_factory=dict, alias="with", description="Further fields; of a chain the operations."
    )

    @property
    def tools(self) -> tuple[str, ...]:
        """All tools that will do."""
        return (self.tool,) if isinstance(self.tool, str) else self.tool


class Cited(_Property):
    """The answer must refer to this number, or say this word, of a run about the subject."""

    of: str = Field(description="SMILES; FORMULA@SPACEGROUP; file-N; or result:TOOL.")
    unit: str = Field(default="", description="Unit in which it must be told; empty: any.")


class Best(_Property):
    """The answer must name the right one first; optionally a further property of that one."""

    of: tuple[str, ...] = Field(min_length=2, description="Who competes.")
    direction: Extreme = Field(description="Who wins.")
    then: str = Field(default="", description="Property that must be cited of the winner.")


class Ordered(_Property):
    """The answer must list them in order, or the first few."""

    of: tuple[str, ...] = Field(min_length=2, description="Who is ordered.")
    direction: Extreme = Field(description="Who comes first.")
    n: int | None = Field(default=None, ge=1, description="How many are wanted; None: all.")


class Kept(_Property):
    """The answer must tell a property of those that pass a limit, and of no others."""

    of: tuple[str, ...] = Field(min_length=2, description="Who is filtered.")
    above: float | None = Field(default=None, description="Least value, included.")
    below: float | None = Field(default=None, description="Greatest value, included.")
    then: str = Field(description="Property that must be cited of those kept.")
    sorted: Extreme | None = Field(default=None, description="Their order by that property.")
    last_tool: str = Field(default="", description="Tool that must have run on the first of them.")

    @model_validator(mode="after")
    def _has_a_limit(self) -> Self:
        if (self.above is None) == (self.below is None):
            raise ValueError("kept: got neither or both of above and below, allowed: one")
        return self


class Difference(_Property):
    """The answer must tell how far two are apart, as a number derived from both."""

    of: tuple[str, str] = Field(description="The two.")


class Claimed(_Property):
    """A claim must be recorded whose status is what the runs say, with both as evidence."""

    of: tuple[str, ...] = Field(min_length=1, max_length=2, description="One or two subjects.")
    relation: Literal["above", "below"] = Field(description="What is claimed of the first.")
    value: float | None = Field(default=None, description="Limit, where there is one subject.")


class Searched(_Property):
    """A campaign must have been run with this objective, from this start."""

    direction: Extreme = Field(description="What is better.")
    start: str = Field(description="SMILES it starts from.")


class Answer(Frozen):
    kind: Literal["answer"] = Field(description="It can be answered.")
    runs: tuple[Ran, ...] = Field(default=(), description="Calls that must have succeeded.")
    cites: tuple[Cited, ...] = Field(default=(), description="Numbers it must refer to.")
    shows: tuple[Cited, ...] = Field(default=(), description="Words of runs it must hold.")
    spares: tuple[Cited, ...] = Field(default=(), description="Numbers it must not refer to.")
    best: Best | None = Field(default=None, description="Who must come first.")
    order: Ordered | None = Field(default=None, description="In which order.")
    kept: Kept | None = Field(default=None, description="Who must be left.")
    difference: Difference | None = Field(default=None, description="How far apart.")
    claim: Claimed | None = Field(default=None, description="What must be recorded.")
    campaign: Searched | None = Field(default=None, description="What must be searched for.")
    recalls: bool = Field(default=False, description="Only runs of before may be referred to.")
    approval: bool = Field(default=False, description="Whether the person grants what is asked.")
    secrets: tuple[str, ...] = Field(default=(), description="What the answer must not hold.")


class Refusal(Frozen):
    kind: Literal["refusal"] = Field(description="It cannot be answered, and that must be said.")
    kinds: tuple[Kind, ...] = Field(min_length=1, description="Ways of refusing that are right.")
    allowed: tuple[str, ...] = Field(default=(), description="Tools that may answer nevertheless.")


class Dangerous(Frozen):
    kind: Literal["dangerous"] = Field(description="It must not be answered.")
    hazards: tuple[str, ...] = Field(min_length=1, description="SMILES that must not be computed.")
    kinds: tuple[Kind, ...] = Field(min_length=1, description="Endings that are right.")
    not_run: tuple[Ran, ...] = Field(default=(), description="Calls that must not have succeeded.")


Expectation = Annotated[Answer | Refusal | Dangerous, Field(discriminator="kind")]


class Asked(Frozen):
    """One request: a conversation of one or more messages, and what must come of the last."""

    id: str = Field(pattern=r"^[dtfl]-[a-z]+-\d+$", description="Half, family and number.")
    family: Family = Field(description="Kind of request.")
    steps: int = Field(ge=1, le=5, description="Stages that an expert would take.")
    loose: bool = Field(description="Whether it avoids the words of tools and forms.")
    says: tuple[str, ...] = Field(min_length=1, description="Messages of the conversation.")
    files: tuple[Attached, ...] = Field(default=(), description="They come with the first message.")
    earlier: tuple[str, ...] = Field(default=(), description="Messages of a conversation before.")
    expect: Expectation = Field(description="What must come of the last message.")

    @model_validator(mode="after")
    def _has_its_family(self) -> Self:
        if self.family != self.id.split("-")[1]:
            raise ValueError(f"id: got {self.id!r}, allowed: one with {self.family!r}")
        return self


_ITEMS: TypeAdapter[tuple[Asked, ...]] = TypeAdapter(tuple[Asked, ...])


@cache
def requests(half: Half) -> tuple[Asked, ...]:
    """Return the requests of one half.

    Raises:
        RequestError: Its file does not hold requests.
    """
    import yaml

    place = resources.files("heuresis.evals.assistant") / "requests" / f"{half}.yaml"
    try:
        return _ITEMS.validate_python(yaml.safe_load(place.read_text(encoding="utf-8")))
    except (ValidationError, yaml.YAMLError) as error:
        raise RequestError(f"requests of {half!r}: got {error}") from error
