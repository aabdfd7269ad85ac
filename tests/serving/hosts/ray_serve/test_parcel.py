"""What travels: errors stay what they are, files go along."""

import pytest

from heuresis.contract import ImageRef, Request, Response, digest_of
from heuresis.errors import OutOfDomainError, RequestError, ServiceError
from heuresis.serving.host import TimedOutError
from heuresis.serving.hosts.ray_serve.parcel import pack, unwrap, wrap


class Look(Request):
    image: ImageRef


class Seen(Response):
    n_bytes: int


class AwkwardError(ServiceError):
    def __init__(self, first: str, second: str) -> None:
        super().__init__(f"{first} {second}", transient=True)


class Named:
    name, kind, batch_size = "named", "embedded", 1

    def missing(self) -> str | None:
        return None

    def digest(self) -> str:
        return "program:named==1"

    def run(self, requests: object) -> list[Seen]:
        return []


@pytest.mark.parametrize("kind", [RequestError, OutOfDomainError, ServiceError, TimedOutError])
def test_an_error_comes_back_as_what_it_was(kind: type[Exception]) -> None:
    with pytest.raises(kind, match="got 1, allowed: 2") as caught:
        unwrap(wrap(kind("got 1, allowed: 2")))  # type: ignore[arg-type]  # all are HeuresisErrors
    assert type(caught.value) is kind


def test_whether_an_error_may_be_retried_survives() -> None:
    with pytest.raises(ServiceError) as caught:
        unwrap(wrap(ServiceError("busy", transient=True)))
    assert caught.value.transient


def test_an_error_that_cannot_travel_is_told_in_one_that_can() -> None:
    with pytest.raises(ServiceError, match="AwkwardError: one two"):
        unwrap(wrap(AwkwardError("one", "two")))


def test_a_request_takes_the_bytes_of_its_files_along() -> None:
    data = b"x" * 3_000_000
    asked = Look(image=ImageRef(digest_of(data)).opened(lambda _: data))
    parcel = pack(Named(), [asked], 5)
    (read,) = parcel.requests()
    assert isinstance(read, Look)
    assert read == asked
    assert read.image.read() == data


def test_what_cannot_be_read_is_a_service_error() -> None:
    with pytest.raises(ServiceError, match="caller and replica need the same packages"):
        unwrap(b"cnowhere\nNothing\n.")
