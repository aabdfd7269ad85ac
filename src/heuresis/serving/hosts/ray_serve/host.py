"""The Ray host: backends run on replicas of Ray Serve, shared by every process of a home."""

import threading
import time
from collections.abc import Callable, Sequence
from typing import Any

from heuresis.contract import Backend, Request, Response
from heuresis.errors import HeuresisError, ServiceError
from heuresis.serving.host import TimedOutError
from heuresis.serving.hosts.inprocess import InProcessHost
from heuresis.serving.hosts.ray_serve import connection
from heuresis.serving.hosts.ray_serve.address import Address, AnyBackend, address_of
from heuresis.serving.hosts.ray_serve.admission import Admission
from heuresis.serving.hosts.ray_serve.config import HostingConfig
from heuresis.serving.hosts.ray_serve.failures import is_queue_full, told
from heuresis.serving.hosts.ray_serve.parcel import pack, unwrap
from heuresis.settings import Settings

REMEMBERED = 0.3  # weight of the newest call in the estimate of how long one takes


class RayHost:
    """Sends one caller's batch as one message to the deployment of its backend.

    Endpoints are asked from this process: their model is hosted elsewhere already.

    Args:
        settings: Which Ray.
        config: How long to wait, and which models need room on an accelerator.
    """

    name = "ray"

    def __init__(self, settings: Settings, config: HostingConfig) -> None:
        self._settings, self._config = settings, config
        self._own = InProcessHost()
        self._lines: dict[int, _Line] = {}
        self._opening = threading.Lock()

    def call(
        self,
        backend: Backend[Any, Any],
        requests: Sequence[Request],
        timeout_s: float,
    ) -> list[Response]:
        """See `Host.call`; the limit counts from when the backend is free, as in-process."""
        if backend.kind == "endpoint":
            return self._own.call(backend, requests, timeout_s)
        return self._line(backend).call(requests, timeout_s)

    def fault(self) -> str:
        """See `Watched.fault`; joins this process to Ray, as the first call would."""
        try:
            if not connection.is_reachable(self._settings):
                return "Ray does not answer"
            connection.connect(self._settings)
        except HeuresisError:
            return "Ray is not running"
        from ray import serve

        return "" if serve.status().applications else "Ray hosts no model"

    def _line(self, backend: AnyBackend) -> "_Line":
        with self._opening:
            line = self._lines.get(id(backend))
            if line is None or line.backend is not backend:
                connection.connect(self._settings)
                line = _Line(backend, address_of(backend), self._config)
                self._lines[id(backend)] = line
            return line


class _Line:
    """The way from this process to one deployment."""

    def __init__(self, backend: AnyBackend, address: Address, config: HostingConfig) -> None:
        self.backend, self.address, self._config = backend, address, config
        self._admission = Admission(config, address)
        self._handle: Any = None
        self._call_s = 0.0

    def call(self, requests: Sequence[Request], timeout_s: float) -> list[Response]:
        parcel = pack(self.backend, requests, timeout_s)
        self._admission.wait()
        patience = self._config.patience
        began = time.monotonic()
        body = self._guarded(
            lambda: self._asked(parcel, timeout_s + patience.start_s + patience.queue_s)
        )
        self._call_s += REMEMBERED * (time.monotonic() - began - self._call_s)
        return unwrap(body)

    def _asked(self, parcel: Any, limit_s: float) -> bytes:
        if self._handle is None:
            self._handle = handle_of(self.address)
        waiting = self._handle.answer.remote(parcel)
        try:
            body: bytes = waiting.result(timeout_s=limit_s)
        except TimeoutError as error:
            waiting.cancel()
            raise TimedOutError(
                f"backend {self.address.backend!r}: no answer within {limit_s:g} s, of which "
                f"{parcel.timeout_s:g} s are for computing"
            ) from error
        return body

    def _guarded(self, ask: Callable[[], bytes]) -> bytes:
        try:
            return ask()
        except HeuresisError:
            raise
        except Exception as error:  # the edge between our code and Ray's
            if not is_queue_full(error):
                self._handle = None  # of a deployment that may have been replaced
            raise told(error, self.address, self._call_s) from error


def handle_of(address: Address) -> Any:
    """Return Serve's handle of a deployment.

    Raises:
        ServiceError: Ray runs, but not this deployment.
    """
    from ray import serve
    from ray.serve.exceptions import RayServeException

    try:
        return serve.get_app_handle(address.name)
    except RayServeException as error:
        raise ServiceError(
            f"deployment {address.name!r}: not on this Ray ({error}); `heuresis serve up` adds "
            "what is missing"
        ) from error
