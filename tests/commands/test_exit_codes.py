"""One number per kind of ending."""

import pytest

from heuresis.commands.exit_codes import gravest, kind_of
from heuresis.errors import (
    BudgetError,
    HeuresisError,
    OutOfDomainError,
    PolicyError,
    RequestError,
    ServiceError,
)


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (RequestError("x"), ("request", 2)),
        (BudgetError("x"), ("budget", 2)),
        (PolicyError("x"), ("policy", 3)),
        (OutOfDomainError("x"), ("domain", 4)),
        (ServiceError("x"), ("service", 1)),
        (HeuresisError("x"), ("service", 1)),
    ],
)
def test_every_error_has_a_kind_and_a_code(error: HeuresisError, kind: tuple[str, int]) -> None:
    assert kind_of(error) == kind


def test_a_refusal_outweighs_a_failure_and_a_failure_a_mistake() -> None:
    assert gravest([0, 4, 2, 1, 3]) == 3
    assert gravest([0, 4, 2, 1]) == 1
    assert gravest([4, 2]) == 2
    assert gravest([0, 0]) == 0
    assert gravest([]) == 0
