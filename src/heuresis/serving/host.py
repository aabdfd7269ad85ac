"""What a host is: the place where a backend's code runs."""

from collections.abc import Sequence
from typing import Any, Protocol, runtime_checkable

from heuresis.contract import Backend, Request, Response
from heuresis.errors import ServiceError


class TimedOutError(ServiceError):
    """A batch took longer than its card allows."""


class Host(Protocol):
    """Runs backends. It computes and returns; it records nothing."""

    name: str

    def call(
        self,
        backend: Backend[Any, Any],
        requests: Sequence[Request],
        timeout_s: float,
    ) -> list[Response]:
        """Return one response per request, in order.

        Args:
            backend: Who answers.
            requests: One batch.
            timeout_s: For the whole batch.

        Raises:
            TimedOutError: No answer in time.
            ServiceError: The backend failed, or broke its contract.
            HeuresisError: What the backend raised on purpose.
        """
        ...


@runtime_checkable
class Watched(Protocol):
    """A host that others keep running, so that it may be away."""

    def fault(self) -> str:
        """Say why nothing can be asked of it now, without a place or a name; '' where it can."""
        ...
