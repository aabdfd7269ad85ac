"""All processors of one computer or of a cluster, through Ray Data: shards in, results out."""

import json
import logging
import os
import warnings
from collections.abc import Iterator, Mapping
from dataclasses import asdict, replace
from typing import Any

from heuresis.errors import HeuresisError, RequestError, ServiceError
from heuresis.serving.hosts.ray_serve import connection
from heuresis.serving.hosts.ray_serve.deploy import environment_of
from heuresis.serving.library.crew import Job, passed
from heuresis.serving.library.table import arrow
from heuresis.serving.library.working import Result
from heuresis.settings import Settings

MB = 1024 * 1024
OBJECT_STORE_MB = 200
BLOCK_BYTES = 64 * 1024  # above it Ray Data hands a block on: one shard, not many
READER_CPUS, WORKER_CPUS = 0.1, 0.9  # together no more than there are, and unlike: not fused
QUIET = {"RAY_DATA_LOG_LEVEL": "ERROR", "RAY_BACKEND_LOG_LEVEL": "fatal"}
PASSED, WORKED, BROKEN, FAILED = "passed", "worked", "broken", "failed"


class RayCrew:
    """One worker per processor.

    It joins the Ray of the settings, or that of `heuresis serve up`; without one it starts a Ray
    on this computer, which ends with the work.

    Args:
        settings: Which Ray.
    """

    n_workers = 0

    def __init__(self, settings: Settings) -> None:
        self._settings = settings

    def results(self, job: Job) -> Iterator[Result]:
        """See `Crew.results`."""
        ray = connection.import_ray()
        is_own = _joined(ray, self._settings)
        try:
            self.n_workers = max(1, int(ray.cluster_resources().get("CPU", 1)))
            for row in self._rows(job):
                yield _result(row)
        except ray.exceptions.RayError as error:
            first = (str(error).strip() or type(error).__name__).splitlines()[-1]
            raise ServiceError(
                f"Ray: {first}; repeat the command: shards that are done stay done"
            ) from error
        finally:
            if is_own:
                ray.shutdown()

    def _rows(self, job: Job) -> Iterator[Mapping[str, Any]]:
        from ray import data

        from heuresis.serving.hosts.ray_data.source import Shards

        with warnings.catch_warnings():
            # Its first context sets what it itself calls outdated.
            warnings.simplefilter("ignore", DeprecationWarning)
            logging.getLogger(data.__name__).setLevel(logging.ERROR)  # its import says otherwise
            context = data.DataContext.get_current()
        context.target_max_block_size = BLOCK_BYTES
        context.enable_progress_bars = False
        found = data.read_datasource(
            Shards(job), num_cpus=READER_CPUS, override_num_blocks=1, concurrency=1
        ).map_batches(
            Hand,
            batch_size=1,
            batch_format="pyarrow",
            zero_copy_batch=True,
            compute=data.ActorPoolStrategy(min_size=1, max_size=self.n_workers),
            num_cpus=WORKER_CPUS,
            fn_constructor_args=(job.plan.model_dump_json(), _environment(self._settings)),
        )
        yield from found.iter_rows()


class Hand:
    """What runs in each worker process: a `Worker`, between the rows of Ray Data.

    Args:
        plan: As JSON.
        environment: Settings of the tools.
    """

    def __init__(self, plan: str, environment: Mapping[str, str]) -> None:
        os.environ.update(environment)
        self._plan = plan
        self._worker: Any = None

    def __call__(self, batch: Any) -> Any:
        """Work on one shard; what goes wrong is told in the row, which Ray would only retell."""
        pa = arrow()
        (row,) = batch.to_pylist()
        kind, told = self._told(row)
        data = told.pop("data", b"")
        return pa.table({
            "kind": [kind], "told": [_text(told)], "data": pa.array([data], pa.large_binary()),
        })  # fmt: skip

    def _told(self, row: Mapping[str, Any]) -> tuple[str, dict[str, Any]]:
        from heuresis.serving.hosts.ray_data.source import WRONG, unpacked

        if row[WRONG]:
            return BROKEN, {"why": row[WRONG]}
        shard = unpacked(row)
        if not shard.records:
            return PASSED, asdict(passed(shard))
        try:
            return WORKED, asdict(self._opened().work(shard))
        except HeuresisError as error:
            return FAILED, {"why": str(error)}

    def _opened(self) -> Any:
        if self._worker is None:
            from heuresis.serving.library.plan import Plan
            from heuresis.serving.library.working import Worker
            from heuresis.serving.open_lab import policies
            from heuresis.settings import get_settings

            get_settings.cache_clear()
            plan = Plan.model_validate_json(self._plan)
            self._worker = Worker(plan, policies(get_settings()))
        return self._worker


def _environment(settings: Settings) -> dict[str, str]:
    """Return the settings that tools and screens read in a worker."""
    return {
        **environment_of(settings),
        "HEURESIS_EGRESS_ALLOWED": json.dumps(settings.egress_allowed),
    }


def _text(told: dict[str, Any]) -> str:
    return json.dumps(told)


def _result(row: Mapping[str, Any]) -> Result:
    """Return what a worker said.

    Raises:
        RequestError: The library could not be read to its end.
        ServiceError: The worker does not work.
    """
    told = json.loads(row["told"])
    if row["kind"] == BROKEN:
        raise RequestError(told["why"])
    if row["kind"] == FAILED:
        raise ServiceError(told["why"])
    found = Result(**told)
    return replace(found, data=row["data"], events=tuple(found.events))


def _joined(ray: Any, settings: Settings) -> bool:
    """Join the Ray there is, or start one; return whether it is this process's own."""
    for name, level in QUIET.items():
        os.environ.setdefault(name, level)
    logging.getLogger("ray._private.worker").setLevel(logging.ERROR)
    if ray.is_initialized():
        return False
    record = connection.read_record(settings)
    if settings.ray_address or (record is not None and record.is_alive):
        connection.connect(settings)
        return False
    os.environ.setdefault("OMP_NUM_THREADS", "1")  # one worker per processor
    os.environ.setdefault("RAY_worker_niceness", "0")
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
    connection.make_private(settings)
    try:
        ray.init(
            include_dashboard=False,
            object_store_memory=OBJECT_STORE_MB * MB,
            namespace=connection.NAMESPACE,
            log_to_driver=False,
            configure_logging=False,
        )
    except (ConnectionError, RuntimeError, ValueError) as error:
        raise ServiceError(f"Ray does not start: {error}") from error
    return True
