"""The campaign file: a goal, what counts as good, how to search, how far to go."""

import hashlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any, Literal, Self

import yaml
from pydantic import Field, StringConstraints, ValidationError, model_validator

from heuresis.agent.documents import starts
from heuresis.contract import Frozen, digest_of
from heuresis.errors import RequestError
from heuresis.explain import wrong_fields

MAX_FILE_BYTES = 1_000_000
MAX_IMAGE_BYTES = 200_000_000
Name = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,39}$")]
ToolName = Annotated[str, StringConstraints(pattern=r"^[a-z_]+\.[a-z_]+$")]
Element = Annotated[str, StringConstraints(pattern=r"^[A-Z][a-z]?$")]


class _Reading(Frozen):
    """Where a number is read: one quantity of one tool's answer."""

    tool: ToolName = Field(description="Tool that is asked about each candidate.")
    path: str = Field(min_length=1, description="Place of the quantity in its response.")
    unit: str = Field(min_length=1, description="Unit the numbers here are in; must be the tool's.")
    arguments: dict[str, Any] = Field(default={}, description="Other fields of the request.")


class _Objective(_Reading):
    name: Name = Field(description="Column in tables and reports.")
    weight: float = Field(default=1.0, gt=0, le=100, description="Exponent in the utility.")
    caution: float = Field(
        default=0.0, ge=0, le=5, description="Standard deviations taken off before judging."
    )


class Maximise(_Objective):
    """More is better: utility 0 at `worst`, 1 at `best`."""

    direction: Literal["maximise"]
    worst: float = Field(description="Useless at or below this value.")
    best: float = Field(description="No gain above this value.")

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if not self.worst < self.best:
            raise ValueError(f"{self.name}: got worst {self.worst} and best {self.best} "
                             f"{self.unit}, allowed: worst below best")  # fmt: skip
        return self


class Minimise(_Objective):
    """Less is better: utility 0 at `worst`, 1 at `best`."""

    direction: Literal["minimise"]
    worst: float = Field(description="Useless at or above this value.")
    best: float = Field(description="No gain below this value.")

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if not self.best < self.worst:
            raise ValueError(f"{self.name}: got worst {self.worst} and best {self.best} "
                             f"{self.unit}, allowed: best below worst")  # fmt: skip
        return self


class Window(_Objective):
    """Inside is good: utility 1 from `low` to `high`, falling to 0 over `margin` outside."""

    direction: Literal["window"]
    low: float = Field(description="Lower end of the window.")
    high: float = Field(description="Upper end of the window.")
    margin: float = Field(gt=0, description="Distance over which utility falls to 0.")

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if self.low > self.high:
            raise ValueError(f"{self.name}: got low {self.low} above high {self.high} {self.unit}")
        return self


Objective = Annotated[Maximise | Minimise | Window, Field(discriminator="direction")]


class Range(_Reading):
    """Passes a candidate whose number lies inside the range."""

    kind: Literal["range"]
    name: Name = Field(description="Name of the gate.")
    low: float | None = Field(default=None, description="Smallest value that passes.")
    high: float | None = Field(default=None, description="Largest value that passes.")

    @model_validator(mode="after")
    def _bounded(self) -> Self:
        if self.low is None and self.high is None:
            raise ValueError(f"{self.name}: got neither low nor high, allowed: one or both")
        if self.low is not None and self.high is not None and self.low > self.high:
            raise ValueError(f"{self.name}: got low {self.low} above high {self.high} {self.unit}")
        return self


class Expect(Frozen):
    """Passes a candidate whose answer holds an expected word or truth value."""

    kind: Literal["expect"]
    name: Name = Field(description="Name of the gate.")
    tool: ToolName = Field(description="Tool that is asked.")
    path: str = Field(min_length=1, description="Field of its response.")
    one_of: tuple[str | bool | int, ...] = Field(min_length=1, description="Values that pass.")
    arguments: dict[str, Any] = Field(default={}, description="Other fields of the request.")


class Prepare(Frozen):
    """Replaces the form by what a tool makes of it, such as a relaxed crystal, for later gates."""

    kind: Literal["prepare"]
    name: Name = Field(description="Name of the gate.")
    tool: ToolName = Field(description="Tool that is asked.")
    path: str = Field(min_length=1, description="Field of its response that holds the new form.")
    arguments: dict[str, Any] = Field(default={}, description="Other fields of the request.")


