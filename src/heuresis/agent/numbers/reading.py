# ruff: noqa: RUF001  # letters that only look like Latin ones
"""A text as its reader sees it: no markup, no invisible characters, one script for all digits.

Every numeral is looked for here, so that markup can neither hide one nor excuse one.
"""

import html
import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import lru_cache

from heuresis.agent.numbers.codes import is_code
from heuresis.agent.numbers.references import Place

FILLED = "\ue000"  # stands for a reference, or for the text that replaced one
GONE = "\ue001"  # stands for what needs no second look

# Letters of other alphabets that pass for Latin ones, and pictures of numbers.
_LOOKALIKES = dict(zip("аеорсухіјѕһԁոɡΟοΑΕΙΚΜΝΤΧⅼ", "aeopcyxijshdngOoAEIKMNTXl", strict=True))
_PICTURES = {"🔟": "10", "💯": "100", **{chr(0x2680 + i): str(i + 1) for i in range(6)}}
_SPACES = {"\r": "\n", "\x0b": "\n", "\x0c": "\n", "\x85": "\n", "\u2028": "\n", "\u2029": "\n"}
_BREAKS = ("br", "p", "div", "li", "ul", "ol", "tr", "td", "th", "table", "hr", "pre", "h")

_SPECIAL = re.compile(
    r"(?P<comment><!--.*?(?:-->|\Z))"
    r"|(?P<tag></?[A-Za-z][^<>]*>)"
    r"|(?P<entity>&(?:#\d{1,7}|#[xX][0-9A-Fa-f]{1,6}|[A-Za-z][A-Za-z0-9]{1,31});)"
    r"|(?P<open>!?\[(?=[^\[\]\n]*\]\([^()\s]*[/:.#?][^()\n]*\)))"
    r"|(?P<link>\]\([^()\s]*[/:.#?][^()\n]*\))"
    r"|(?P<command>\\(?:math(?:rm|bf|it|sf)|text(?:rm|bf|it)?|ce|operatorname|rm|bf|left|right)\b\s*)"
    r"|(?P<escape>\\(?=[^\w\s])|\\(?=[A-Za-z]))"
    r"|(?P<plane>(?<![_^])\{(?:-?\d[ ,]?){3,4}\})"
    r"|(?P<marks>[*~`$^}]+|\{|(?<![^\W_])_+|_+(?![^\W_]))"
    r"|(?P<odd>[^\t\n\x20-\x7e]+)",
    re.DOTALL,
)
_PIECE = re.compile(r"[^\s`*]+")
_CODE_LETTER = re.compile(r"[\[(=#@]")


@dataclass(frozen=True)
class Hidden(Place):
    """Text that a reader sees only on looking closer: an address, an attribute, a comment.

    Attributes:
        text: What it says.
    """

    text: str


@dataclass
class Reading:
    """The text as read, with the way back to where each letter stands.

    Attributes:
        text: Without markup; references are one placeholder each.
        starts: For each letter, where its source begins.
        ends: For each letter, where its source ends.
        hidden: Texts inside markup.
    """

    text: str = ""
    starts: list[int] = field(default_factory=list)
    ends: list[int] = field(default_factory=list)
    hidden: list[Hidden] = field(default_factory=list)

    def source(self, start: int, end: int) -> tuple[int, int]:
        """Return where a part of the reading stands in the source."""
        return self.starts[start], max(self.ends[start:end])


def read(text: str, masked: Sequence[tuple[int, int]] = ()) -> Reading:
    """Read a text; what is masked becomes one placeholder each.

    Args:
        text: The source.
        masked: Where references stand, or what replaced them; in order, apart.
    """
    got = Reading()
    parts: list[str] = []
    at = 0
    for start, end in masked:
        _plain(got, parts, text, at, start)
        _put(got, parts, FILLED, start, end)
        at = end
    _plain(got, parts, text, at, len(text))
    got.text = "".join(parts)
    return got


