"""Every number of a tool's answer is in the unit the tool promises."""

from collections.abc import Mapping

from heuresis.contract import Response, quantities_in
from heuresis.errors import ServiceError


def check_units(response: Response, units: Mapping[str, str]) -> None:
    """Insist on the promised unit of every number.

    Args:
        response: The answer.
        units: Unit by path, for every quantity there may be.

    Raises:
        ServiceError: A number is in another unit, or was never promised.
    """
    for path, got in quantities_in(response).items():
        if got.unit != units.get(path):
            allowed = units.get(path, "no number there")
            raise ServiceError(f"{path}: got the unit {got.unit!r}, allowed {allowed!r}")
