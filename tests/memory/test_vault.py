"""The vault: bytes by digest, whole or not at all, on a disk and in an object store."""

import os
import resource
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import fsspec
import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from heuresis.contract import digest_of
from heuresis.errors import RequestError, ServiceError
from heuresis.memory.vault import Vault

same_store = hypothesis_settings(suppress_health_check=[HealthCheck.function_scoped_fixture])


@pytest.fixture(params=["disk", "memory"])
def vault(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Vault]:
    if request.param == "disk":
        yield Vault(str(tmp_path / "vault"))
        return
    yield Vault(f"memory://{tmp_path.name}")
    fsspec.filesystem("memory").store.clear()


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
    on_disk: Vault, damage: bytes
) -> None:
    digest = on_disk.put(b"abc")
    (file,) = files_of(on_disk)
    file.write_bytes(damage)
    with pytest.raises(ServiceError, match="damaged, its bytes have 'sha256:"):
        on_disk.get(digest)
    on_disk.put(b"abc")
    assert on_disk.get(digest) == b"abc"


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
