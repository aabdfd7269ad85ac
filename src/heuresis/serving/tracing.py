"""Spans for an OpenTelemetry collector: what was called, for how long, which run; never with what.

Off unless HEURESIS_OTLP_ENDPOINT names a collector. A collector that is away loses spans and
nothing else.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from functools import cache
from typing import TYPE_CHECKING, Protocol
from urllib.parse import urlsplit

from heuresis import __version__
from heuresis.contract import Outcome
from heuresis.errors import RequestError, ServiceError
from heuresis.settings import Settings

if TYPE_CHECKING:
    from opentelemetry.trace import Span, Tracer

EXPORT_S = 3.0  # so long may a process that ends wait for its collector
PATH = "/v1/traces"
PARENT = ("traceparent", "tracestate")
Word = str | int | float | bool
Tell = Callable[[Mapping[str, Word]], None]
NOTHING: Mapping[str, Word] = {}


class Tracing(Protocol):
    """Makes spans. What is told of one is a name, a number or an id of our own, never an input."""

    def span(self, name: str, told: Mapping[str, Word] = NOTHING) -> AbstractContextManager[Tell]:
        """Open a span within the one that is open; what it gives takes more to tell."""
        ...

    def request(self, headers: Mapping[str, str]) -> AbstractContextManager[Tell]:
        """Open the span of a request, within its caller's where the headers name one."""
        ...

    def runs(self, outcomes: Sequence[Outcome], began_ns: int) -> None:
        """Tell of the runs that answer a call, each as a span with its id."""
        ...


def tracing_of(settings: Settings) -> Tracing:
    """Return what the settings ask for.

    Raises:
        RequestError: The collector's address does not fit.
        ServiceError: A collector is named, and the package that speaks to it is not installed.
    """
    return _otlp(settings.otlp_endpoint) if settings.otlp_endpoint else SILENT


def run_told(outcome: Outcome) -> dict[str, Word]:
    """Return what may be told of a run."""
    return {
        "heuresis.run_id": outcome.run_id,
        "heuresis.tool": outcome.tool,
        "heuresis.backend": outcome.backend,
        "heuresis.status": outcome.status.value,
        "heuresis.cached": outcome.cached,
    }


class Silent:
    """Makes no spans."""

    def span(self, name: str, told: Mapping[str, Word] = NOTHING) -> AbstractContextManager[Tell]:
        """See `Tracing.span`."""
        return _SILENCE

    def request(self, headers: Mapping[str, str]) -> AbstractContextManager[Tell]:
        """See `Tracing.request`."""
        return _SILENCE

    def runs(self, outcomes: Sequence[Outcome], began_ns: int) -> None:
        """See `Tracing.runs`."""


def _say_nothing(told: Mapping[str, Word]) -> None:
    return None


_SILENCE: AbstractContextManager[Tell] = nullcontext(_say_nothing)
SILENT = Silent()


class Otlp:
    """Sends spans to a collector, in a thread of its own.

    Args:
        tracer: Of a provider of our own: other libraries find none, and send nothing through it.
    """

    def __init__(self, tracer: "Tracer") -> None:
        self._tracer = tracer

    def span(self, name: str, told: Mapping[str, Word] = NOTHING) -> AbstractContextManager[Tell]:
        """See `Tracing.span`."""
        return _opened(self._tracer.start_span(name, attributes=told))

    def request(self, headers: Mapping[str, str]) -> AbstractContextManager[Tell]:
        """See `Tracing.request`."""
        from opentelemetry.trace import SpanKind
        from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

        given = {name: headers[name] for name in PARENT if name in headers}
        within = TraceContextTextMapPropagator().extract(given)
        return _opened(self._tracer.start_span("http.request", within, SpanKind.SERVER))

    def runs(self, outcomes: Sequence[Outcome], began_ns: int) -> None:
        """See `Tracing.runs`."""
        for one in outcomes:
            span = self._tracer.start_span("run", start_time=began_ns, attributes=run_told(one))
            span.end()


@contextmanager
def _opened(span: "Span") -> Iterator[Tell]:
    """Keep a span open; of an exception its kind is told, as its message may hold an input."""
    from opentelemetry.trace import Status, StatusCode, use_span

    with use_span(span, end_on_exit=True, record_exception=False, set_status_on_exception=False):
        try:
            yield span.set_attributes
        except BaseException as error:
            span.set_attribute("error.type", type(error).__name__)
            span.set_status(Status(StatusCode.ERROR))
            raise


@cache
def _otlp(endpoint: str) -> Tracing:
    address = _address(endpoint)
    try:
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
        from opentelemetry.sdk.resources import Resource
        from opentelemetry.sdk.trace import TracerProvider
        from opentelemetry.sdk.trace.export import BatchSpanProcessor
    except ModuleNotFoundError as error:
        raise ServiceError(
            f"HEURESIS_OTLP_ENDPOINT: got {endpoint!r}, but {error}; "
            "pip install 'heuresis[telemetry]', or unset it"
        ) from error
    resource = Resource.create({"service.name": "heuresis", "service.version": __version__})
    provider = TracerProvider(resource=resource)  # sends what is left when the process ends
    exporter = OTLPSpanExporter(address, timeout=EXPORT_S)
    provider.add_span_processor(BatchSpanProcessor(exporter))
    return Otlp(provider.get_tracer("heuresis", __version__))


def _address(endpoint: str) -> str:
    """Return where spans go: a collector's usual path where none is named."""
    found = urlsplit(endpoint)
    if "@" in found.netloc:
        raise RequestError(
            "settings: HEURESIS_OTLP_ENDPOINT: got a name or password in it, allowed: none; "
            "OTEL_EXPORTER_OTLP_HEADERS in the environment has those"
        )
    if found.scheme not in ("http", "https") or not found.hostname:
        raise RequestError(
            f"settings: HEURESIS_OTLP_ENDPOINT: got {endpoint!r}, allowed: http://HOST:PORT or "
            "https://HOST:PORT"
        )
    return endpoint if found.path.strip("/") else endpoint.rstrip("/") + PATH