class Distinct(Frozen):
    """Refuses what equals an earlier candidate of the campaign or a start in another spelling."""

    kind: Literal["distinct"]
    name: Name = Field(default="distinct", description="Name of the gate.")


Gate = Annotated[Range | Expect | Prepare | Distinct, Field(discriminator="kind")]


class MoleculeSpace(Frozen):
    """Molecules around given ones."""

    kind: Literal["molecule"]
    start: tuple[str, ...] = Field(min_length=1, max_length=1000, description="SMILES.")
    max_heavy_atoms: int = Field(default=40, ge=2, le=100, description="Largest candidate.")
    elements: tuple[Element, ...] = Field(
        default=("C", "N", "O", "F", "S", "Cl", "Br"), description="Elements besides hydrogen."
    )
    keep_core: str | None = Field(default=None, description="SMARTS that must stay.")
    min_similarity: float = Field(
        default=0.0, ge=0, le=1, description="Tanimoto (Morgan 2) to the nearest start molecule."
    )


class CrystalSpace(Frozen):
    """Crystals of given elements in known structure types."""

    kind: Literal["crystal"]
    elements: tuple[Element, ...] = Field(min_length=1, max_length=6, description="The system.")
    n_elements: tuple[int, ...] = Field(
        default=(2, 3), min_length=1, description="How many of them a candidate may hold."
    )
    max_atoms: int = Field(default=20, ge=1, le=200, description="Largest cell.")
    charges: Literal["balanced", "any"] = Field(
        default="balanced", description="balanced: only what smact balances; any: alloys too."
    )


class RestorationSpace(Frozen):
    """Chains of image operations, each with one of a few strengths."""

    kind: Literal["restoration"]
    operations: dict[str, tuple[float, ...]] = Field(
        min_length=1, max_length=12, description="Strengths to try, by operation of image.restore."
    )
    max_steps: int = Field(default=3, ge=1, le=6, description="Longest chain.")


Space = Annotated[MoleculeSpace | CrystalSpace | RestorationSpace, Field(discriminator="kind")]


class RandomProposer(Frozen):
    """Draws from the space without looking at results: the control."""

    kind: Literal["random"]


class EvolutionProposer(Frozen):
    """Mutates and crosses molecular graphs or chains; a surrogate picks among the offspring."""

    kind: Literal["evolution"]


class SubstitutionProposer(Frozen):
    """Puts elements into known structure types; learns which types and swaps pay."""

    kind: Literal["substitution"]


ProposerSpec = Annotated[
    RandomProposer | EvolutionProposer | SubstitutionProposer, Field(discriminator="kind")
]


class Budget(Frozen):
    """Where the campaign ends at the latest; it ends in a report all the same."""

    rounds: int = Field(ge=1, le=10_000, description="Turns of the loop.")
    per_round: int = Field(ge=1, le=1_000, description="Candidates asked for in each.")
    calls: dict[ToolName, Annotated[int, Field(ge=0)]] = Field(
        default={}, description="Fresh runs of a tool; cached ones are free."
    )
    seconds: float | None = Field(default=None, gt=0, description="Time spent in rounds.")


class Stop(Frozen):
    """When to end before the budget does."""

    patience: int | None = Field(default=None, ge=1, description="Rounds without a better one.")
    utility: float | None = Field(default=None, gt=0, le=1, description="Good enough: goal met.")


class CampaignSpec(Frozen):
    """A campaign, resolved and ready."""

    name: Name = Field(description="Short name.")
    goal: str = Field(min_length=3, max_length=500, description="What is sought, in words.")
    seed: int = Field(default=0, ge=0, lt=2**31, description="All chance comes from it.")
    space: Space = Field(description="Where to look.")
    objectives: tuple[Objective, ...] = Field(min_length=1, max_length=8, description="What for.")
    validators: tuple[Gate, ...] = Field(default=(), description="Ladder of gates, cheap to dear.")
    proposer: ProposerSpec = Field(description="Who makes candidates.")
    memory: Literal["evolving", "frozen", "shuffled"] = Field(
        default="evolving", description="frozen, shuffled: controls, in which results do not teach."
    )
    warm_start: bool = Field(default=True, description="Use what earlier campaigns measured.")
    budget: Budget = Field(description="Limits.")
    stop: Stop = Field(default=Stop(), description="Early ends.")

    @model_validator(mode="after")
    def _fits_together(self) -> Self:
        names = [item.name for item in (*self.objectives, *self.validators)]
        twice = sorted({name for name in names if names.count(name) > 1})
        if twice:
            raise ValueError(f"names: got {', '.join(twice)} twice, allowed: each once")
        allowed = PROPOSERS[self.space.kind]
        if self.proposer.kind not in allowed:
            raise ValueError(
                f"proposer: got {self.proposer.kind!r} for a {self.space.kind} space, "
                f"allowed: {', '.join(allowed)}"
            )
        return self

    @property
    def kind(self) -> Literal["molecule", "crystal", "restoration"]:
        """Kind of candidate."""
        return self.space.kind

    def digest(self) -> str:
        """Identify the resolved file."""
        return hashlib.sha256(self.model_dump_json().encode()).hexdigest()


