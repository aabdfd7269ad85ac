"""Differences and ratios of two recorded numbers, with both uncertainties joined."""

import math
from dataclasses import replace
from typing import Literal

from heuresis.agent.numbers.conversion import convert
from heuresis.agent.report.numerals import joint_std, std_of
from heuresis.errors import RequestError
from heuresis.memory.campaigns import Number

Measure = Literal["diff", "ratio"]
LOGARITHMS = ("log", "ln", "dB", "pH", "pKa", "pIC")
NO_RATIO = ("degC", "°C", "celsius")  # their zero is a convention


def derive(measure: Measure, first: Number, second: Number, unit: str | None = None) -> Number:
    """Return the first minus, or over, the second.

    Errors are taken as independent; where only one of both states its own, that one is used and
    the number is marked.

    Args:
        measure: Difference or ratio.
        first: A recorded number.
        second: Another one; it is brought to the unit of the first.
        unit: For a difference, the unit to tell it in.

    Raises:
        RequestError: The units do not fit, or there is no such ratio.
    """
    if measure == "diff":
        wanted = unit or first.unit
        first, second = convert(first, wanted), convert(second, wanted)
        value, std, shown_in = first.value - second.value, joint_std(first, second), wanted
    else:
        second = convert(second, first.unit)
        value, std, shown_in = _ratio(first, second), _ratio_std(first, second), "1"
    why = None if std is not None else _why(first, second)
    bare = replace(first, low=None, high=None, level=None, std=std)
    return replace(bare, value=value, unit=shown_in, no_uncertainty=why)


def remark(first: Number, second: Number) -> str:
    """Say where the uncertainty of what was derived is that of one of both only."""
    silent = [one for one in (first, second) if std_of(one) is None]
    if len(silent) != 1:
        return ""
    return f"of one of both no uncertainty is stated: {silent[0].no_uncertainty}"


def apart(first: Number, second: Number) -> float | None:
    """Return by how many standard deviations two numbers differ; None where none is stated.

    Raises:
        RequestError: The units do not fit.
    """
    change = derive("diff", first, second)
    if not change.std:
        return None
    return change.value / change.std


def _ratio(first: Number, second: Number) -> float:
    if first.unit.startswith(LOGARITHMS):
        raise RequestError(f"ratio: got numbers in {first.unit!r}, allowed: their difference")
    if any(name in first.unit for name in NO_RATIO):
        raise RequestError(f"ratio: got numbers in {first.unit!r}, allowed: their difference")
    if second.value == 0:
        raise RequestError("ratio: got 0 as the second number, allowed: any other")
    return first.value / second.value


def _ratio_std(first: Number, second: Number) -> float | None:
    parts = [
        std / number.value
        for number in (first, second)
        if (std := std_of(number)) is not None and number.value
    ]
    return abs(first.value / second.value) * math.hypot(*parts) if parts else None


def _why(first: Number, second: Number) -> str:
    reasons = dict.fromkeys(one.no_uncertainty or "none stated" for one in (first, second))
    return "; ".join(reasons)
