"""Numbers as the reports print them, also where they come straight from an outcome."""

from collections.abc import Mapping
from typing import Any

from heuresis.agent.report.numerals import show
from heuresis.contract import Quantity
from heuresis.memory.campaigns import Number

EXACT = "computed exactly"  # begins the reason of numbers that carry no uncertainty by definition
EXACT_DIGITS = 9


def spelled(quantity: Quantity) -> str:
    """Return a number with its uncertainty and unit; '1' is not written."""
    interval = quantity.interval
    row = {
        "value": quantity.value,
        "unit": quantity.unit,
        "std": quantity.std,
        "low": interval.low if interval else None,
        "high": interval.high if interval else None,
        "level": interval.level if interval else None,
        "no_uncertainty": quantity.no_uncertainty,
    }
    return spelled_row(row)


def spelled_row(row: Mapping[str, Any]) -> str:
    """Return the number of one row of the ledger's quantities; see `spelled`."""
    names = ("value", "unit", "std", "low", "high", "level", "no_uncertainty")
    number = Number(**{name: row[name] for name in names}, run_id="", path="")
    text = show(number).text
    if number.std is None and (number.no_uncertainty or "").startswith(EXACT):
        text = f"{number.value:.{EXACT_DIGITS}g}"
    return with_unit(text, number.unit)


def with_unit(text: str, unit: str) -> str:
    """Append a unit; '1' is not written."""
    return text if unit == "1" else f"{text} {unit}"
