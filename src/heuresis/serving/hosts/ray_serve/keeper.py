"""The process that keeps a laptop's Ray: `python -m heuresis.serving.hosts.ray_serve.keeper`.

Ray ends with the process that started it, so `heuresis serve down` has one process to end and
touches no other Ray of the computer. Standard output and errors go to the log of the home.
"""

import os
import signal
import sys
import threading
from pathlib import Path
from typing import Any

from heuresis.serving.hosts.ray_serve.config import MB, HostingConfig, read_config
from heuresis.serving.hosts.ray_serve.connection import (
    NAMESPACE,
    Record,
    forget_record,
    import_ray,
    make_private,
    write_record,
)
from heuresis.settings import Settings, get_settings

WATCH_S = 2.0


def start_ray(settings: Settings, config: HostingConfig, http_port: int = 0) -> str:
    """Start Ray and Serve in this process and its children; return the address.

    It listens on this computer only. Serve's HTTP proxy stays off: callers use handles; only who
    asks a language model needs it.
    """
    os.environ.setdefault("OMP_NUM_THREADS", str(settings.n_threads))  # Ray says 1
    os.environ.setdefault("RAY_worker_niceness", "0")  # Ray's 15 starves a model on a busy machine
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
    make_private(settings)
    ray = import_ray()
    from ray import serve

    accelerators = config.cluster.accelerators
    with_gpus: dict[str, Any] = {"num_gpus": len(accelerators)} if accelerators else {}
    context = ray.init(
        num_cpus=config.cluster.cpus,
        include_dashboard=False,
        object_store_memory=config.cluster.object_store_mb * MB,
        namespace=NAMESPACE,
        log_to_driver=False,
        configure_logging=False,
        **with_gpus,
    )
    if http_port:
        serve.start(
            proxy_location="HeadOnly", http_options={"host": "127.0.0.1", "port": http_port}
        )
    else:
        serve.start(proxy_location="Disabled")
    return str(context.address_info["gcs_address"])


def main(config_file: str, followed: int | None = None, http_port: int = 0) -> None:
    """Start, deploy, say so in the home, and wait to be ended.

    Args:
        config_file: The hosting file; empty: none.
        followed: A process whose end is also the end of this Ray; None: it stays by itself.
        http_port: At which language models are asked; 0: no such port.
    """
    import psutil

    from heuresis.serving.hosts.ray_serve.operation import deploy_all

    settings = get_settings()
    config = read_config(Path(config_file) if config_file else None)
    address = start_ray(settings, config, http_port)
    ended = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):  # after Ray set its own
        signal.signal(number, lambda *_: ended.set())
    deploy_all(settings, config)
    started_at = psutil.Process().create_time()
    write_record(settings, Record(address, os.getpid(), started_at, config_file, http_port))
    while not ended.wait(WATCH_S):
        if followed is not None and not psutil.pid_exists(followed):
            break
    forget_record(settings)
    stop_ray()


def stop_ray() -> None:
    """Let replicas finish what they run, then end Ray."""
    import ray
    from ray import serve

    serve.shutdown()
    ray.shutdown()


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2] or 0) or None, int(sys.argv[3]))
