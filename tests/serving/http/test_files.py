"""Files in and out: read in on entry, given back by digest and range, to whom they belong."""

import io
import struct
import zlib
from pathlib import Path

import pytest
from fixtures_api import Api, MakeApi
from fixtures_s3 import ObjectStore, object_store
from PIL import Image
from sqlalchemy import text

from heuresis.serving.remote.parts import Limits

IN_STORES = (object_store,)  # a fixture, for a test below
OCTETS = {"Content-Type": "application/octet-stream"}


def _png(value: int = 90) -> bytes:
    made = io.BytesIO()
    Image.effect_noise((64, 64), value).save(made, "PNG")
    return made.getvalue()


def _artifact(api: Api, key: str | None = None) -> str:
    """Make a file of four bytes by a run and return its path."""
    told = api.client(key).post("/v1/tools/test.echo", json={"number": 1234}).json()
    return f"/v1/artifacts/{told['response']['file']['digest']}"


def test_a_file_of_a_run_is_read_by_its_digest(api: Api) -> None:
    answer = api.client().get(_artifact(api))
    assert answer.content == b"1234"
    assert answer.headers["content-type"].startswith("text/plain")
    assert answer.headers["content-disposition"] == 'attachment; filename="number.txt"'
    assert "sandbox" in answer.headers["content-security-policy"]
    assert answer.headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize(
    ("asked", "status", "body", "told"),
    [
        ("bytes=0-1", 206, b"12", "bytes 0-1/4"),
        ("bytes=2-", 206, b"34", "bytes 2-3/4"),
        ("bytes=-1", 206, b"4", "bytes 3-3/4"),
        ("bytes=0-99", 206, b"1234", "bytes 0-3/4"),
        ("bytes=-99", 206, b"1234", "bytes 0-3/4"),
        ("bytes=4-5", 416, b"", "bytes */4"),
        ("bytes=3-2", 416, b"", "bytes */4"),
        ("bytes=-0", 416, b"", "bytes */4"),
        ("bytes=0-0,2-3", 200, b"1234", None),
        ("lines=0-1", 200, b"1234", None),
        ("bytes=-", 200, b"1234", None),
    ],
)
def test_a_range_of_a_file_is_read(
    api: Api, asked: str, status: int, body: bytes, told: str | None
) -> None:
    answer = api.client().get(_artifact(api), headers={"Range": asked})
    assert (answer.status_code, answer.content) == (status, body)
    assert answer.headers.get("content-range") == told


@pytest.fixture
def in_bucket(object_store: ObjectStore, monkeypatch: pytest.MonkeyPatch) -> ObjectStore:
    """The settings put the vault into an object store."""
    monkeypatch.setenv("HEURESIS_VAULT_URL", f"s3://{object_store.new_bucket()}/vault")
    monkeypatch.setenv("HEURESIS_VAULT_ENDPOINT_URL", object_store.endpoint_url)
    return object_store


def test_a_file_of_a_run_is_read_from_an_object_store(in_bucket: ObjectStore, api: Api) -> None:
    place = _artifact(api)
    assert api.client().get(place).content == b"1234"
    part = api.client().get(place, headers={"Range": "bytes=1-2"})
    assert (part.status_code, part.content, part.headers["content-length"]) == (206, b"23", "2")
    assert api.live().get("/readyz").json()["parts"]["vault"] == "ok"


def test_a_large_file_comes_in_pieces_with_its_length(api: Api) -> None:
    place = _artifact(api)
    digest, data = place.rpartition("/")[2], bytes(range(256)) * 4_000
    large = api.lab.vault.put(data)
    with api.lab.ledger.write() as connection:
        connection.execute(
            text("UPDATE artifact SET digest = :large WHERE digest = :digest"),
            {"large": large, "digest": digest},
        )
    answer = api.client().get(place.replace(digest, large))
    assert (answer.content == data, answer.headers["content-length"]) == (True, str(len(data)))
    part = api.client().get(place.replace(digest, large), headers={"Range": "bytes=7-700006"})
    assert part.content == data[7:700_007]


