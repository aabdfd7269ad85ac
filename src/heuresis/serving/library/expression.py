"""What to keep, as people write it: comparisons joined by and, or, not and brackets.

The text is read into a tree and the tree is walked; nothing of it is ever run as code. A number
that an answer lacks is unknown, not false: `not (log_p > 5)` keeps no salt without a log P.
"""

import operator
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import NoReturn

from heuresis.errors import RequestError

MAX_CHARS = 4_000
MAX_DEPTH = 40
ALLOWED = (
    "comparisons such as 'average_mass < 500 Da' with < <= > >= == !=, joined by and, or, not and "
    "brackets"
)
Value = float | bool
Compare = Callable[[Value, Value], bool]
COMPARE: Mapping[str, Compare] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
    "==": operator.eq,
    "!=": operator.ne,
}
_FLIPPED = {"<": ">", "<=": ">=", ">": "<", ">=": "<=", "==": "==", "!=": "!="}
_JOINTS = ("and", "or", "not")
_TOKEN = re.compile(
    r"""\s*(?:
      (?P<number>[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)
    | (?P<word>[A-Za-z_][\w.\-\[\]]*)
    | (?P<sign><=|>=|==|!=|<|>)
    | (?P<bracket>[()])
    )""",
    re.VERBOSE,
)
_IN_UNIT = r"[\w%°·*/^²³-]*"
_UNIT = re.compile(rf"\s*(?P<unit>[A-Za-zÅåµμ°%]{_IN_UNIT}(?:\({_IN_UNIT}\){_IN_UNIT})*)")


@dataclass(frozen=True)
class Comparison:
    """One number against a limit.

    Attributes:
        path: Of the number, such as 'molecule.describe.log_p'.
        sign: One of < <= > >= == !=.
        limit: What it is compared with, or a truth.
        unit: Of the limit as written; empty: the number's own.
    """

    path: str
    sign: str
    limit: Value
    unit: str = ""


@dataclass(frozen=True)
class Not:
    """The opposite."""

    part: "Node"


@dataclass(frozen=True)
class Joined:
    """All or any of some parts."""

    word: str
    parts: tuple["Node", ...]


Node = Comparison | Not | Joined


def parse(text: str) -> Node:
    """Read an expression.

    Raises:
        RequestError: With the place, what was got and what is allowed.
    """
    if len(text) > MAX_CHARS:
        raise RequestError(f"expression: got {len(text)} characters, allowed: {MAX_CHARS}")
    reader = _Reader(text)
    found = _joined(reader, "or", 0)
    if reader.kind != "end":
        reader.refuse()
    return found


def comparisons(node: Node) -> Iterator[Comparison]:
    """Return all comparisons, from left to right."""
    if isinstance(node, Comparison):
        yield node
    elif isinstance(node, Not):
        yield from comparisons(node.part)
    else:
        for part in node.parts:
            yield from comparisons(part)


def changed(node: Node, change: Callable[[Comparison], Comparison]) -> Node:
    """Return the same expression with every comparison changed."""
    if isinstance(node, Comparison):
        return change(node)
    if isinstance(node, Not):
        return Not(changed(node.part, change))
    return replace(node, parts=tuple(changed(part, change) for part in node.parts))


def decide(node: Node, numbers: Mapping[str, Value | None]) -> bool | None:
    """Say whether an answer is kept; None where a number it hangs on is not there."""
    if isinstance(node, Comparison):
        value = numbers.get(node.path)
        return None if value is None else COMPARE[node.sign](value, node.limit)
    if isinstance(node, Not):
        inner = decide(node.part, numbers)
        return None if inner is None else not inner
    settles = node.word == "or"  # what one part must say to settle the whole
    is_unsure = False
    for part in node.parts:
        said = decide(part, numbers)
        if said is settles:
            return settles
        is_unsure = is_unsure or said is None
    return None if is_unsure else not settles


