"""Spans: which tool, which run, how long; sent to a real receiver, never with an input."""

import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from fixtures_api import Api, api, few_tools, make_api
from fixtures_lab import Job, MakeLab
from otlp_receiver import Receiver, told

from heuresis.errors import RequestError, ServiceError
from heuresis.serving.lab import Lab
from heuresis.serving.tracing import SILENT

OF_THE_API = (api, few_tools, make_api)  # fixtures, for the tests below
ECHO = "/v1/tools/test.echo"
SECRET = "elephantine"


@pytest.fixture
def receiver(monkeypatch: pytest.MonkeyPatch) -> Iterator[Receiver]:
    """A collector that the settings name."""
    pytest.importorskip("opentelemetry.exporter.otlp.proto.http")
    opened = Receiver()
    monkeypatch.setenv("HEURESIS_OTLP_ENDPOINT", opened.url)
    monkeypatch.setenv("OTEL_BSP_SCHEDULE_DELAY", "20")  # milliseconds
    yield opened
    opened.close()


def test_nothing_is_sent_unless_a_collector_is_named(lab: Lab) -> None:
    assert lab.tracing is SILENT


def test_a_request_can_be_followed_to_its_backend_and_its_run(receiver: Receiver, api: Api) -> None:
    run_id = api.client().post(ECHO, json={"number": 5}).json()["run_id"]
    (request,), (call,) = receiver.wait_for("http.request"), receiver.wait_for("lab.call")
    (backend,), (run,) = receiver.wait_for("backend.execute"), receiver.wait_for("run")
    assert len({span.trace_id for span in (request, call, backend, run)}) == 1
    assert call.parent_span_id == request.span_id
    assert backend.parent_span_id == run.parent_span_id == call.span_id
    assert told(request) == {
        "http.request.method": "POST", "http.route": ECHO, "http.response.status_code": 200,
    }  # fmt: skip
    assert {told(span)["heuresis.run_id"] for span in (call, backend, run)} == {run_id}
    assert told(run)["heuresis.cached"] is False
    assert told(backend)["heuresis.host"] == "inprocess"
    assert receiver.bodies[0][0] == "/v1/traces"


def test_every_run_of_a_batch_is_named_and_a_hit_is_no_execution(
    receiver: Receiver, lab: Lab
) -> None:
    requests = [{"number": 1}, {"number": 2}, {"number": 1}]
    outcomes = lab.run_many("test.echo", requests)
    lab.run("test.echo", {"number": 2})
    runs = receiver.wait_for("run", 4)
    assert {told(one)["heuresis.run_id"] for one in runs} == {one.run_id for one in outcomes}
    assert sorted(told(one)["heuresis.cached"] for one in runs) == [False, False, True, True]
    assert len(receiver.wait_for("lab.call", 2)) == 2
    assert len(receiver.wait_for("backend.execute")) == 1


def test_a_trace_of_the_caller_is_gone_on_with(receiver: Receiver, api: Api) -> None:
    parent = f"00-{'ab' * 16}-{'cd' * 8}-01"
    api.client().get("/v1/tools", headers={"traceparent": parent})
    (request,) = receiver.wait_for("http.request")
    assert (request.trace_id.hex(), request.parent_span_id.hex()) == ("ab" * 16, "cd" * 8)


def test_no_input_no_message_and_no_address_is_sent(receiver: Receiver, api: Api) -> None:
    client = api.client()
    client.post("/v1/tools/test.odd", json={"number": 1, "words": SECRET})
    client.post(ECHO, json={"number": -13})  # fails with a message
    client.get(f"/{SECRET}?q={SECRET}", headers={"X-Request-Id": SECRET})
    client.get(f"/v1/runs/{SECRET}")
    receiver.wait_for("http.request", 4)
    receiver.wait_for("run", 2)
    sent = b"".join(body for _, body in receiver.bodies)
    for word in (SECRET, "bad luck", "number", "words"):
        assert word.encode() not in sent


def test_of_an_exception_its_kind_is_told_and_not_its_words(receiver: Receiver, lab: Lab) -> None:
    with pytest.raises(RequestError):
        with lab.tracing.span("lab.call"):
            raise RequestError(SECRET)
    (span,) = receiver.wait_for("lab.call")
    assert (told(span), span.status.code, span.status.message) == (
        {"error.type": "RequestError"}, 2, "",
    )  # fmt: skip
    assert list(span.events) == []


def test_probes_leave_no_trace(receiver: Receiver, api: Api) -> None:
    api.client().get("/healthz")
    api.client().get("/v1/tools")
    (request,) = receiver.wait_for("http.request")
    assert told(request)["http.route"] == "/v1/tools"


def test_a_collector_that_is_away_keeps_no_run_and_hardly_the_end_of_a_process(home: Path) -> None:
    pytest.importorskip("opentelemetry.exporter.otlp.proto.http")
    began = time.monotonic()
    job = Job(home, [[{"number": 1}]], HEURESIS_OTLP_ENDPOINT="http://127.0.0.1:9")
    ((status, *_),) = job.outcomes()
    assert status == "ok"
    assert time.monotonic() - began < 20


def test_without_the_package_the_fix_is_told(
    make_lab: MakeLab, monkeypatch: pytest.MonkeyPatch
) -> None:
    name = "opentelemetry.exporter.otlp.proto.http.trace_exporter"
    monkeypatch.setitem(sys.modules, name, None)
    with pytest.raises(ServiceError, match=r"pip install 'heuresis\[telemetry\]', or unset it"):
        make_lab(otlp_endpoint="http://127.0.0.1:4318")


@pytest.mark.parametrize(
    ("address", "match"),
    [
        ("http://me:hush@collector:4318", "got a name or password"),
        ("collector:4318", "allowed: http://HOST:PORT"),
    ],
)
def test_an_address_that_does_not_fit_is_refused_without_its_password(
    make_lab: MakeLab, address: str, match: str
) -> None:
    with pytest.raises(RequestError, match=match) as caught:
        make_lab(otlp_endpoint=address)
    assert "hush" not in str(caught.value)
