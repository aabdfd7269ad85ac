"""What travels between a caller and a replica: requests one way, answers or an error the other.

An error travels as itself, so that its kind and whether it is transient survive; Ray would wrap
it in one of its own. Files travel inside the requests that name them.
"""

import pickle
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from heuresis.contract import Request, Response
from heuresis.errors import HeuresisError, ServiceError
from heuresis.serving.hosts.ray_serve.address import AnyBackend

Answer = list[Response] | HeuresisError


@dataclass(frozen=True)
class Parcel:
    """One caller's batch on its way to a replica.

    Attributes:
        n: Requests in it.
        timeout_s: For the run of this batch, from when the backend is free.
        digest: Weights or program as the caller knows them; they are in the key of its runs.
        body: The requests, pickled.
    """

    n: int
    timeout_s: float
    digest: str
    body: bytes

    def requests(self) -> list[Request]:
        """Unpack the requests.

        Raises:
            ServiceError: They cannot be read here.
        """
        unpacked: list[Request] = _loaded(self.body, "requests")
        return unpacked


def pack(backend: AnyBackend, requests: Sequence[Request], timeout_s: float) -> Parcel:
    """Pack one caller's batch, with the bytes of the files it names."""
    body = pickle.dumps(list(requests), protocol=pickle.HIGHEST_PROTOCOL)
    return Parcel(len(requests), timeout_s, backend.digest(), body)


def wrap(answer: Answer) -> bytes:
    """Pack what a caller gets; an error that cannot travel becomes one that can."""
    try:
        body = pickle.dumps(answer, protocol=pickle.HIGHEST_PROTOCOL)
        if isinstance(answer, HeuresisError):
            pickle.loads(body)  # an error with a constructor of its own fails here, not there
    except Exception as error:  # noqa: BLE001  # whatever a tool's class raises when it is pickled
        told = answer if isinstance(answer, HeuresisError) else error
        return wrap(ServiceError(f"{type(told).__name__}: {told}"))
    return body


def unwrap(body: bytes) -> list[Response]:
    """Return the answers, or raise the error that came instead.

    Raises:
        HeuresisError: What the backend raised.
    """
    answer: Answer = _loaded(body, "answers")
    if isinstance(answer, HeuresisError):
        raise answer
    return answer


def _loaded(body: bytes, what: str) -> Any:
    try:
        return pickle.loads(body)
    except Exception as error:  # a class of a tool that is not installed here, or in another state
        raise ServiceError(
            f"{what}: {type(error).__name__}: {error}; caller and replica need the same packages"
        ) from error