def _put(got: Reading, parts: list[str], text: str, start: int, end: int) -> None:
    """Write something that stands for a whole piece of the source."""
    parts.append(text)
    got.starts += [start] * len(text)
    got.ends += [end] * len(text)


def _copy(got: Reading, parts: list[str], text: str, start: int, end: int) -> None:
    """Write a piece of the source as it is."""
    if start < end:
        parts.append(text[start:end])
        got.starts += range(start, end)
        got.ends += range(start + 1, end + 1)


def _plain(got: Reading, parts: list[str], text: str, start: int, end: int) -> None:
    """Read a piece without references; codes such as SMILES are taken letter by letter."""
    at = start
    for match in _PIECE.finditer(text, start, end):
        if _CODE_LETTER.search(match[0]) and is_code(match[0].strip(".,;:!?\"'")):
            _markup(got, parts, text, at, match.start())
            _copy(got, parts, text, *match.span())
            at = match.end()
    _markup(got, parts, text, at, end)


def _markup(got: Reading, parts: list[str], text: str, start: int, end: int) -> None:
    at = start
    for match in _SPECIAL.finditer(text, start, end):
        _copy(got, parts, text, at, match.start())
        at = match.end()
        kind = match.lastgroup
        if kind == "odd":
            for place in range(match.start(), at):
                _put(got, parts, _folded(text[place]), place, place + 1)
        elif kind == "plane":
            _put(got, parts, "(", match.start(), match.start() + 1)
            _copy(got, parts, text, match.start() + 1, at - 1)
            _put(got, parts, ")", at - 1, at)
        elif kind == "entity":
            _put(got, parts, _meant(match[0]), match.start(), at)
        else:
            _leave_out(got, parts, match)
    _copy(got, parts, text, at, end)


def _leave_out(got: Reading, parts: list[str], match: re.Match[str]) -> None:
    """Pass over markup, and remember what it hides."""
    kind, (start, end) = match.lastgroup, match.span()
    if kind in ("comment", "tag", "link"):
        inside = match[0].lstrip("<!/]-(").rstrip(">)-")
        if kind == "tag":
            name, _, inside = inside.partition(" ")
            if re.fullmatch(r"[A-Za-z]+[1-6]?/?", name) is None:  # <42> is no tag, nor is <a:42>
                inside = f"{name} {inside}"
            if name.lower().rstrip("123456/") in _BREAKS:
                _put(got, parts, "\n", start, end)
        if inside:
            got.hidden.append(Hidden(start, end, inside))


def _meant(entity: str) -> str:
    return "".join(_folded(letter) for letter in html.unescape(entity))


@lru_cache(maxsize=4096)
def _folded(letter: str) -> str:
    """Return a letter in the one spelling all patterns know; nothing where it is invisible."""
    if known := _PICTURES.get(letter) or _LOOKALIKES.get(letter) or _SPACES.get(letter):
        return known
    if 0xE0020 < ord(letter) < 0xE007F:  # invisible tags that spell ASCII
        return chr(ord(letter) - 0xE0000)
    plain = unicodedata.normalize("NFKC", letter)
    value = unicodedata.numeric(letter, None)
    if value is not None and (not plain.isascii() or plain.isalpha()):
        return _digits(plain, value)
    kept = (_LOOKALIKES.get(each, each) for each in plain if _is_seen(each))
    return "".join(kept).replace("\u2212", "-").replace("\u2010", "-").replace("\u2011", "-")


def _digits(plain: str, value: float) -> str:
    """Spell a numeral of another script in ours."""
    if "\u2044" in plain:  # a fraction such as ½
        return plain
    return f"{value:g}" if value != int(value) else str(int(value))


def _is_seen(letter: str) -> bool:
    kind = unicodedata.category(letter)
    return letter in "\n\t" or kind not in ("Cf", "Cc", "Mn", "Me", "Cs", "Co", "Cn")
