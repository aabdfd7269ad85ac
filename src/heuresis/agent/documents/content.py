"""What a reader makes of a file: text by place, molecules and crystals, and what it assumed."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import PurePath

from heuresis.memory.documents import Kind, NewItem, Unit

MAX_ITEMS = 10_000  # as many subjects as a plan takes
MAX_LABEL = 80
NAMED = 5  # things that are wrong, named in one sentence

_ODD = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
_MARKUP = re.compile(r"[{}<>`|⟨⟩*]|\]\(")
FORMULA_SIGNS = ("=", "+", "@")  # with these a spreadsheet's formula begins


@dataclass(frozen=True)
class Stretch:
    """Text at one place, or over several.

    Attributes:
        first: Page, line, row, record or block where it begins, from 1.
        last: Where it ends.
        text: As it is kept.
    """

    first: int
    last: int
    text: str


@dataclass(frozen=True)
class Content:
    """A file, read.

    Attributes:
        reader: Which reader, with its version: another one may read the same file anew.
        kind: What the file is.
        unit: What its places count.
        n_places: How many there are.
        texts: Text by place, in order.
        items: Molecules and crystals, and what could not be read as one, in order.
        notes: Sentences on what was assumed or left out.
    """

    reader: str
    kind: Kind
    unit: Unit
    n_places: int
    texts: tuple[Stretch, ...] = ()
    items: tuple[NewItem, ...] = ()
    notes: tuple[str, ...] = ()


def clean(text: str) -> str:
    """Return text with one kind of line end, and without what no store takes and nobody sees."""
    plain = text.replace("\r\n", "\n").replace("\r", "\n").replace("\f", "\n")
    return "".join(c for c in plain if c in "\n\t" or not _is_control(c))


def label_of(name: str, place: str, form: str = "") -> tuple[str, str]:
    """Return a name that may stand in an answer, and a sentence where it is not the one given.

    Braces would be read as references, signs of markup as markup, and a cell that begins like a
    formula would be executed by a spreadsheet.
    """
    plain = " ".join(_MARKUP.sub(" ", _ODD.sub(" ", name)).split())[:MAX_LABEL]
    if plain.startswith(FORMULA_SIGNS):
        why = f"{place}: its name begins with {plain[0]!r}, as formulas do, and is not used"
        return place, why
    if plain:
        return plain, ""
    return (form if 0 < len(form) <= MAX_LABEL else place), ""


def wrong_ones(items: Sequence[NewItem], unit: str) -> str:
    """Say how many items could not be read, the first ones by place; '' where all could."""
    wrong = [item for item in items if item.wrong]
    if not wrong:
        return ""
    named = "; ".join(f"{unit} {item.place}: {item.wrong}" for item in wrong[:NAMED])
    more = f"; and {len(wrong) - NAMED} more" if len(wrong) > NAMED else ""
    return f"unreadable {unit}s: {len(wrong)} (of {len(items)} {unit}s): {named}{more}"


def suffix_of(name: str) -> str:
    """Return the last suffix of a file name in lower case."""
    return PurePath(name).suffix.lower()


def _is_control(letter: str) -> bool:
    code = ord(letter)
    return code < 32 or 127 <= code < 160 or 0xD800 <= code < 0xE000
