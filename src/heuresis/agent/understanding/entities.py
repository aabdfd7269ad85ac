"""What a message was understood to contain: frozen types shared by all recognisers."""

from typing import Literal

from pydantic import Field

from heuresis.contract import Frozen

Kind = Literal[
    "smiles", "inchi", "inchikey", "selfies", "name", "formula", "element", "system", "cif",
    "poscar", "structure_type", "sequence", "material", "property", "quantity", "count",
    "modality", "notation", "file", "run", "tool",
]  # fmt: skip
MOLECULES: tuple[Kind, ...] = ("smiles", "inchi", "selfies", "name")
Certainty = Literal["certain", "probable", "guess"]
IntentKind = Literal[
    "compute", "compare", "filter", "order", "find", "draw", "convert", "explain", "check",
    "segment", "assess", "restore", "relax", "identify", "read", "deidentify", "help",
]  # fmt: skip
ReferenceKind = Literal["ordinal", "first", "last", "single", "all", "best", "run", "attachment"]


class Piece(Frozen):
    """A part of the text, by characters, half-open."""

    text: str = Field(description="The characters themselves.")
    start: int = Field(ge=0, description="First character.")
    end: int = Field(ge=0, description="One after the last character.")


class Entity(Piece):
    """A thing the text names, typed and in canonical form."""

    kind: Kind = Field(description="What it is.")
    canonical: str = Field(description="Equal for equal things; empty where it was not resolved.")
    certainty: Certainty = Field(default="certain", description="How sure the reading is.")
    why: str = Field(default="", description="What the reading rests on.")
    read_as: str = Field(default="", description="Name it was taken for, where it was mistyped.")


class Intent(Piece):
    """Something the text asks to be done."""

    kind: IntentKind = Field(description="What is to be done.")
    is_negated: bool = Field(default=False, description="True for 'do not …'.")


class Condition(Piece):
    """What a number, or a yes-or-no answer, must be."""

    path: str = Field(description="Quantity it is about: 'tool:path'.")
    low: float | None = Field(default=None, description="Lower limit, in `unit`.")
    high: float | None = Field(default=None, description="Upper limit, in `unit`.")
    has_low: bool = Field(default=True, description="Whether the lower limit itself passes.")
    has_high: bool = Field(default=True, description="Whether the upper limit itself passes.")
    unit: str = Field(default="", description="Unit of the path; '' where none is known.")
    is_negated: bool = Field(default=False, description="True where the text asks for the rest.")
    certainty: Certainty = Field(default="certain", description="How sure the reading is.")
    why: str = Field(default="", description="What was assumed or converted.")

    @property
    def label(self) -> str:
        """The condition in one line, such as 'molecule.describe:qed > 0.7'."""
        low, high = self.low, self.high
        if low is not None and high is not None:
            return f"{self.path} == {low:g}" if low == high else f"{self.path} {low:g}..{high:g}"
        if low is not None:
            return f"{self.path} {'>=' if self.has_low else '>'} {low:g}"
        return f"{self.path} {'<=' if self.has_high else '<'} {high or 0.0:g}"


class Ordering(Piece):
    """By what to sort, or which way a property should go."""

    path: str = Field(description="Quantity it is about: 'tool:path'.")
    direction: Literal["ascending", "descending", ""] = Field(
        description="descending: high is wanted first; '' where the text does not say."
    )
    limit: int | None = Field(default=None, description="How many to keep, for 'top 3'.")
    is_aim: bool = Field(default=False, description="True where something is to be improved.")

    @property
    def label(self) -> str:
        """The ordering in one line, such as 'molecule.describe:qed descending 3'."""
        limit = "" if self.limit is None else str(self.limit)
        return " ".join(part for part in (self.path, self.direction, limit) if part)


class Shown(Frozen):
    """Something the session holds that a later message may point at."""

    kind: Kind = Field(description="What it is.")
    canonical: str = Field(description="Its canonical form.")
    label: str = Field(default="", description="How it was called.")
    run_id: str = Field(default="", description="The run it came from.")
    structure_type: str = Field(default="", description="In which a formula was built.")


