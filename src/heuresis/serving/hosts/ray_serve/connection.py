"""Where the Ray of a home is, and the way into it; one connection per process."""

import json
import logging
import os
import signal
import socket
import sys
import threading
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from secrets import token_hex
from typing import Any

from heuresis.errors import RequestError, ServiceError
from heuresis.settings import Settings

NAMESPACE = "heuresis"
KNOCK_S = 1.0
UP = "start it with `heuresis serve up`"
_opening = threading.Lock()


@dataclass(frozen=True)
class Record:
    """What `heuresis serve up` leaves in the home.

    Attributes:
        address: Of the Ray it started.
        pid: Of the process that keeps Ray.
        started_at: When that process started, in seconds since 1970; a reused pid differs.
        config: The hosting file in use; empty: none.
        http_port: Where language models are asked; 0: nowhere.
    """

    address: str
    pid: int
    started_at: float
    config: str = ""
    http_port: int = 0

    @property
    def is_alive(self) -> bool:
        """Whether the process that keeps Ray is there."""
        import psutil

        try:
            process = psutil.Process(self.pid)
            is_same = abs(process.create_time() - self.started_at) < 1
            return is_same and process.status() != psutil.STATUS_ZOMBIE
        except psutil.Error:
            return False


def folder(settings: Settings) -> Path:
    """Return the folder of the home that holds the record and the log."""
    return settings.home / "serve"


def read_record(settings: Settings) -> Record | None:
    """Return what `up` left, also where its process is gone; None where it was never up."""
    try:
        return Record(**json.loads((folder(settings) / "ray.json").read_text(encoding="utf-8")))
    except (FileNotFoundError, ValueError, TypeError):
        return None


def write_record(settings: Settings, record: Record) -> None:
    """Leave a record, whole or not at all."""
    place = folder(settings) / "ray.json"
    place.parent.mkdir(parents=True, exist_ok=True)
    unfinished = place.with_suffix(f".{os.getpid()}")
    unfinished.write_text(json.dumps(asdict(record)), encoding="utf-8")
    unfinished.replace(place)


def forget_record(settings: Settings) -> None:
    """Take the record away."""
    (folder(settings) / "ray.json").unlink(missing_ok=True)


def address_in_use(settings: Settings) -> str:
    """Return the address of the Ray that the settings mean.

    Raises:
        ServiceError: None is named, and none was started for this home.
    """
    if settings.ray_address:
        return settings.ray_address
    record = read_record(settings)
    if record is None or not record.is_alive:
        raise ServiceError(f"Ray of home {str(settings.home)!r}: not running; {UP}")
    return record.address


def is_reachable(settings: Settings) -> bool:
    """Whether something listens where the Ray of the settings is; 'auto' names no place.

    Raises:
        ServiceError: None is named, and none was started for this home.
    """
    host, _, port = address_in_use(settings).rpartition(":")
    if not host or not port.isdecimal():
        return True
    try:
        socket.create_connection((host.strip("[]"), int(port)), KNOCK_S).close()
    except OSError:
        return False
    return True


def connect(settings: Settings) -> None:
    """Join this process to the Ray of the settings; does nothing where it is joined.

    Raises:
        RequestError: The address is of a kind that cannot work.
        ServiceError: Ray is not installed, not there, or another one is in use.
    """
    address = address_in_use(settings)
    if address.startswith("ray://"):
        raise RequestError(
            f"settings: HEURESIS_RAY_ADDRESS: got {address!r}, allowed: 'HOST:PORT' or 'auto'; run "
            "this process on a computer of the cluster"
        )
    if not settings.ray_address:
        make_private(settings)
    ray = import_ray()
    with _opening:
        if ray.is_initialized():
            return _check_same(address)
        try:
            _join(ray, address)
        except (ConnectionError, RuntimeError, ValueError) as error:
            raise ServiceError(f"Ray at {address!r}: {error}; {UP}") from error


def _join(ray: Any, address: str) -> None:
    """Join without a word on the screen, and leave the process its own way to end."""
    from ray import serve

    is_main = threading.current_thread() is threading.main_thread()
    ending = signal.getsignal(signal.SIGTERM)
    for name in ("ray._private.worker", serve.__name__):
        logging.getLogger(name).setLevel(logging.ERROR)
    ray.init(address=address, namespace=NAMESPACE, log_to_driver=False, configure_logging=False)
    if is_main and ending is not None:
        signal.signal(signal.SIGTERM, ending)


def leave() -> None:
    """Part this process from its Ray, which goes on."""
    if "ray" in sys.modules:
        sys.modules["ray"].shutdown()


def import_ray() -> Any:
    """Return the module.

    Raises:
        ServiceError: It is not installed.
    """
    try:
        import ray
    except ModuleNotFoundError as error:
        raise ServiceError(f"Ray: {error}; `pip install 'heuresis[ray]'`") from error
    return ray


def make_private(settings: Settings) -> None:
    """Let only this user and this computer in: a token that only they can read, loopback only.

    Ray would write a token that others can read, into a place that all homes share, and listen on
    every network.
    """
    token = folder(settings) / "token"
    if not token.exists():
        token.parent.mkdir(parents=True, exist_ok=True)
        with suppress(FileExistsError):
            number = os.open(token, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(number, "w") as file:
                file.write(token_hex(32))
    private = {
        "RAY_AUTH_MODE": "token",
        "RAY_AUTH_TOKEN_PATH": str(token),
        "RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER": "0",  # despite its name: what makes Ray use loopback
    }
    os.environ.update(private)
    if "ray" in sys.modules:
        _read_again()


def _read_again() -> None:
    """Make Ray read the environment again: it was imported before, by whoever else uses it."""
    from ray._private import ray_constants
    from ray._raylet import Config

    ray_constants.ENABLE_RAY_CLUSTER = False
    Config.initialize("")


def _check_same(address: str) -> None:
    import ray

    here = ray.get_runtime_context().gcs_address
    if address != "auto" and address.rpartition(":")[2] != here.rpartition(":")[2]:
        raise ServiceError(f"Ray: this process is joined to {here!r}, not to {address!r}")