def spelled(node: Node) -> str:
    """Return the one text of an expression, which reads back as the same."""
    if isinstance(node, Comparison):
        limit = str(node.limit).lower() if isinstance(node.limit, bool) else repr(node.limit)
        return f"{node.path} {node.sign} {limit}{f' {node.unit}' if node.unit else ''}"
    if isinstance(node, Not):
        return f"not ({spelled(node.part)})"
    return f" {node.word} ".join(f"({spelled(part)})" for part in node.parts)


class _Reader:
    """Cuts the text into tokens, one ahead."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0
        self.advance()

    def advance(self) -> None:
        """Read the next token."""
        match = _TOKEN.match(self.text, self.at)
        if match is None or match.lastgroup is None:
            rest = self.text[self.at :].lstrip()
            self.kind, self.token, self.begin = ("odd" if rest else "end"), rest[:20], self.at
            return
        self.kind, self.token = match.lastgroup, match[match.lastgroup]
        self.begin, self.at = match.start(match.lastgroup), match.end()

    def unit(self) -> str:
        """Read a unit where one stands right after the number that was just read."""
        match = _UNIT.match(self.text, self.at)
        if match is None or match["unit"] in _JOINTS:
            return ""
        self.at = match.end()
        return match["unit"]

    def refuse(self, wanted: str = "") -> NoReturn:
        """Raise, saying where."""
        got = f"{self.token!r} at character {self.begin + 1}" if self.kind != "end" else "its end"
        hint = "; equality is '=='" if self.token.startswith("=") else ""
        where = f" where {wanted} was expected" if wanted else ""
        raise RequestError(f"expression {self.text!r}: got {got}{where}{hint}; allowed: {ALLOWED}")


def _joined(reader: _Reader, word: str, depth: int) -> Node:
    if depth > MAX_DEPTH:
        raise RequestError(f"expression: got brackets {depth} deep, allowed: {MAX_DEPTH}")
    parts = [_part(reader, word, depth)]
    while reader.kind == "word" and reader.token == word:
        reader.advance()
        parts.append(_part(reader, word, depth))
    return parts[0] if len(parts) == 1 else Joined(word, tuple(parts))


def _part(reader: _Reader, word: str, depth: int) -> Node:
    return _joined(reader, "and", depth) if word == "or" else _negated(reader, depth)


def _negated(reader: _Reader, depth: int) -> Node:
    n_times = 0
    while reader.kind == "word" and reader.token == "not":
        n_times += 1
        reader.advance()
    if reader.kind == "bracket" and reader.token == "(":
        reader.advance()
        found = _joined(reader, "or", depth + 1)
        if (reader.kind, reader.token) != ("bracket", ")"):
            reader.refuse("')'")
        reader.advance()
    else:
        found = _comparison(reader)
    return Not(found) if n_times % 2 else found


def _comparison(reader: _Reader) -> Comparison:
    """Read 'number sign limit', or the two the other way round."""
    left = _operand(reader)
    if reader.kind != "sign":
        reader.refuse("a comparison")
    sign = reader.token
    reader.advance()
    right = _operand(reader)
    if isinstance(left, str) and isinstance(right, tuple):
        path, (value, unit) = left, right
    elif isinstance(left, tuple) and isinstance(right, str):
        path, (value, unit), sign = right, left, _FLIPPED[sign]
    else:
        reader.refuse("the name of a number on one side and a limit on the other")
    if isinstance(value, bool) and sign not in ("==", "!="):
        raise RequestError(f"expression: got {path} {sign} {value}, allowed: == and != with truths")
    return Comparison(path, sign, value, unit)


def _operand(reader: _Reader) -> str | tuple[Value, str]:
    token = reader.token
    if reader.kind == "number":
        value = float(token)
        unit = reader.unit()
        reader.advance()
        return value, unit
    if reader.kind != "word" or token in _JOINTS:
        reader.refuse("a number or its name")
    reader.advance()
    return (token == "true", "") if token in ("true", "false") else token
