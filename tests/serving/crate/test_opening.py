"""A crate from a stranger: nothing leads out of it, nothing fills the disk, nothing was altered."""

import json
import stat
import warnings
import zipfile
from pathlib import Path

import pytest
from fixtures_crate import Files, files_of, write_zip

from heuresis.errors import RequestError
from heuresis.serving.crate import opening
from heuresis.serving.crate.opening import METADATA_FILE, open_crate


def refuse(path: Path, match: str) -> None:
    with pytest.raises(RequestError, match=match), open_crate(path):
        pass


def test_a_good_crate_opens_as_a_zip_and_as_a_folder(made: Path, tmp_path: Path) -> None:
    with zipfile.ZipFile(made) as archive:
        archive.extractall(tmp_path / "folder")
    with open_crate(made) as crate, open_crate(tmp_path / "folder") as folder:
        assert crate.files() == folder.files()
        assert crate.read("campaign.yaml") == folder.read("campaign.yaml")
        assert crate.digest == folder.digest
        assert len(crate.files("artifacts/")) == 2


def test_altered_bytes_are_refused_and_named(altered, made: Path, tmp_path: Path) -> None:
    (artifact,) = (name for name in files_of(made) if name.endswith(".svg"))

    def tamper(files: Files) -> None:
        files[artifact] += b"<!-- -->"

    refuse(altered(tamper, seal=False), rf"'{artifact}' was altered")
    with zipfile.ZipFile(made) as archive:
        archive.extractall(tmp_path / "folder")
    (tmp_path / "folder" / artifact).write_bytes(b"other")
    refuse(tmp_path / "folder", "was altered")


def test_a_missing_file_is_named(altered) -> None:
    refuse(altered(lambda files: files.pop("campaign.yaml"), seal=False), "'campaign.yaml'")


@pytest.mark.parametrize(
    "name", ["../evil", "/etc/evil", "a/../../evil", "..\\evil", "C:evil", "runs/../../evil"]
)
def test_a_name_that_leads_outside_is_refused(altered, name: str) -> None:
    refuse(altered(lambda files: files.update({name: b"x"}), seal=False), "names inside the crate")


def test_a_digest_of_a_file_outside_is_refused(made: Path, tmp_path: Path) -> None:
    files = files_of(made)
    document = json.loads(files[METADATA_FILE])
    document["@graph"].append({"@id": "../secret", "@type": "File", "sha256": "0" * 64})
    files[METADATA_FILE] = json.dumps(document).encode()
    (tmp_path / "secret").write_text("secret")
    for name, data in files.items():
        (tmp_path / "crate" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "crate" / name).write_bytes(data)
    refuse(tmp_path / "crate", "names inside the crate")
    (tmp_path / "crate" / "campaign.yaml").unlink()
    (tmp_path / "crate" / "campaign.yaml").symlink_to(tmp_path / "secret")
    files[METADATA_FILE] = json.dumps({"@graph": document["@graph"][:-1]}).encode()
    (tmp_path / "crate" / METADATA_FILE).write_bytes(files[METADATA_FILE])
    refuse(tmp_path / "crate", "leads outside")


def test_a_link_in_a_zip_is_refused(made: Path, tmp_path: Path) -> None:
    path = write_zip(files_of(made), tmp_path / "link.zip")
    link = zipfile.ZipInfo("link")
    link.external_attr = (stat.S_IFLNK | 0o777) << 16
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr(link, "/etc/passwd")
    refuse(path, "is a link")


def test_a_file_given_twice_is_refused(made: Path, tmp_path: Path) -> None:
    path = write_zip(files_of(made), tmp_path / "twice.zip")
    with warnings.catch_warnings(), zipfile.ZipFile(path, "a") as archive:
        warnings.simplefilter("ignore")
        archive.writestr("campaign.yaml", "other")
    refuse(path, "'campaign.yaml' twice")


def test_a_bomb_is_refused_before_it_is_unpacked(altered, monkeypatch) -> None:
    bomb = altered(lambda files: files.update(bomb=b"\0" * 20_000_000), seal=False)
    refuse(bomb, "'bomb' unpacks to 20000000 bytes")
    monkeypatch.setattr(opening, "MAX_FILES", 3)
    refuse(bomb, "allowed: up to 3")


def test_limits_hold_for_one_file_and_for_all(made: Path, monkeypatch) -> None:
    monkeypatch.setattr(opening, "MAX_FILE_BYTES", 100)
    refuse(made, "allowed: up to 100")
    monkeypatch.setattr(opening, "MAX_ALL_BYTES", 1000)
    refuse(made, "more than 1000 bytes")


@pytest.mark.parametrize(
    ("text", "match"),
    [(b"no json", "no valid JSON"), (b"[]", "got a list"), (b'{"@graph": 3}', "no @graph"),
     (b'{"a": ' + b"[" * 200_000, "no valid JSON")],
)  # fmt: skip
def test_metadata_that_cannot_be_read_is_refused(altered, text: bytes, match: str) -> None:
    refuse(altered(lambda files: files.update({METADATA_FILE: text}), seal=False), match)


def test_what_is_no_zip_is_refused(tmp_path: Path) -> None:
    refuse(tmp_path / "none.zip", "no such file")
    (tmp_path / "text.zip").write_text("hello")
    refuse(tmp_path / "text.zip", "no readable zip")
    (tmp_path / "folder").mkdir()
    refuse(tmp_path / "folder", "no file 'ro-crate-metadata.json'")


def test_damaged_packing_is_refused(made: Path, tmp_path: Path) -> None:
    data = bytearray(made.read_bytes())
    middle = len(data) // 3
    data[middle : middle + 200] = bytes(200)
    (tmp_path / "damaged.zip").write_bytes(data)
    refuse(tmp_path / "damaged.zip", "crate")
