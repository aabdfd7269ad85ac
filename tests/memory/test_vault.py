"""The vault: bytes by digest, whole or not at all, on a disk and in an object store."""

import itertools
import os
import resource
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from fixtures_s3 import CREDENTIALS, ObjectStore, object_store
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from heuresis.contract import digest_of
from heuresis.errors import RequestError, ServiceError
from heuresis.memory.vault import Vault

IN_STORES = (object_store,)  # a fixture, for the tests below
same_store = hypothesis_settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=25
)
Spoil = Callable[[str, bytes], None]


@pytest.fixture(params=["disk", "s3"])
def vault(request: pytest.FixtureRequest, tmp_path: Path) -> Vault:
    if request.param == "disk":
        return Vault(str(tmp_path / "vault"))
    store: ObjectStore = request.getfixturevalue("object_store")
    return Vault(f"s3://{store.new_bucket()}/some/place", store.endpoint_url)


@pytest.fixture
def spoil(vault: Vault, request: pytest.FixtureRequest) -> Spoil:
    """Put other bytes under a digest, behind the vault's back."""

    def in_folder(digest: str, data: bytes) -> None:
        place = Path(vault.url) / digest[7:9] / digest[9:]
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(data)

    def in_bucket(digest: str, data: bytes) -> None:
        store: ObjectStore = request.getfixturevalue("object_store")
        bucket, _, prefix = vault.url[5:].partition("/")
        key = f"{prefix}/{digest[7:9]}/{digest[9:]}"
        store.client.put_object(Bucket=bucket, Key=key, Body=data)

    return in_bucket if vault.url.startswith("s3:") else in_folder


@pytest.fixture
def on_disk(tmp_path: Path) -> Vault:
    return Vault(str(tmp_path / "vault"))


def files_of(vault: Vault) -> list[Path]:
    return [path for path in Path(vault.url).rglob("*") if path.is_file()]


@same_store
@given(data=st.binary(max_size=200))
def test_what_is_put_is_got(vault: Vault, data: bytes) -> None:
    digest = vault.put(data)
    assert digest == digest_of(data)
    assert vault.has(digest)
    assert vault.get(digest) == data


def test_the_same_bytes_are_stored_once(on_disk: Vault) -> None:
    assert on_disk.put(b"abc") == on_disk.put(b"abc")
    assert len(files_of(on_disk)) == 1


def test_bytes_that_are_not_there_are_named(vault: Vault) -> None:
    digest = digest_of(b"nobody put this")
    assert not vault.has(digest)
    with pytest.raises(RequestError, match=f"artifact '{digest}': not in the vault"):
        vault.get(digest)


@pytest.mark.parametrize("damage", [b"", b"abd", b"abcd"])
def test_damaged_bytes_are_not_given_out_and_can_be_put_again(
    vault: Vault, spoil: Spoil, damage: bytes
) -> None:
    digest = vault.put(b"abc")
    spoil(digest, damage)
    for ask in (vault.get, vault.open):
        with pytest.raises(ServiceError, match="damaged, its bytes .*have 'sha256:"):
            ask(digest)
    vault.put(b"abc")
    assert vault.get(digest) == b"abc"
    assert b"".join(vault.open(digest).part(0, 3)) == b"abc"


# --- parts ---

LONG = bytes(itertools.islice(itertools.cycle(range(251)), 700_000))  # more than two pieces


def test_parts_are_the_bytes_between_two_places(vault: Vault) -> None:
    kept = vault.open(vault.put(LONG))
    assert kept.n_bytes == len(LONG)
    for begin, end in ((0, len(LONG)), (0, 1), (250_000, 600_001), (699_999, 700_000), (5, 5)):
        assert b"".join(kept.part(begin, end)) == LONG[begin:end]


def test_parts_come_in_pieces_and_not_at_once(vault: Vault) -> None:
    sizes = [len(piece) for piece in vault.open(vault.put(LONG)).part(0, len(LONG))]
    assert len(sizes) > 1
    assert max(sizes) < len(LONG) / 2


def test_nothing_has_no_parts(vault: Vault) -> None:
    kept = vault.open(vault.put(b""))
    assert (kept.n_bytes, list(kept.part(0, 0))) == (0, [])