class Context(Frozen):
    """What was shown so far."""

    shown: tuple[Shown, ...] = Field(default=(), description="Last list, in the order shown.")
    is_ranked: bool = Field(default=False, description="Whether that list has its best first.")
    subjects: tuple[Shown, ...] = Field(
        default=(), description="What the conversation was about, most recent last."
    )


class Reference(Piece):
    """A pointer at something earlier or attached."""

    kind: ReferenceKind = Field(description="How it points.")
    position: int | None = Field(default=None, description="From 1; -1 is the last.")
    target: str = Field(default="", description="Run id, where it names one.")
    noun: str = Field(default="", description="What it says it points at: 'molecule', 'image'.")
    resolved: tuple[Shown, ...] = Field(default=(), description="What it points at, if known.")
    why: str = Field(default="", description="Why nothing was found.")

    @property
    def label(self) -> str:
        """The reference in one line, such as 'ordinal 2'."""
        place = self.target or ("" if self.position is None else str(self.position))
        return f"{self.kind} {place}".strip()


class Correction(Piece):
    """A typing error that was read as a known word."""

    read_as: str = Field(description="The word it was taken for.")


class Leftover(Piece):
    """Something that could not be interpreted."""

    why: str = Field(description="What is wrong with it.")
    nearest: str = Field(default="", description="The nearest thing that can be done.")


class Comparison(Piece):
    """Things are to be set against each other."""

    measure: Literal["diff", "ratio"] = Field(description="Difference, or how many times.")
    pivot: int | None = Field(
        default=None, description="Where the text parts the first from the second, such as 'than'."
    )
    is_question: bool = Field(default=False, description="Whether yes or no is asked.")


class UnitWish(Piece):
    """A unit in which numbers are wanted."""

    unit: str = Field(description="As conversions know it.")


class Operation(Piece):
    """Something to be done to a picture."""

    does: Literal["restore", "spoil"] = Field(description="Filter it, or put a fault on it.")
    what: str = Field(description="A step of a chain, such as 'denoise(1)', or a kind of fault.")
    severity: str = Field(default="", description="Of a fault; '' where the text says none.")


class Hypothesis(Piece):
    """A sentence that is put forward to be tested."""

    lead: Piece = Field(description="The words that put it forward.")


class Attachment(Frozen):
    """A file that came with the message."""

    name: str = Field(min_length=1, max_length=500, description="File name.")
    media_type: str = Field(default="", description="As the sender states it; may be wrong.")
    digest: str = Field(default="", description="Digest in the vault, where it is stored.")
    document: str = Field(default="", description="Id in the ledger, where it was read in.")
    unread: str = Field(default="", description="Why it could not be read in as a document.")


class File(Frozen):
    """An attachment and what it holds, as far as its name tells."""

    attachment: Attachment = Field(description="The file.")
    kind: Literal[
        "image", "volume", "video", "crystal", "molecules", "table", "document", "unknown"
    ] = Field(description="By its name; what a picture shows is for `image.modality` to say.")
    why: str = Field(description="What the reading rests on.")


class Understanding(Frozen):
    """A message, read."""

    text: str = Field(description="The message.")
    entities: tuple[Entity, ...] = Field(description="In order of the text, not overlapping.")
    intents: tuple[Intent, ...] = Field(description="In order of the text.")
    conditions: tuple[Condition, ...] = Field(description="In order of the text.")
    ordering: tuple[Ordering, ...] = Field(description="In order of the text.")
    references: tuple[Reference, ...] = Field(description="In order of the text.")
    files: tuple[File, ...] = Field(description="Attachments, in the order given.")
    corrections: tuple[Correction, ...] = Field(description="Typing errors read as known words.")
    leftover: tuple[Leftover, ...] = Field(description="What was not interpreted.")
    comparison: Comparison | None = Field(default=None, description="What is to be compared.")
    units: tuple[UnitWish, ...] = Field(default=(), description="In order of the text.")
    operations: tuple[Operation, ...] = Field(default=(), description="In order of the text.")
    hypothesis: Hypothesis | None = Field(default=None, description="What is to be tested.")
    warnings: tuple[str, ...] = Field(default=(), description="Tags that were read as plain text.")

    def of_kind(self, *kinds: Kind) -> tuple[Entity, ...]:
        """Return the entities of some kinds."""
        return tuple(entity for entity in self.entities if entity.kind in kinds)
