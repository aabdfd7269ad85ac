"""Numbers of subjects set side by side: who leads, by how much, and whether that can be told."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from heuresis.agent.numbers.derived import apart, derive
from heuresis.agent.numbers.recorded import number_of
from heuresis.agent.planning.plan import Check, Claim, Compare
from heuresis.errors import RequestError
from heuresis.memory.campaigns import Number
from heuresis.memory.ledger import Ledger

if TYPE_CHECKING:
    from heuresis.agent.assistant.steps import Progress  # which carries these out

ENOUGH_STDS = 2.0  # joint standard deviations, as in reports of campaigns


def compare(step: Compare, progress: "Progress", ledger: Ledger) -> dict[str, Any]:
    """Return order, pair and verdict, as JSON data.

    The verdict is that the first of the pair leads, is behind, equals the second, or that their
    uncertainties leave it open.
    """
    numbers, silent = numbers_of(step, progress, ledger)
    sign = -1 if step.direction == "descending" else 1
    try:
        values = {i: derive("diff", one, _any(numbers)).value for i, one in numbers.items()}
        order = sorted(numbers, key=lambda i: (sign * values[i], i))
        body = {"order": order, "silent": silent}
        pair = _pair(step, order)
        if pair is None:
            return {**body, "pair": None}
        first, second = numbers[pair[0]], numbers[pair[1]]
        made = derive(step.measure, first, second, step.unit or None)
    except RequestError as error:  # units that do not fit, a ratio to nothing
        return {"order": [], "silent": {**silent, "why": str(error)}, "pair": None}
    return body | {
        "pair": list(pair),
        "runs": [first.run_id, second.run_id],
        "measure": step.measure,
        "value": made.value,
        "unit": made.unit,
        "std": made.std,
        "verdict": _verdict(first, second, sign),
    }


def _any(numbers: Mapping[int, Number]) -> Number:
    return next(iter(numbers.values()))


def numbers_of(
    step: Compare | Claim | Check, progress: "Progress", ledger: Ledger
) -> tuple[dict[int, Number], dict[str, str]]:
    """Return the number of each standing subject, and the reason by place where there is none."""
    numbers: dict[int, Number] = {}
    silent: dict[str, str] = {}
    refused = progress.refused.get(step.step, {})
    for i in progress.standing:
        run_id = progress.runs.get(step.step, {}).get(i)
        if run_id is None and i not in refused:
            continue  # it was not asked about this one
        number = None if run_id is None or i in refused else number_of(ledger, run_id, step.path)
        if number is None:
            silent[str(i)] = refused.get(i, f"no {step.path}")
        else:
            numbers[i] = number
    return numbers, silent


def _pair(step: Compare, order: list[int]) -> tuple[int, int] | None:
    first = step.first if step.first is not None else (order[0] if order else None)
    second = step.second if step.second is not None else (order[-1] if order else None)
    if first is None or second is None or first == second or not {first, second} <= {*order}:
        return None
    return first, second


def _verdict(first: Number, second: Number, sign: int) -> str:
    stds = apart(first, second)
    if stds is not None and abs(stds) < ENOUGH_STDS:
        return "open"
    change = derive("diff", first, second).value * -sign
    return "same" if change == 0 else "leads" if change > 0 else "behind"


def check(step: Check, progress: "Progress", ledger: Ledger) -> dict[str, Any]:
    """Say of each subject whether its number fits: 'yes', 'no', or 'open'."""
    numbers, silent = numbers_of(step, progress, ledger)
    said = {str(i): _fits(step, number) for i, number in numbers.items()}
    runs = {str(i): number.run_id for i, number in numbers.items()}
    return {"said": said, "silent": silent, "runs": runs}


def _fits(step: Check, number: Number) -> str:
    margin = ENOUGH_STDS * (number.spread or 0.0)
    limits = [limit for limit in (step.low, step.high) if limit is not None]
    if margin and any(abs(number.value - limit) < margin for limit in limits):
        return "open"
    return "yes" if step.fits(number.value) else "no"
