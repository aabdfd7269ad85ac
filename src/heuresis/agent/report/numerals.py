"""Numbers as people read them: rounded by their uncertainty, with unit and run."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from heuresis.memory.campaigns import Number

DIGITS = 4  # significant digits where no uncertainty says how many are meant
SMALL, LARGE = 1e-3, 1e6  # outside, a power of ten is taken out
TIMES_TEN = " \N{MULTIPLICATION SIGN} 10"
SUPERSCRIPTS = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")


@dataclass(frozen=True)
class Shown:
    """A number ready to print.

    Attributes:
        text: Value and uncertainty.
        unit: In words where it is dimensionless.
        run_ids: The runs it came from.
        note: What the reader must know of its uncertainty.
    """

    text: str
    unit: str
    run_ids: tuple[str, ...]
    note: str = ""


def show(number: Number, digits: int = DIGITS) -> Shown:
    """Print a measured number.

    Args:
        number: What to print.
        digits: Significant digits where no uncertainty says how many are meant.
    """
    text, note = _with_uncertainty(number, digits)
    return Shown(text, unit_name(number.unit), (number.run_id,), note)


def show_utility(value: float, numbers: Sequence[Number]) -> Shown:
    """Print a utility, which is computed from numbers and comes from all of their runs."""
    run_ids = tuple(dict.fromkeys(number.run_id for number in numbers))
    return Shown(f"{value:.3f}", "of 1", run_ids)


def show_difference(new: Number, old: Number) -> Shown:
    """Print how far one number is from another, with both uncertainties joined."""
    spread = joint_std(new, old)
    change = new.value - old.value
    text = f"± {_round_to(spread, spread)}" if spread else ""
    sign = "+" if change > 0 else ""
    value = _round_to(change, spread) if spread else plain(change)
    run_ids = tuple(dict.fromkeys((new.run_id, old.run_id)))
    return Shown(f"{sign}{value} {text}".strip(), unit_name(new.unit), run_ids)


def std_of(number: Number) -> float | None:
    """Return the standard deviation, that of a normal law where an interval is stated."""
    return number.spread


def joint_std(*numbers: Number) -> float | None:
    """Return the std of a difference, errors taken as independent; None where none is stated."""
    stated = [std for number in numbers if (std := std_of(number)) is not None]
    return math.hypot(*stated) if stated else None


def unit_name(unit: str) -> str:
    """Name a unit; '1' in words."""
    return "dimensionless" if unit == "1" else unit


def plain(value: float, digits: int = DIGITS) -> str:
    """Print a number whose uncertainty is unknown."""
    if value == int(value) and abs(value) < LARGE:
        return _minus(f"{value + 0.0:.0f}")
    if not SMALL <= abs(value) < LARGE:
        mantissa, _, power = f"{value:.{digits - 1}e}".partition("e")
        return _minus(f"{mantissa}{TIMES_TEN}{str(int(power)).translate(SUPERSCRIPTS)}")
    decimals = max(0, digits - 1 - math.floor(math.log10(abs(value))))
    return _minus(f"{value:.{decimals}f}")


def _with_uncertainty(number: Number, digits: int) -> tuple[str, str]:
    if number.std:
        return _plus_minus(number.value, number.std), ""
    if number.std == 0:
        return plain(number.value, digits), "standard deviation 0"
    if number.low is not None and number.high is not None and number.level is not None:
        width = (number.high - number.low) / 2
        parts = [_round_to(part, width) for part in (number.value, number.low, number.high)]
        return f"{parts[0]} [{parts[1]}, {parts[2]}]", f"{number.level:.0%} interval"
    reason = number.no_uncertainty or "no reason stated"
    return plain(number.value, digits), f"no uncertainty: {reason}"


def _plus_minus(value: float, std: float) -> str:
    size = max(abs(value), std)
    if SMALL <= size < LARGE:
        return f"{_round_to(value, std)} ± {_round_to(std, std)}"
    power = math.floor(math.log10(size))
    value, std = value / 10.0**power, std / 10.0**power
    ten = f"{TIMES_TEN}{str(power).translate(SUPERSCRIPTS)}"
    return f"({_round_to(value, std)} ± {_round_to(std, std)}){ten}"


def _round_to(value: float, std: float | None) -> str:
    """Round at the last meaningful digit: two of the std below 3, one from 3 on."""
    if not std:
        return plain(value)
    power = math.floor(math.log10(std))
    decimals = (1 if std / 10.0**power < 3 else 0) - power
    rounded = round(value, decimals)
    return _minus(f"{rounded + 0.0:.{max(0, decimals)}f}")


def _minus(text: str) -> str:
    return text.replace("-", "\N{MINUS SIGN}", 1)