def test_bytes_that_changed_since_they_were_verified_are_not_given_out(
    vault: Vault, spoil: Spoil
) -> None:
    digest = vault.put(b"abc")
    kept = vault.open(digest)
    spoil(digest, b"xyz")
    with pytest.raises(ServiceError):
        b"".join(kept.part(0, 3))
    with pytest.raises(ServiceError, match="damaged"):
        vault.open(digest)


def test_parts_of_what_is_not_there_are_refused(vault: Vault) -> None:
    with pytest.raises(RequestError, match="not in the vault"):
        vault.open(digest_of(b"nobody put this"))


# --- writing ---


def test_many_writers_of_the_same_bytes_are_no_harm(vault: Vault) -> None:
    vault.has(digest_of(b""))  # the client is made
    begin, failed = threading.Barrier(4), []

    def write() -> None:
        begin.wait()
        try:
            vault.put(b"the same")
        except ServiceError as error:
            failed.append(error)

    threads = [threading.Thread(target=write) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failed == []
    assert vault.get(digest_of(b"the same")) == b"the same"


def test_a_vault_that_can_be_written_has_no_fault(vault: Vault) -> None:
    digest = vault.put(b"abc")
    assert vault.fault() == ""
    assert vault.get(digest) == b"abc"


@same_store
@given(
    digest=st.text(max_size=80)
    | st.from_regex(r"sha256:(\.\./)*[0-9a-f/.]{0,64}", fullmatch=True)
    | st.from_regex(r"sha256:[0-9A-F]{64}\n?", fullmatch=True).filter(lambda s: s.lower() != s)
)
def test_what_is_no_digest_reaches_no_file(vault: Vault, digest: str) -> None:
    if len(digest) == 71 and set(digest[7:]) <= set("0123456789abcdef"):
        return
    for ask in (vault.get, vault.has):
        with pytest.raises(RequestError, match="allowed: sha256:<64 hex>"):
            ask(digest)


FILL = """
import resource, sys
from heuresis.errors import ServiceError
from heuresis.memory.vault import Vault
vault = Vault(sys.argv[1])
vault.put(b"small")
resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096))
try:
    vault.put(b"x" * 10_000)
except ServiceError as error:
    print(error)
"""


def test_a_write_the_kernel_refuses_leaves_nothing_behind(on_disk: Vault) -> None:
    assert hasattr(resource, "RLIMIT_FSIZE")
    done = subprocess.run(
        [sys.executable, "-c", FILL, on_disk.url], capture_output=True, text=True, check=True
    )
    assert "cannot store sha256:" in done.stdout
    assert [file.read_bytes() for file in files_of(on_disk)] == [b"small"]


def test_a_full_disk_leaves_nothing_behind() -> None:
    if not Path("/dev/full").exists():
        pytest.skip("no /dev/full here")
    with Path("/dev/full").open("wb", buffering=0) as full:
        with pytest.raises(OSError, match="No space left"):  # what the next test rests on
            full.write(b"x")


def test_a_vault_in_an_unwritable_place_says_so(tmp_path: Path) -> None:
    (tmp_path / "wall").write_text("a file, not a folder")
    with pytest.raises(ServiceError, match="cannot store .*Not a directory"):
        Vault(str(tmp_path / "wall/vault")).put(b"abc")


def test_no_name_of_a_digest_is_left_half_written_by_a_kill(tmp_path: Path) -> None:
    code = (
        "import os, signal, sys; from pathlib import Path\n"
        "from heuresis.memory.vault import Vault\n"
        "rename = Path.replace\n"
        "Path.replace = lambda *a: os.kill(os.getpid(), signal.SIGKILL)\n"
        "Vault(sys.argv[1]).put(b'abc')"
    )
    vault = Vault(str(tmp_path / "vault"))
    done = subprocess.run([sys.executable, "-c", code, vault.url], check=False)
    assert done.returncode == -9
    assert not vault.has(digest_of(b"abc"))
    vault.put(b"abc")
    assert vault.get(digest_of(b"abc")) == b"abc"


def test_two_vaults_on_one_folder_agree(on_disk: Vault) -> None:
    assert Vault(f"file://{os.fspath(Path(on_disk.url))}").put(b"abc") == on_disk.put(b"abc")
    assert len(files_of(on_disk)) == 1


def test_a_url_of_another_kind_is_refused() -> None:
    with pytest.raises(RequestError, match="got 'ftp', allowed: a folder, file://FOLDER, s3://"):
        Vault("ftp://somewhere/else")


# --- in an object store ---


@pytest.fixture
def in_bucket(object_store: ObjectStore) -> Vault:
    return Vault(f"s3://{object_store.new_bucket()}", object_store.endpoint_url)


def bucket_of(vault: Vault) -> str:
    return vault.url.removeprefix("s3://")


def test_an_object_that_is_there_is_not_sent_again(
    in_bucket: Vault, object_store: ObjectStore
) -> None:
    def changed() -> object:
        (one,) = object_store.client.list_objects_v2(Bucket=bucket_of(in_bucket))["Contents"]
        return one["LastModified"]

    in_bucket.put(b"abc")
    first = changed()
    assert in_bucket.put(b"abc") == digest_of(b"abc")
    assert changed() == first


def test_an_object_without_the_servers_digest_is_read_and_verified(
    in_bucket: Vault, object_store: ObjectStore
) -> None:
    """As other programs write them, and servers that keep no digests."""
    digest = digest_of(b"abc")
    key = f"{digest[7:9]}/{digest[9:]}"
    object_store.client.put_object(Bucket=bucket_of(in_bucket), Key=key, Body=b"abc")
    assert b"".join(in_bucket.open(digest).part(1, 3)) == b"bc"
    assert in_bucket.put(b"abc") == digest


KILLED_HALFWAY = """
import http.client, os, signal, sys
from heuresis.memory.vault import Vault
send = http.client.HTTPConnection.send
def cut(self, data):
    if isinstance(data, bytes) and len(data) > 50_000:
        self.sock.sendall(data[: len(data) // 2])
        os.kill(os.getpid(), signal.SIGKILL)
    send(self, data)
http.client.HTTPConnection.send = cut
Vault(*sys.argv[1:]).put(b"x" * 100_000)
"""


def test_an_upload_killed_halfway_leaves_no_object(
    in_bucket: Vault, object_store: ObjectStore
) -> None:
    done = subprocess.run(
        [sys.executable, "-c", KILLED_HALFWAY, in_bucket.url, object_store.endpoint_url],
        check=False,
    )
    assert done.returncode == -9
    assert object_store.keys(bucket_of(in_bucket)) == []
    digest = in_bucket.put(b"x" * 100_000)
    assert in_bucket.get(digest) == b"x" * 100_000


def test_a_bucket_that_is_not_there_is_named_with_the_fix(object_store: ObjectStore) -> None:
    vault = Vault("s3://no-such-bucket", object_store.endpoint_url)
    with pytest.raises(ServiceError, match="NoSuchBucket .*create the bucket"):
        vault.put(b"abc")
    assert vault.fault() == "cannot be written"


def test_a_server_that_is_away_is_named_and_may_come_back(object_store: ObjectStore) -> None:
    vault = Vault("s3://bucket/here", "http://127.0.0.1:9")
    with pytest.raises(ServiceError, match="127.0.0.1:9") as caught:
        vault.put(b"abc")
    assert caught.value.transient
    assert not any(secret in str(caught.value) for secret in CREDENTIALS.values())


def test_credentials_are_those_of_the_environment_and_are_asked_for(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name in CREDENTIALS:
        monkeypatch.delenv(name, raising=False)
    with pytest.raises(
        ServiceError, match="no AWS_ACCESS_KEY_ID and no AWS_SECRET_ACCESS_KEY in the environment"
    ):
        Vault("s3://bucket").put(b"abc")


@pytest.mark.parametrize(
    ("url", "endpoint_url"),
    [
        ("s3://me:hush@bucket/x", ""),
        ("s3://bucket", "https://me:hush@minio:9000"),
    ],
)
def test_a_password_in_an_address_is_refused_and_not_repeated(url: str, endpoint_url: str) -> None:
    with pytest.raises(RequestError, match="got a name or password in it") as caught:
        Vault(url, endpoint_url)
    assert "hush" not in str(caught.value)


@pytest.mark.parametrize(
    ("url", "endpoint_url"), [("s3://", ""), ("s3://B", ""), ("s3://bucket", "minio:9000")]
)
def test_an_address_that_does_not_fit_is_refused(url: str, endpoint_url: str) -> None:
    with pytest.raises(RequestError, match="allowed: (s3://BUCKET|http://HOST)"):
        Vault(url, endpoint_url)