PROPOSERS = {
    "molecule": ("evolution", "random"),
    "crystal": ("substitution", "random"),
    "restoration": ("evolution", "random"),
}
IMAGES = frozenset({".png", ".jpg", ".jpeg", ".tif", ".tiff", ".dcm"})
Take = Callable[[Path], str]


def digest_only(path: Path) -> str:
    """Name an image by its bytes, without taking it in: enough to check a file."""
    return digest_of(_bytes(path))


def load_spec(path: Path, take: Take = digest_only) -> CampaignSpec:
    """Read a campaign file.

    An argument written '@name.json' is replaced by that file's content, one written '@name.png'
    (or another image) by the digest that `take` gives it, and one written '@name.csv' (or .tsv,
    .smi, .sdf) by the list of its molecules; all are looked up beside the file.

    Raises:
        RequestError: It cannot be read; the message names field, value and what is allowed.
    """
    return parse_spec(_text(path), str(path), path.parent, take)


def parse_spec(text: str, name: str, folder: Path, take: Take = digest_only) -> CampaignSpec:
    """Read a campaign from YAML text; see `load_spec`."""
    try:
        content = yaml.safe_load(text)
    except yaml.YAMLError as error:
        raise RequestError(f"{name}: got no valid YAML: {error}") from error
    except RecursionError as error:
        raise RequestError(f"{name}: got YAML nested too deeply") from error
    if not isinstance(content, dict):
        got = type(content).__name__
        raise RequestError(f"{name}: got a {got}, allowed: a mapping with goal, space, …")
    try:
        return CampaignSpec.model_validate(_with_files(content, folder, take))
    except ValidationError as error:
        raise RequestError(f"{name}: {explain_fields(error)}") from error


def explain_fields(error: ValidationError) -> str:
    """Name every wrong field, what was got and what is allowed, one line each."""
    lines = wrong_fields(error, "file")
    return f"{len(lines)} field(s) are wrong:" + "".join(f"\n  {line}" for line in lines)


def _text(path: Path) -> str:
    try:
        return _bytes(path).decode("utf-8")
    except UnicodeDecodeError as error:
        raise RequestError(f"{path}: got bytes that are no UTF-8 text") from error


def _bytes(path: Path) -> bytes:
    limit = MAX_IMAGE_BYTES if path.suffix.lower() in IMAGES else MAX_FILE_BYTES
    try:
        size = path.stat().st_size
        if size > limit:
            raise RequestError(f"{path}: got {size} bytes, allowed: up to {limit}")
        return path.read_bytes()
    except OSError as error:
        raise RequestError(f"{path}: cannot be read: {error.strerror}") from error


def _with_files(value: Any, folder: Path, take: Take) -> Any:
    if isinstance(value, dict):
        return {key: _with_files(part, folder, take) for key, part in value.items()}
    if isinstance(value, list):
        return [_with_files(part, folder, take) for part in value]
    if isinstance(value, str) and value.startswith("@"):
        suffix = Path(value).suffix.lower()
        if suffix == ".json":
            return _json_file(value, folder)
        if suffix in IMAGES:
            return take(_inside(value, folder))
        if suffix in starts.SUFFIXES:
            path = _inside(value, folder)
            return starts.smiles_of(path, _bytes(path))
    return value


def _inside(value: str, folder: Path) -> Path:
    path = (folder / value[1:]).resolve()
    if not path.is_relative_to(folder.resolve()):
        raise RequestError(f"{value!r}: got a file outside the campaign's folder")
    return path


def _json_file(value: str, folder: Path) -> Any:
    try:
        return json.loads(_text(_inside(value, folder)))
    except json.JSONDecodeError as error:
        raise RequestError(f"{value!r}: got no valid JSON: {error}") from error
