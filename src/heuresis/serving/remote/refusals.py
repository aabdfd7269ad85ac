"""What a remote caller is refused for, beside what any caller is."""

from heuresis.errors import BudgetError, PolicyError, RequestError, ServiceError


class UnknownError(RequestError):
    """There is no such thing, or it is another caller's: both are told alike."""


class KeylessError(PolicyError):
    """No key came with the request, or not a good one."""


class ScopeError(PolicyError):
    """The key does not have the scope that this needs."""


class OriginError(PolicyError):
    """A web page of another site, or another name for this host, is behind the request."""


class TooLargeError(RequestError):
    """The body has more bytes, or is nested deeper, than is read."""


class TooManyError(BudgetError):
    """More requests than the key, or the address, may make.

    Args:
        message: What was got, what is allowed.
        retry_after_s: When it will work again.
    """

    def __init__(self, message: str, retry_after_s: float) -> None:
        super().__init__(message)
        self.retry_after_s = retry_after_s


class BackendMissingError(ServiceError):
    """The backend cannot run here until somebody installs or starts what it needs."""
