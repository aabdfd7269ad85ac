"""What can go wrong, by whose move comes next: the caller's, nobody's, or the operator's."""


class HeuresisError(Exception):
    """Root of every error raised on purpose; caught only at process edges."""


class RequestError(HeuresisError):
    """The caller can fix it: the message says what was got and what is allowed."""


class OutOfDomainError(HeuresisError):
    """A valid request that this model may not answer."""


class ServiceError(HeuresisError):
    """A backend or a store failed.

    Args:
        message: What failed, what was got, what would make it work.
        transient: True where the same call may succeed when tried again.
    """

    def __init__(self, message: str, *, transient: bool = False) -> None:
        super().__init__(message)
        self.transient = transient


class PolicyError(HeuresisError):
    """A screen refused, or could not run; both mean that nothing may run."""


class BudgetError(HeuresisError):
    """A limit set by the caller is used up; work done so far stands."""
