"""Figures for Prometheus: requests, runs, waiting jobs, the ledger's writes; no word of a user."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from heuresis.contract import Outcome
from heuresis.memory import jobs
from heuresis.serving.remote.parts import Parts
from heuresis.serving.remote.recent import Recent
from heuresis.serving.remote.refusals import BackendMissingError

if TYPE_CHECKING:
    from prometheus_client import CollectorRegistry

MEDIA_TYPE = "text/plain; version=0.0.4; charset=utf-8"
METHODS = frozenset(["GET", "HEAD", "POST", "DELETE", "OPTIONS", "PUT", "PATCH"])
NOWHERE, OTHER = "none", "other"
QUICK_S = (0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1.0, 3.0, 10.0, 30.0)
LONG_S = (0.001, 0.01, 0.1, 1.0, 10.0, 60.0, 600.0)


class Meters:
    """Counts what a server does.

    A label is one of few words that the program itself knows: a route's template, a tool of the
    registry, a status. An address, a name or an id never is one.

    Args:
        parts: Whose lab and ledger are counted.
        mounts: Paths of what answers beside the routes, such as '/mcp'.
    """

    media_type = MEDIA_TYPE

    def __init__(self, parts: Parts, mounts: Sequence[str] = ()) -> None:
        self._mounts = tuple(mounts)
        self._jobs: Recent[dict[str, int]] = Recent(lambda: jobs.n_by_status(parts.ledger), {})
        self._registry = _new_registry()
        if self._registry is not None:
            self._begin(self._registry)
            parts.lab.watchers.append(self._count_runs)
            parts.ledger.watchers.append(self._writes.observe)

    def _begin(self, registry: "CollectorRegistry") -> None:
        from prometheus_client import Counter, Histogram, ProcessCollector

        self._requests = Counter(
            "heuresis_requests", "HTTP requests.", ("method", "route", "status"), registry=registry
        )
        self._latency = Histogram(
            "heuresis_request_seconds", "From a request to the beginning of its answer.",
            ("method", "route"), registry=registry, buckets=QUICK_S,
        )  # fmt: skip
        self._runs = Counter(
            "heuresis_runs", "Answers of tools; a hit was answered from the ledger.",
            ("tool", "status", "hit"), registry=registry,
        )  # fmt: skip
        self._computing = Histogram(
            "heuresis_run_seconds", "What a run took that was no hit.", ("tool",),
            registry=registry, buckets=LONG_S,
        )  # fmt: skip
        self._writes = Histogram(
            "heuresis_ledger_write_seconds", "A transaction that writes, waiting for its turn too.",
            registry=registry, buckets=QUICK_S,
        )  # fmt: skip
        registry.register(_Jobs(self._jobs))
        ProcessCollector(registry=registry)

    def text(self) -> bytes:
        """Return all figures.

        Raises:
            BackendMissingError: The package that counts is not installed.
        """
        if self._registry is None:
            raise BackendMissingError(
                "metrics: no prometheus_client: pip install 'heuresis[telemetry]'"
            )
        from prometheus_client import generate_latest

        return generate_latest(self._registry)

    def count(self, scope: Mapping[str, Any], status: int, seconds: float) -> None:
        """Count a request that was answered.

        Args:
            scope: Of ASGI, after it was routed.
            status: Of the answer; 0 where its caller went away before.
            seconds: Until the answer began.
        """
        if self._registry is None:
            return
        method, route = self._named(scope)
        self._requests.labels(method, route, str(status)).inc()
        self._latency.labels(method, route).observe(seconds)

    def told(self, scope: Mapping[str, Any], status: int) -> dict[str, str | int]:
        """Return what may be told of a request that was answered."""
        method, route = self._named(scope)
        return {"http.request.method": method, "http.route": route,
                "http.response.status_code": status}  # fmt: skip

    def _named(self, scope: Mapping[str, Any]) -> tuple[str, str]:
        method = scope["method"] if scope["method"] in METHODS else OTHER
        return method, route_of(scope, self._mounts)

    def _count_runs(self, outcomes: Sequence[Outcome]) -> None:
        for one in outcomes:
            self._runs.labels(one.tool, one.status.value, str(one.cached).lower()).inc()
            if not one.cached:
                self._computing.labels(one.tool).observe(one.seconds)


def _new_registry() -> "CollectorRegistry | None":
    try:
        from prometheus_client import CollectorRegistry
    except ModuleNotFoundError:
        return None
    return CollectorRegistry()


def route_of(scope: Mapping[str, Any], mounts: Sequence[str] = ()) -> str:
    """Return the template of the route that answered, 'none' where no route did."""
    route = getattr(scope.get("route"), "path", None)
    if route is not None:
        return str(route)
    path = scope["path"]
    return next((one for one in mounts if path == one or path.startswith(f"{one}/")), NOWHERE)


class _Jobs:
    """Counts jobs when it is asked, as they may be another process's."""

    def __init__(self, counted: Recent[dict[str, int]]) -> None:
        self._counted = counted

    def collect(self) -> Any:
        from prometheus_client.core import GaugeMetricFamily

        family = GaugeMetricFamily("heuresis_jobs", "Jobs that have not ended.", labels=["status"])
        for status, n in self._counted.get().items():
            family.add_metric([status], n)
        return [family]
