"""A plan: subjects in the order given, then steps over all of them; the same for every planner."""

from typing import Annotated, Any, Literal, Self

from pydantic import Field, StringConstraints, model_validator

from heuresis.contract import Frozen

ToolName = Annotated[str, StringConstraints(pattern=r"^[a-z_]+\.[a-z_]+$")]
StepId = Annotated[str, StringConstraints(pattern=r"^s[0-9]{1,3}$")]
Carrier = Literal["text", "smiles", "formula", "crystal", "image", "original", "chain", "none"]
MAX_STEPS = 40
MAX_SUBJECTS = 10_000


class Subject(Frozen):
    """A thing the plan is about."""

    label: str = Field(min_length=1, max_length=300, description="How the person named it.")
    carrier: Carrier = Field(description="What `value` is.")
    value: str = Field(max_length=2_000_000, description="Name, SMILES, CIF text, digest.")


class Constant(Frozen):
    """A value written in the plan."""

    kind: Literal["constant"] = "constant"
    value: Any = Field(description="As the tool's request takes it.")


class Itself(Frozen):
    """The subject's own value."""

    kind: Literal["itself"] = "itself"


class Answered(Frozen):
    """A field of what an earlier step answered about the same subject."""

    kind: Literal["answered"] = "answered"
    step: StepId = Field(description="The earlier step.")
    path: str = Field(min_length=1, description="Field of its response.")


Source = Annotated[Constant | Itself | Answered, Field(discriminator="kind")]


class Call(Frozen):
    """Ask one tool about every subject that still stands."""

    kind: Literal["call"] = "call"
    id: StepId = Field(description="Name within the plan.")
    tool: ToolName = Field(description="Tool that is asked.")
    fields: dict[str, Source] = Field(description="Where each field of the request comes from.")
    over: Carrier | None = Field(
        default=None, description="Only subjects of this carrier; None: all that still stand."
    )
    why: str = Field(default="", max_length=300, description="What it is for, in words.")


class Keep(Frozen):
    """Keep the subjects whose number, or yes-or-no answer, fits."""

    kind: Literal["keep"] = "keep"
    id: StepId = Field(description="Name within the plan.")
    step: StepId = Field(description="The call that answered.")
    path: str = Field(min_length=1, description="Quantity or truth value in its response.")
    low: float | None = Field(default=None, description="Lower limit, in the answer's unit.")
    high: float | None = Field(default=None, description="Upper limit, in the answer's unit.")
    has_low: bool = Field(default=True, description="Whether the lower limit itself passes.")
    has_high: bool = Field(default=True, description="Whether the upper limit itself passes.")
    is_negated: bool = Field(default=False, description="True to keep the others.")

    @model_validator(mode="after")
    def _bounded(self) -> Self:
        if self.low is None and self.high is None:
            raise ValueError(f"keep {self.path}: got neither low nor high, allowed: one or both")
        return self

    def fits(self, value: float) -> bool:
        """Whether a value passes."""
        above = self.low is None or (value >= self.low if self.has_low else value > self.low)
        below = self.high is None or (value <= self.high if self.has_high else value < self.high)
        return (above and below) != self.is_negated


class Sort(Frozen):
    """Order the subjects by a number, and keep the first few where asked."""

    kind: Literal["sort"] = "sort"
    id: StepId = Field(description="Name within the plan.")
    step: StepId = Field(description="The call that answered.")
    path: str = Field(min_length=1, description="Quantity in its response.")
    direction: Literal["ascending", "descending"] = Field(description="descending: high first.")
    limit: int | None = Field(default=None, ge=1, description="How many to keep.")


class Campaign(Frozen):
    """Search for better subjects in a loop; the numbers come from its measurements."""

    kind: Literal["campaign"] = "campaign"
    id: StepId = Field(description="Name within the plan.")
    spec: dict[str, Any] = Field(description="Content of the campaign file, without its starts.")
    starts: StepId | None = Field(
        default=None, description="Call whose canonical forms are the starts."
    )


Step = Annotated[Call | Keep | Sort | Campaign, Field(discriminator="kind")]


class Shown(Frozen):
    """A part of the answers that the person asked to see."""

    step: StepId = Field(description="The call that answers it.")
    path: str = Field(min_length=1, description="Field of its response.")
    words: str = Field(max_length=200, description="What it is called.")


class Plan(Frozen):
    """What will be done, before anything is."""

    planner: str = Field(description="Who made it: 'embedded', or a model's name.")
    goal: str = Field(max_length=4_000, description="The message.")
    subjects: tuple[Subject, ...] = Field(max_length=MAX_SUBJECTS, description="In order.")
    steps: tuple[Step, ...] = Field(max_length=MAX_STEPS, description="In order.")
    shows: tuple[Shown, ...] = Field(default=(), description="What the answer tells.")
    not_understood: tuple[str, ...] = Field(
        default=(), description="Sentences on what could not be interpreted, and what can be done."
    )

    @model_validator(mode="after")
    def _steps_look_back(self) -> Self:
        seen: set[str] = set()
        for step in self.steps:
            for needed in _leans_on(step):
                if needed not in seen:
                    raise ValueError(f"step {step.id}: got {needed!r}, allowed: an earlier call")
            if step.id in seen:
                raise ValueError(f"step {step.id}: got the name twice, allowed: once")
            seen.add(step.id)
        for shown in self.shows:
            if shown.step not in seen:
                raise ValueError(f"shows: got {shown.step!r}, allowed: a step of the plan")
        return self

    @property
    def calls(self) -> tuple[Call, ...]:
        """The steps that ask a tool."""
        return tuple(step for step in self.steps if isinstance(step, Call))


def _leans_on(step: Call | Keep | Sort | Campaign) -> list[str]:
    if isinstance(step, Call):
        return [one.step for one in step.fields.values() if isinstance(one, Answered)]
    if isinstance(step, Campaign):
        return [step.starts] if step.starts else []
    return [step.step]
