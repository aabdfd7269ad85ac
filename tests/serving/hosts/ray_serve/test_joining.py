"""Batches of several callers in one run: answers go home, and errors stay at home."""

from collections.abc import Sequence

from heuresis.contract import Request, Response
from heuresis.errors import HeuresisError, RequestError, ServiceError
from heuresis.serving.host import TimedOutError
from heuresis.serving.hosts.ray_serve.joining import answer_joined


class Ask(Request):
    number: int


class Told(Response):
    number: int


class Backend:
    """Answers, but for numbers that mean trouble; notes what it was asked together."""

    def __init__(self) -> None:
        self.runs: list[tuple[list[int], float]] = []

    def __call__(self, requests: Sequence[Request], timeout_s: float) -> list[Response]:
        numbers = [one.number for one in requests if isinstance(one, Ask)]
        self.runs.append((numbers, timeout_s))
        if 66 in numbers:
            raise RequestError("number: got 66, allowed: others")
        if 77 in numbers:
            raise TimedOutError("too late")
        if 88 in numbers:
            raise ServiceError("out for lunch", transient=True)
        return [Told(number=number) for number in numbers]


def _asked(*lists: list[int]) -> list[tuple[list[Request], float]]:
    return [([Ask(number=n) for n in numbers], 10.0) for numbers in lists]


def _numbers(answers: Sequence[list[Response] | HeuresisError]) -> list[object]:
    return [
        type(one)
        if isinstance(one, HeuresisError)
        else [told.model_dump()["number"] for told in one]
        for one in answers
    ]


def test_lists_of_callers_are_one_run_and_are_split_again_in_order() -> None:
    backend = Backend()
    assert _numbers(answer_joined(backend, _asked([1, 2], [], [3]))) == [[1, 2], [], [3]]
    assert backend.runs == [([1, 2, 3], 30.0)]


def test_one_callers_bad_request_is_that_callers_error() -> None:
    backend = Backend()
    found = _numbers(answer_joined(backend, _asked([1], [66, 2], [3])))
    assert found == [[1], RequestError, [3]]
    assert [numbers for numbers, _ in backend.runs] == [[1, 66, 2, 3], [1], [66, 2], [3]]


def test_one_callers_request_that_hangs_does_not_make_the_others_late() -> None:
    assert _numbers(answer_joined(Backend(), _asked([77], [3]))) == [TimedOutError, [3]]


def test_a_service_that_is_down_is_asked_once_for_all() -> None:
    backend = Backend()
    assert _numbers(answer_joined(backend, _asked([1], [88]))) == [ServiceError, ServiceError]
    assert len(backend.runs) == 1


def test_a_single_caller_is_never_asked_twice() -> None:
    backend = Backend()
    assert _numbers(answer_joined(backend, _asked([66]))) == [RequestError]
    assert len(backend.runs) == 1
