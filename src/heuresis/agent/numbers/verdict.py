"""What the gate says of an answer: each numeral without a source, what was excused, and why."""

from enum import StrEnum

from pydantic import Field

from heuresis.contract import Frozen

MAX_NAMED = 6  # numerals named in the sentence that asks again


class Mode(StrEnum):
    """What happens to an answer with free numerals."""

    STRICT = "strict"  # refused, to be asked again
    LENIENT = "lenient"  # shown with a mark at each


class Flaw(StrEnum):
    """Why something in an answer is flagged."""

    DIGITS = "digits"
    WORD = "word"
    ROMAN = "roman"
    HIDDEN = "hidden"
    ALTERED = "altered"
    MALFORMED = "malformed"
    REFUSED = "refused"
    MISQUOTED = "misquoted"


class Excuse(StrEnum):
    """Why a numeral may stand."""

    CHEMICAL_NAME = "chemical name"
    FORMULA = "formula"
    CODE = "SMILES, InChI, SELFIES or CIF"
    SPACE_GROUP = "space group"
    PLANE = "lattice plane"
    TERM = "term"
    UNIT = "unit"
    IDENTIFIER = "identifier"
    VERSION = "version"
    CITATION = "citation"
    LIST_MARKER = "list marker"
    SECTION = "section number"
    LABEL = "label"
    ORDINAL = "ordinal"
    PRONOUN = "pronoun"
    NAME = "name known to the session"
    QUOTED = "quoted from the user"


MEANING = {
    Flaw.DIGITS: "no run gave it",
    Flaw.WORD: "a number in words that no run gave",
    Flaw.ROMAN: "a Roman numeral used as a number",
    Flaw.HIDDEN: "a number inside markup",
    Flaw.ALTERED: "a reference with something that changes its value",
    Flaw.MALFORMED: "braces that hold no reference",
    Flaw.REFUSED: "a reference that cannot be filled",
    Flaw.MISQUOTED: "a quotation that is not in the document",
}


class Flag(Frozen):
    """A place in an answer that must not stand."""

    start: int = Field(ge=0, description="Where it begins in the text that was judged.")
    end: int = Field(ge=0, description="Where it ends, outside.")
    text: str = Field(description="What stands there, as its reader sees it.")
    flaw: Flaw = Field(description="Kind of flaw.")
    reason: str = Field(description="In words; names what is allowed where that is known.")


class Excused(Frozen):
    """A numeral that may stand, and why."""

    start: int = Field(ge=0, description="Where it begins in the text that was judged.")
    end: int = Field(ge=0, description="Where it ends, outside.")
    excuse: Excuse = Field(description="Why it may stand.")


class Verdict(Frozen):
    """The gate's word on one text."""

    mode: Mode = Field(description="Strict or lenient.")
    flags: tuple[Flag, ...] = Field(description="In order of place, apart.")
    excused: tuple[Excused, ...] = Field(default=(), description="In order of place.")
    shown: str = Field(description="The text, each flagged place marked in it.")

    @property
    def count(self) -> int:
        """How many places were flagged."""
        return len(self.flags)

    @property
    def is_refused(self) -> bool:
        """Whether the answer must be asked for again."""
        return self.mode == Mode.STRICT and bool(self.flags)

    @property
    def message(self) -> str:
        """What to tell the composer, model or rules; empty where nothing was flagged."""
        if not self.flags:
            return ""
        named = "; ".join(f"{flag.text!r}: {flag.reason}" for flag in self.flags[:MAX_NAMED])
        more = f"; and {self.count - MAX_NAMED} more" if self.count > MAX_NAMED else ""
        return (
            f"The answer holds {self.count} numeral{'s' if self.count > 1 else ''} without a "
            f"source: {named}{more}. Write each number about the world as {{{{run:ID.path}}}}, "
            "each number of things as {{count:...}}, and leave out what no run gave. "
            "Say the rest again as it was."
        )


def judge(text: str, flags: list[Flag], excused: list[Excused], mode: Mode) -> Verdict:
    """Put flags in order, drop those that lie inside others, and mark the text."""
    kept: list[Flag] = []
    for flag in sorted(flags, key=lambda one: (one.start, -one.end)):
        if kept and flag.start < kept[-1].end:
            if flag.end > kept[-1].end:  # one mark over both
                both = {"end": flag.end, "text": text[kept[-1].start : flag.end]}
                kept[-1] = kept[-1].model_copy(update=both)
        else:
            kept.append(flag)
    places = tuple(sorted(excused, key=lambda one: (one.start, one.end)))
    return Verdict(mode=mode, flags=tuple(kept), excused=places, shown=_marked(text, kept))


def _marked(text: str, flags: list[Flag]) -> str:
    parts, at = [], 0
    for flag in flags:
        parts += [text[at : flag.start], mark(flag)]
        at = flag.end
    return "".join([*parts, text[at:]])


def mark(flag: Flag) -> str:
    """Return what is shown in the place of a flagged text."""
    if flag.flaw == Flaw.REFUSED:
        return flag.text
    plain = flag.text.replace("<", "\u2039").replace(">", "\u203a")
    return f"⟨unsourced: {plain}⟩"


def moved(flags: tuple[Flag, ...], at: int) -> int:
    """Return where a place outside all flags stands in the marked text."""
    return at + sum(len(mark(one)) - (one.end - one.start) for one in flags if one.end <= at)
