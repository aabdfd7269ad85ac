"""The Ray host: answers and errors as in-process, callers joined, and replicas that may die."""

import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from fixtures_lab import rows
from hosted_tools import HOSTED, HostedRequest, HostedResponse

from heuresis.contract import ImageRef, Status, digest_of
from heuresis.errors import RequestError, ServiceError
from heuresis.memory.ledger import Ledger
from heuresis.memory.vault import Vault
from heuresis.serving.host import TimedOutError
from heuresis.serving.hosts.ray_serve.address import Address
from heuresis.serving.hosts.ray_serve.config import HostingConfig
from heuresis.serving.hosts.ray_serve.host import RayHost
from heuresis.serving.lab import Lab
from heuresis.settings import Settings
from heuresis.tools import registry

pytestmark = pytest.mark.ray
PLACE = "hosted_tools:HOSTED"
ONE, NARROW, LARGE, LARGER, LEAKY = HOSTED.backends
CONFIG = HostingConfig.model_validate(
    {
        "cluster": {"accelerators": [{"memory_mb": 1000}]},
        "patience": {"start_s": 90, "queue_s": 20},
        "defaults": {"idle_s": 300, "drain_s": 5, "cpus": 0},
        "deployments": {
            "test.hosted.narrow": {"calls_per_replica": 1, "max_queued": 1},
            "test.hosted.large": {"accelerator_mb": 700},
            "test.hosted.larger": {"accelerator_mb": 800},
            "test.hosted.leaky": {"recycle_mb": 500},
        },
    }
)