def test_a_damaged_file_is_not_given_out(api: Api, home: Path) -> None:
    place = _artifact(api)
    digest = place.rpartition(":")[2]
    (home / "vault" / digest[:2] / digest[2:]).write_bytes(b"9234")
    answer = api.client().get(place)
    assert (answer.status_code, b"9234" in answer.content) == (503, False)


def test_who_has_a_file_need_not_read_it_again(api: Api) -> None:
    place = _artifact(api)
    tag = api.client().get(place).headers["etag"]
    assert api.client().get(place, headers={"If-None-Match": tag}).status_code == 304


def test_a_file_of_another_keys_run_is_not_there_until_the_same_is_asked(api: Api) -> None:
    place = _artifact(api, api.key())
    other = api.key()
    assert api.client(other).get(place).status_code == 404
    assert _artifact(api, other) == place
    assert api.client(other).get(place).status_code == 200


@pytest.mark.parametrize(
    "name",
    [
        "sha256:../../../../etc/passwd",
        "..%2f..%2fledger.sqlite3",
        "sha256:" + "0" * 63 + "/",
        "sha256:" + "A" * 64,
        "sha256:%00" + "0" * 63,
        "md5:" + "0" * 64,
        "sha256:" + "0" * 64,
        "sha256:" + "0" * 64 + b"\n".hex(),
    ],
)
def test_a_digest_is_no_path(api: Api, name: str) -> None:
    answer = api.client().get(f"/v1/artifacts/{name}")
    assert answer.status_code in (404, 422)
    assert b"root:" not in answer.content


def test_a_picture_is_read_in_and_its_runs_are_the_callers(api: Api) -> None:
    own, other = api.client(api.key()), api.client(api.key())
    answer = own.post("/v1/files?name=x.png", content=_png(), headers=OCTETS)
    assert answer.status_code == 201, answer.text
    told = answer.json()
    place = f"/v1/artifacts/{told['outcome']['response']['images'][0]['digest']}"
    assert own.get(place).headers["content-type"] == "image/png"
    assert other.get(place).status_code == 404
    original = own.get(f"/v1/artifacts/{told['file']}")
    assert (original.status_code, original.json()["title"]) == (403, "scope missing")


def test_another_keys_picture_cannot_be_named_in_a_request(api: Api) -> None:
    own, other = api.client(api.key()), api.client(api.key())
    digest = own.post("/v1/files", content=_png(70), headers=OCTETS).json()["file"]
    body = {"original": digest}
    assert own.post("/v1/tools/image.read", json=body).status_code == 200
    assert other.post("/v1/tools/image.read", json=body).status_code == 404


def test_the_same_picture_may_be_brought_by_two(api: Api) -> None:
    data = _png(60)
    for client in (api.client(api.key()), api.client(api.key())):
        told = client.post("/v1/files", content=data, headers=OCTETS).json()
        read = client.post("/v1/tools/image.read", json={"original": told["file"]})
        assert read.status_code == 200


def test_a_file_has_a_size(make_api: MakeApi) -> None:
    api = make_api(Limits(file_bytes=1000))
    answer = api.client().post("/v1/files", content=b"x" * 2000, headers=OCTETS)
    assert answer.status_code == 413


@pytest.mark.parametrize("data", [b"", b"hello", b"<svg onload='x'/>", b"MZ\x90", b"PK\x03\x04"])
def test_what_is_no_picture_is_refused_and_not_kept(api: Api, data: bytes) -> None:
    answer = api.client().post("/v1/files?name=a.png", content=data, headers=OCTETS)
    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"


def test_a_picture_that_unpacks_to_gigabytes_is_refused(api: Api) -> None:
    def chunk(kind: bytes, data: bytes) -> bytes:
        body = kind + data
        return struct.pack(">I", len(data)) + body + struct.pack(">I", zlib.crc32(body))

    head = struct.pack(">IIBBBBB", 60_000, 60_000, 8, 2, 0, 0, 0)
    packed = zlib.compressobj(9)
    pixels = packed.compress(bytes(50_000_000)) + packed.flush()
    bomb = (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", pixels) + chunk(b"IEND", b"")
    )
    answer = api.client().post("/v1/files?name=a.png", content=bomb, headers=OCTETS)
    assert answer.status_code == 422, answer.text
