"""Lists of several callers joined into one run of a backend, and its answers split again."""

from collections.abc import Callable, Sequence

from heuresis.contract import Request, Response
from heuresis.errors import HeuresisError, ServiceError
from heuresis.serving.host import TimedOutError
from heuresis.serving.hosts.ray_serve.parcel import Answer

Run = Callable[[Sequence[Request], float], list[Response]]
Asked = tuple[list[Request], float]  # one caller's requests, and seconds they may take


def answer_joined(run: Run, asked: Sequence[Asked]) -> list[Answer]:
    """Give every caller answers or an error; no caller's request fails another's.

    Args:
        run: Runs the backend on requests, in seconds.
        asked: What each caller wants.
    """
    if len(asked) == 1:
        return [_alone(run, asked[0])]
    joined = [request for requests, _ in asked for request in requests]
    try:
        answers = run(joined, sum(timeout_s for _, timeout_s in asked))
    except HeuresisError as error:
        if _is_down(error):
            return [error] * len(asked)
        return [_alone(run, one) for one in asked]  # somebody's request spoils it: whose?
    return [*_split(answers, [len(requests) for requests, _ in asked])]


def _alone(run: Run, asked: Asked) -> Answer:
    try:
        return run(*asked)
    except HeuresisError as error:
        return error


def _is_down(error: HeuresisError) -> bool:
    """Whether the backend cannot answer anybody now; one that is late may answer the others."""
    is_late = isinstance(error, TimedOutError)
    return isinstance(error, ServiceError) and error.transient and not is_late


def _split(answers: list[Response], sizes: Sequence[int]) -> list[list[Response]]:
    parts, start = [], 0
    for n in sizes:
        parts.append(answers[start : start + n])
        start += n
    return parts