@pytest.fixture(autouse=True)
def _listed(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setitem(registry.BUILT_IN, "test.hosted", PLACE)
    registry.places.cache_clear()
    yield
    registry.places.cache_clear()


@pytest.fixture
def host(ray_settings: Settings) -> RayHost:
    from heuresis.serving.hosts.ray_serve import operation

    wanted = [Address("test.hosted", one.name, PLACE) for one in HOSTED.backends]
    operation.deploy_all(ray_settings, CONFIG, wanted)
    return RayHost(ray_settings, CONFIG)


@pytest.fixture
def hosted_lab(host: RayHost, tmp_path: Path) -> Iterator[Lab]:
    chosen = Settings(home=tmp_path / "home")
    lab = Lab(Ledger(chosen.ledger), Vault(chosen.vault), host, (), chosen)
    yield lab
    lab.ledger.close()


Ask = Callable[..., list[HostedResponse]]


@pytest.fixture
def ask(host: RayHost) -> Ask:
    def asked(*requests: Any, backend: Any = ONE, timeout_s: float = 20) -> list[HostedResponse]:
        answers = host.call(backend, [HostedRequest(**one) for one in requests], timeout_s)
        return [one for one in answers if isinstance(one, HostedResponse)]

    return asked


def test_answers_come_in_the_order_of_the_requests(ask: Ask) -> None:
    found = ask(*({"number": n} for n in range(16)))
    assert [one.value.value for one in found] == list(range(16))
    assert {one.pid for one in found} != {os.getpid()}


@pytest.mark.parametrize(
    ("trouble", "kind", "told", "transient"),
    [
        ("refuse", RequestError, "got a bad one", None),
        ("busy", ServiceError, "busy, come again", True),
        ("bug", ServiceError, "backend 'one': ZeroDivisionError: a model's own error", False),
    ],
)
def test_what_a_backend_raises_reaches_the_caller_as_itself(
    trouble: str, kind: type[Exception], told: str, transient: bool | None, ask: Ask
) -> None:
    with pytest.raises(kind, match=told) as caught:
        ask({"number": 1, "trouble": trouble})
    assert type(caught.value) is kind
    assert getattr(caught.value, "transient", None) == transient


def test_callers_are_joined_and_one_bad_request_harms_only_its_own(ask: Ask) -> None:
    with ThreadPoolExecutor(9) as pool:
        first = pool.submit(ask, {"number": 0, "seconds": 1.0})
        time.sleep(0.3)  # the others come while it runs, and so together
        bad = pool.submit(ask, {"number": 1, "trouble": "refuse"})
        good = [pool.submit(ask, {"number": n}) for n in range(2, 9)]
        answers = [one.result()[0] for one in good]
        with pytest.raises(RequestError, match="got a bad one"):
            bad.result()
    assert first.result()[0].n_together == 1
    assert [one.value.value for one in answers] == list(range(2, 9))

    with ThreadPoolExecutor(8) as pool:
        first = pool.submit(ask, {"number": 0, "seconds": 3.0})
        time.sleep(0.3)
        together = [pool.submit(ask, {"number": n}, {"number": n}) for n in range(7)]
        assert max(one.result()[0].n_together for one in together) > 2


def test_a_large_file_goes_along_and_is_read_there(ask: Ask) -> None:
    data = os.urandom(40_000_000)
    ref = ImageRef(digest_of(data)).opened(lambda _: data)
    assert ask({"number": 1, "image": ref})[0].n_bytes == len(data)


def test_weights_that_differ_between_caller_and_replica_are_refused(
    ask: Ask, monkeypatch: pytest.MonkeyPatch
) -> None:
    ask({"number": 1})
    monkeypatch.setenv("HOSTED_VERSION", "2")
    with pytest.raises(ServiceError, match=r"got a call for 'program:hosted==2', allowed: '.*1'"):
        ask({"number": 1})


def test_a_full_queue_says_how_many_wait_and_that_it_is_worth_trying_again(ask: Ask) -> None:
    ask({"number": 0}, backend=NARROW)

    def try_it(number: int) -> float | ServiceError:
        try:
            return ask({"number": number, "seconds": 1.0}, backend=NARROW)[0].value.value
        except ServiceError as error:
            return error

    with ThreadPoolExecutor(6) as pool:
        found = list(pool.map(try_it, range(6)))
    refused = [one for one in found if isinstance(one, ServiceError)]
    answered = [one for one in found if not isinstance(one, ServiceError)]
    assert len(answered) >= 1
    assert len(refused) >= 1
    assert all(one.transient for one in refused)
    assert "queue is full: 1 calls of this process wait before yours, about" in str(refused[0])
    assert ask({"number": 7}, backend=NARROW)[0].value.value == 7


def test_a_model_without_room_on_the_accelerator_is_told_its_place_and_how_long(ask: Ask) -> None:
    assert ask({"number": 1}, backend=LARGE)
    with pytest.raises(
        ServiceError, match=r"needs 800 MB .*, free: 300 MB; place 1 in the queue, ab"
    ):
        ask({"number": 1}, backend=LARGER)
    assert ask({"number": 2}, backend=LARGE)


def test_a_killed_replica_loses_and_doubles_no_run(hosted_lab: Lab, ask: Ask) -> None:
    pid = ask({"number": 0})[0].pid
    with ThreadPoolExecutor(8) as pool:
        waiting = [
            pool.submit(hosted_lab.run, "test.hosted", {"number": n, "seconds": 0.05})
            for n in range(1, 41)
        ]
        time.sleep(0.5)
        os.kill(pid, signal.SIGKILL)
        outcomes = [one.result() for one in waiting]
    assert {one.status for one in outcomes} == {Status.OK}, {one.reason for one in outcomes}
    assert len({one.pid for one in map(_response, outcomes)}) == 2  # both answered some
    recorded = rows(hosted_lab.ledger, "run")
    assert len({row["key"] for row in recorded}) == len(recorded) == 40
    assert len(rows(hosted_lab.ledger, "quantity")) == 40


def _response(outcome: Any) -> HostedResponse:
    assert isinstance(outcome.response, HostedResponse)
    return outcome.response


def test_a_request_that_kills_its_replica_fails_and_leaves_the_others_alone(
    hosted_lab: Lab,
) -> None:
    context = threading.Thread(
        target=hosted_lab.run, args=("test.hosted", {"number": 1, "trouble": "die"})
    )
    context.start()
    context.join()
    assert hosted_lab.run("test.hosted", {"number": 2}).status == Status.OK
    by_status = [row["status"] for row in rows(hosted_lab.ledger, "run")]
    assert sorted(by_status) == ["failed", "ok"]


def test_not_a_number_is_recorded_as_a_failure_without_a_number(hosted_lab: Lab) -> None:
    outcome = hosted_lab.run("test.hosted", {"number": 1, "trouble": "nan"})
    assert outcome.status == Status.FAILED
    assert "got nan" in outcome.reason
    assert rows(hosted_lab.ledger, "quantity") == []


@pytest.mark.slow
def test_a_replica_whose_run_hangs_is_replaced(ask: Ask) -> None:
    pid = ask({"number": 0})[0].pid
    with pytest.raises(TimedOutError, match=r"no answer within 0\.5 s"):
        ask({"number": 1, "seconds": 300}, timeout_s=0.5)
    assert ask({"number": 2})[0].value.value == 2  # already answers again, on another thread
    _wait(lambda: ask({"number": 3})[0].pid != pid)


@pytest.mark.slow
def test_a_replica_that_leaks_is_replaced_and_no_call_fails(ask: Ask) -> None:
    pid = ask({"number": 0}, backend=LEAKY)[0].pid
    assert ask({"number": 1, "trouble": "leak"}, backend=LEAKY)[0].pid == pid
    _wait(lambda: ask({"number": 2}, backend=LEAKY)[0].pid != pid)


def _wait(is_so: Callable[[], bool], patience_s: float = 60) -> None:
    until = time.monotonic() + patience_s
    while not is_so():
        assert time.monotonic() < until
        time.sleep(0.2)


def test_endpoints_are_asked_by_the_caller_itself(ray_settings: Settings) -> None:
    class Elsewhere(type(ONE)):  # type: ignore[misc]  # the class of the backend above
        kind = "endpoint"

    answers = RayHost(ray_settings, CONFIG).call(
        Elsewhere("far"), [HostedRequest(number=1)], timeout_s=5
    )
    assert [one.pid for one in answers if isinstance(one, HostedResponse)] == [os.getpid()]


def test_without_a_ray_the_message_says_how_to_start_one(tmp_path: Path) -> None:
    host = RayHost(Settings(home=tmp_path, host="ray"), HostingConfig())
    with pytest.raises(ServiceError, match="not running; start it with `heuresis serve up`"):
        host.call(ONE, [HostedRequest(number=1)], 5)


def test_a_tool_that_ray_does_not_know_is_named_with_the_fix(
    ray_settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    stranger = replace(HOSTED, backends=(type(ONE)("stranger"),))
    monkeypatch.setattr("hosted_tools.HOSTED", stranger)
    registry.load.cache_clear()
    try:
        with pytest.raises(ServiceError, match=r"'test\.hosted\.stranger': not on this Ray .*up"):
            RayHost(ray_settings, CONFIG).call(
                registry.load("test.hosted").backends[0], [HostedRequest(number=1)], 5
            )
    finally:
        registry.load.cache_clear()


# --- whether it is there ---


def test_a_ray_with_models_can_be_asked(host: RayHost) -> None:
    assert host.fault() == ""


@pytest.mark.parametrize(
    ("address", "fault"), [("", "Ray is not running"), ("127.0.0.1:9", "Ray does not answer")]
)
def test_a_ray_that_is_away_is_told_without_its_place(
    tmp_path: Path, address: str, fault: str
) -> None:
    away = Settings(home=tmp_path, host="ray", ray_address=address)
    assert RayHost(away, CONFIG).fault() == fault
