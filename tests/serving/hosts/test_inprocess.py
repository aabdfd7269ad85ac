"""The default host answers in order, one call at a time, and lets go of what hangs."""

import gc
import subprocess
import sys
import threading
import time
from collections.abc import Sequence

import pytest

from heuresis.contract import Request, Response
from heuresis.errors import RequestError, ServiceError
from heuresis.serving.host import TimedOutError
from heuresis.serving.hosts.inprocess import InProcessHost


class Wait(Request):
    seconds: float = 0.0


class Waited(Response):
    seconds: float


class Sleeper:
    """Sleeps, and notices when it is called by two at once."""

    name, kind, batch_size = "sleeper", "embedded", 1

    def __init__(self) -> None:
        self.n_inside = 0
        self.most_inside = 0

    def missing(self) -> str | None:
        return None

    def digest(self) -> str:
        return "program:sleeper==1"

    def run(self, requests: Sequence[Wait]) -> list[Waited]:
        self.n_inside += 1
        self.most_inside = max(self.most_inside, self.n_inside)
        for request in requests:
            if request.seconds < 0:
                raise RequestError("seconds: got a negative, allowed: others")
            time.sleep(request.seconds)
        self.n_inside -= 1
        return [Waited(seconds=request.seconds) for request in requests]


def test_answers_come_in_the_order_of_the_requests() -> None:
    asked = [Wait(seconds=s) for s in (0.02, 0.0, 0.01)]
    answers = InProcessHost().call(Sleeper(), asked, 5)
    assert [one.seconds for one in answers if isinstance(one, Waited)] == [0.02, 0.0, 0.01]


def test_a_backend_is_asked_by_one_caller_at_a_time() -> None:
    host, backend = InProcessHost(), Sleeper()
    callers = [
        threading.Thread(target=host.call, args=(backend, [Wait(seconds=0.02)], 5))
        for _ in range(6)
    ]
    for caller in callers:
        caller.start()
    for caller in callers:
        caller.join()
    assert backend.most_inside == 1


def test_what_a_backend_raises_reaches_the_caller() -> None:
    with pytest.raises(RequestError, match="got a negative"):
        InProcessHost().call(Sleeper(), [Wait(seconds=-1)], 5)


def test_a_late_call_is_given_up_and_the_next_one_is_answered() -> None:
    host, backend = InProcessHost(), Sleeper()
    with pytest.raises(TimedOutError, match=r"no answer within 0\.05 s"):
        host.call(backend, [Wait(seconds=2)], 0.05)
    started = time.monotonic()
    assert host.call(backend, [Wait()], 5) == [Waited(seconds=0.0)]
    assert time.monotonic() - started < 1.5  # it did not wait for the one that hangs


def test_waiting_for_a_busy_backend_does_not_count_as_late() -> None:
    host, backend = InProcessHost(), Sleeper()
    first = threading.Thread(target=host.call, args=(backend, [Wait(seconds=0.3)], 5))
    first.start()
    time.sleep(0.05)
    assert host.call(backend, [Wait(seconds=0.05)], 0.2)
    first.join()


def test_a_short_answer_is_a_failure() -> None:
    class Short(Sleeper):
        def run(self, requests: Sequence[Wait]) -> list[Waited]:
            return []

    with pytest.raises(ServiceError, match="got 0 responses, allowed: 1"):
        InProcessHost().call(Short(), [Wait()], 5)


def test_a_backend_that_hangs_does_not_keep_the_process_alive() -> None:
    code = (
        "import contextlib, time\n"
        "from heuresis.serving.host import TimedOutError\n"
        "from heuresis.serving.hosts.inprocess import InProcessHost\n"
        "class Hang:\n"
        "    name, kind, batch_size = 'hang', 'embedded', 1\n"
        "    def run(self, requests): time.sleep(600)\n"
        "with contextlib.suppress(TimedOutError):\n"
        "    InProcessHost().call(Hang(), [1], 0.1)\n"
    )
    assert subprocess.run([sys.executable, "-c", code], timeout=60, check=False).returncode == 0


def test_a_host_that_is_let_go_leaves_no_thread() -> None:
    before = set(threading.enumerate())
    hosts = [InProcessHost() for _ in range(5)]
    for host in hosts:
        host.call(Sleeper(), [Wait()], 5)
    ours = set(threading.enumerate()) - before
    assert len(ours) == 5
    del host, hosts
    gc.collect()
    assert all(_has_ended(one) for one in ours)


def test_a_call_given_up_for_lateness_leaves_no_thread_once_it_ends() -> None:
    before, host = set(threading.enumerate()), InProcessHost()
    with pytest.raises(TimedOutError):
        host.call(Sleeper(), [Wait(seconds=0.5)], 0.01)
    (late,) = set(threading.enumerate()) - before
    assert _has_ended(late)


def _has_ended(thread: threading.Thread) -> bool:
    thread.join(10)
    return not thread.is_alive()
