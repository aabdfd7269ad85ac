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


class Listed(Frozen):
    """A value for each of some subjects; the others leave the field out."""

    kind: Literal["listed"] = "listed"
    values: dict[int, Any] = Field(description="Value by place of the subject.")


class Answered(Frozen):
    """A field of what an earlier step answered about the same subject, or about a named one."""

    kind: Literal["answered"] = "answered"
    step: StepId = Field(description="The earlier step.")
    path: str = Field(min_length=1, description="Field of its response.")
    subject: int | None = Field(
        default=None, ge=0, description="Place of the subject whose answer it is; None: the same."
    )


Source = Annotated[Constant | Itself | Listed | Answered, Field(discriminator="kind")]


class Call(Frozen):
    """Ask one tool about every subject that still stands."""

    kind: Literal["call"] = "call"
    id: StepId = Field(description="Name within the plan.")
    tool: ToolName = Field(description="Tool that is asked.")
    fields: dict[str, Source] = Field(description="Where each field of the request comes from.")
    over: Carrier | None = Field(
        default=None, description="Only subjects of this carrier; None: all that still stand."
    )
    among: tuple[int, ...] | None = Field(
        default=None, description="Only subjects at these places; None: all that still stand."
    )
    why: str = Field(default="", max_length=300, description="What it is for, in words.")


class _Limits(Frozen):
    """Limits of a number, or of a yes-or-no answer as 1 and 0."""

    id: StepId = Field(description="Name within the plan.")
    step: StepId = Field(description="The call that answered.")
    path: str = Field(min_length=1, description="Quantity or truth value in its response.")
    low: float | None = Field(default=None, description="Lower limit, in the answer's unit.")
    high: float | None = Field(default=None, description="Upper limit, in the answer's unit.")
    has_low: bool = Field(default=True, description="Whether the lower limit itself passes.")
    has_high: bool = Field(default=True, description="Whether the upper limit itself passes.")
    is_negated: bool = Field(default=False, description="True to keep the others.")
    words: str = Field(default="", max_length=300, description="The condition as it was said.")

    @model_validator(mode="after")
    def _bounded(self) -> Self:
        if self.low is None and self.high is None:
            raise ValueError(f"{self.path}: got neither low nor high, allowed: one or both")
        return self

    def fits(self, value: float) -> bool:
        """Whether a value passes."""
        above = self.low is None or (value >= self.low if self.has_low else value > self.low)
        below = self.high is None or (value <= self.high if self.has_high else value < self.high)
        return (above and below) != self.is_negated


class Keep(_Limits):
    """Keep the subjects whose number, or yes-or-no answer, fits."""

    kind: Literal["keep"] = "keep"


class Check(_Limits):
    """Tell whether each subject's number fits, and leave nobody out."""

    kind: Literal["check"] = "check"


class Sort(Frozen):
    """Order the subjects by a number, and keep the first few where asked."""

    kind: Literal["sort"] = "sort"
    id: StepId = Field(description="Name within the plan.")
    step: StepId = Field(description="The call that answered.")
    path: str = Field(min_length=1, description="Quantity in its response.")
    direction: Literal["ascending", "descending"] = Field(description="descending: high first.")
    limit: int | None = Field(default=None, ge=1, description="How many to keep.")


class Compare(Frozen):
    """Set a number of the subjects side by side: their order, and how far apart two of them are."""

    kind: Literal["compare"] = "compare"
    id: StepId = Field(description="Name within the plan.")
    step: StepId = Field(description="The call that answered.")
    path: str = Field(min_length=1, description="Number in its response.")
    words: str = Field(min_length=1, max_length=200, description="What the number is called.")
    direction: Literal["ascending", "descending"] = Field(
        default="descending", description="descending: the highest is looked for."
    )
    measure: Literal["diff", "ratio"] = Field(default="diff", description="Difference, or ratio.")
    unit: str = Field(default="", max_length=40, description="Of a difference; '' as recorded.")
    first: int | None = Field(
        default=None, ge=0, description="Place of the subject that comes first; None: the leader."
    )
    second: int | None = Field(
        default=None, ge=0, description="Place of the one it is compared with; None: the last."
    )
    is_question: bool = Field(
        default=False, description="Whether it is asked if the first leads the second."
    )


class Claim(Frozen):
    """State a sentence, and let the runs of this plan speak for or against it."""

    kind: Literal["claim"] = "claim"
    id: StepId = Field(description="Name within the plan.")
    text: str = Field(min_length=1, max_length=2_000, description="The sentence.")
    step: StepId = Field(description="The call that answered.")
    path: str = Field(min_length=1, description="Number in its response.")
    words: str = Field(min_length=1, max_length=200, description="What the number is called.")
    subject: int = Field(ge=0, description="Place of the subject whose number it is.")
    sign: Literal["<", "<=", ">", ">="] = Field(description="How it must compare.")
    threshold: float | None = Field(default=None, description="With what, in the answer's unit.")
    other: int | None = Field(
        default=None, ge=0, description="Place of the subject whose number it must compare to."
    )

    @model_validator(mode="after")
    def _against_one(self) -> Self:
        if (self.threshold is None) == (self.other is None):
            raise ValueError(f"claim {self.id}: got neither or both of threshold and other subject")
        return self


class Look(Frozen):
    """Look for passages of documents, or for what is known, that answer a question."""

    kind: Literal["look"] = "look"
    id: StepId = Field(description="Name within the plan.")
    query: str = Field(min_length=1, max_length=1_000, description="The matter, in words.")
    scope: Literal["given", "documents", "memory"] = Field(
        description="given: the documents named; documents: all; memory: runs and claims, too."
    )
    documents: dict[str, str] = Field(
        default={}, description="Name in this session by id, of the documents to look in."
    )
    forms: tuple[str, ...] = Field(
        default=(),
        max_length=10,
        description="Canonical SMILES, and formulas of crystals, whose runs are looked for.",
    )


class Campaign(Frozen):
    """Search for better subjects in a loop; the numbers come from its measurements."""

    kind: Literal["campaign"] = "campaign"
    id: StepId = Field(description="Name within the plan.")
    spec: dict[str, Any] = Field(description="Content of the campaign file, without its starts.")
    starts: StepId | None = Field(
        default=None, description="Call whose canonical forms are the starts."
    )
    start_path: str = Field(default="smiles", description="Field of its response that holds them.")


Step = Annotated[
    Call | Keep | Check | Sort | Compare | Claim | Look | Campaign, Field(discriminator="kind")
]


class Shown(Frozen):
    """A part of the answers that the person asked to see."""

    step: StepId = Field(description="The call that answers it.")
    path: str = Field(min_length=1, description="Field of its response.")
    words: str = Field(max_length=200, description="What it is called.")
    unit: str = Field(
        default="", max_length=40, description="Unit to tell it in, where it can be; '': its own."
    )


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


def _leans_on(step: Step) -> list[str]:
    if isinstance(step, Look):
        return []
    if isinstance(step, Call):
        return [one.step for one in step.fields.values() if isinstance(one, Answered)]
    if isinstance(step, Campaign):
        return [step.starts] if step.starts else []
    return [step.step]
