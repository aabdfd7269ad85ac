"""Which numbers a tool's answer holds, and how an expression over them is bound to them."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, Literal

from pydantic import BaseModel, Field

from heuresis.contract import Artifact, Frozen, Quantity, Response
from heuresis.errors import RequestError
from heuresis.serving.library.expression import Comparison, Node, Value, changed, comparisons

_POWER = re.compile(r"([^\W\d_])(\d)")  # 'cm3' means cm^3
Kind = Literal["number", "count", "truth"]


class Number(Frozen):
    """A number, a count or a truth that a tool answers."""

    path: str = Field(description="Tool and place: 'molecule.describe.log_p'.")
    tool: str = Field(description="Name of the tool.")
    steps: tuple[str, ...] = Field(description="Place in the answer, step by step.")
    kind: Kind = Field(description="What it is.")
    unit: str = Field(default="", description="Its unit; empty for counts and truths.")

    def of(self, answer: Response) -> Value | None:
        """Return the value in an answer, or None where the answer has none."""
        value: Any = answer
        for step in self.steps:
            value = value.get(step) if isinstance(value, Mapping) else getattr(value, step, None)
            if value is None:
                return None
        found: Value | None = value.value if isinstance(value, Quantity) else value
        return found


def numbers_of(tool: str, answer: Response) -> list[Number]:
    """List what an answer holds; values in lists are left out, since lists differ in length."""
    return [
        Number(path=".".join((tool, *steps)), tool=tool, steps=steps, kind=kind, unit=unit)
        for steps, kind, unit in _walk(answer, ())
    ]


def _walk(value: Any, steps: tuple[str, ...]) -> list[tuple[tuple[str, ...], Kind, str]]:
    if isinstance(value, Quantity):
        return [(steps, "number", value.unit)]
    if isinstance(value, bool):
        return [(steps, "truth", "")]
    if isinstance(value, int):
        return [(steps, "count", "")]
    if isinstance(value, float):
        return [(steps, "number", "")]
    if isinstance(value, Artifact):
        return []
    inside: Mapping[str, Any] = value if isinstance(value, dict) else {}
    if isinstance(value, BaseModel):
        inside = {name: getattr(value, name) for name in type(value).model_fields}
    return [found for name, part in inside.items() for found in _walk(part, (*steps, str(name)))]


def named(text: str, known: Sequence[Number]) -> Number:
    """Find a number by its path, or by the end of it where that means one number.

    Raises:
        RequestError: None is so named, or several are.
    """
    found = [one for one in known if one.path == text] or [
        one for one in known if one.path.endswith(f".{text}")
    ]
    if len(found) == 1:
        return found[0]
    if found:
        raise RequestError(
            f"number {text!r}: got the end of several names, allowed: "
            f"{', '.join(one.path for one in found)}"
        )
    allowed = ", ".join(one.path for one in known)
    raise RequestError(f"number {text!r}: got an unknown name, allowed: {allowed}")


def bound(node: Node, known: Sequence[Number]) -> Node:
    """Return the expression with whole paths, and limits in the numbers' own units.

    Raises:
        RequestError: A name, a unit or a kind of limit does not fit.
    """
    return changed(node, lambda one: _bound(one, named(one.path, known)))


def used(node: Node, known: Sequence[Number]) -> list[Number]:
    """Return the numbers that an expression hangs on, each once."""
    return list({number.path: number for number in _used(node, known)}.values())


def _used(node: Node, known: Sequence[Number]) -> list[Number]:
    return [named(one.path, known) for one in comparisons(node)]


def _bound(one: Comparison, number: Number) -> Comparison:
    is_truth = number.kind == "truth"
    if isinstance(one.limit, bool) is not is_truth:
        allowed = "true or false" if is_truth else "a number"
        raise RequestError(f"{number.path}: got the limit {one.limit!r}, allowed: {allowed}")
    limit = one.limit if isinstance(one.limit, bool) else _in_unit(one.limit, one.unit, number)
    return replace(one, path=number.path, limit=limit, unit="")


def _in_unit(limit: float, unit: str, number: Number) -> float:
    """Convert a limit; one without a unit is in the number's own."""
    if not unit or _plain(unit) == _plain(number.unit):
        return limit
    wrong = RequestError(
        f"{number.path}: got a limit in {unit!r}, allowed: {number.unit or 'no unit'}"
    )
    if not number.unit:
        raise wrong
    import pint

    try:
        found = pint.Quantity(limit, _plain(unit)).to(_plain(number.unit)).magnitude
    except (pint.PintError, ValueError, TypeError, AttributeError, AssertionError) as error:
        raise wrong from error
    return float(f"{found:.12g}")  # without the dust of the conversion


def _plain(unit: str) -> str:
    """Return a unit in one spelling of its powers and letters."""
    spelled = unit.replace("²", "^2").replace("³", "^3").replace("**", "^").replace("·", "*")
    spelled = spelled.replace("\u212b", "Å").replace("\u00b5", "\u03bc")
    return _POWER.sub(r"\1^\2", spelled)
