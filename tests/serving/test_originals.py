"""Files as they came: marked, nameless, left out of crates, in no row and no output."""

import zipfile
from pathlib import Path

import numpy as np
import pictures
import pytest
from dicoms import dicom, secrets
from fixtures_crate import finished_campaign
from fixtures_lab import rows

from heuresis.contract import digest_of
from heuresis.errors import RequestError
from heuresis.memory import campaigns
from heuresis.memory.ledger import Ledger
from heuresis.memory.originals import known_suffix, originals_among
from heuresis.serving.context import Context
from heuresis.serving.crate.export import Terms, export_campaign
from heuresis.serving.ingest import enter, keep
from heuresis.serving.lab import Lab
from heuresis.serving.replay import replay
from heuresis.tools.image.pixels import encode

NAME = "Janine_DOE^JANINE^MAUDE.dcm"
STACK = np.stack([pictures.ct_slice(96).astype(np.int16) * 4] * 2)


@pytest.fixture
def scan(tmp_path: Path) -> Path:
    place = tmp_path / NAME
    place.write_bytes(dicom(STACK, RescaleSlope=1, RescaleIntercept=-1024))
    return place


def test_an_original_is_marked_by_digest_and_without_its_name(lab: Lab, scan: Path) -> None:
    for _ in range(2):
        ref = keep(lab, scan, Context(origin="test:one"))
    (row,) = rows(lab.ledger, "original")
    assert row["digest"] == ref == digest_of(scan.read_bytes())
    assert (row["suffix"], row["media_type"]) == (".dcm", "application/dicom")
    assert row["n_bytes"] == scan.stat().st_size
    assert "Janine" not in str(row)
    assert row["name_digest"] != digest_of(NAME.encode())
    assert originals_among(lab.ledger, [ref, digest_of(b"other")]) == {ref}


@pytest.mark.parametrize(
    ("name", "suffix"),
    [
        ("a.DCM", ".dcm"),
        ("a.nii.gz", ".nii.gz"),
        ("scan.of.Janine", ""),
        ("x", ""),
        ("a.tif", ".tif"),
    ],
)
def test_only_suffixes_of_known_formats_are_kept(name: str, suffix: str) -> None:
    assert known_suffix(name) == suffix


def every_byte(lab: Lab) -> bytes:
    """All rows of the ledger, and its files on the disk."""
    place = Path(str(lab.ledger.url).removeprefix("sqlite:///"))
    return b"".join(one.read_bytes() for one in place.parent.glob(f"{place.name}*"))


def test_no_name_is_in_the_ledger_or_in_what_was_made(lab: Lab, scan: Path) -> None:
    entered = enter(lab, scan, Context(origin="test:one"))
    assert entered.outcome.status in ("ok", "partial"), entered.outcome.reason
    broken = scan.with_name("Janine_cut.dcm")
    broken.write_bytes(scan.read_bytes()[:-5000])
    assert enter(lab, broken, Context(origin="test:two")).outcome.status == "failed"
    outputs = [lab.vault.get(row["digest"]) for row in rows(lab.ledger, "artifact")]
    assert len(outputs) == 5  # picture, native, two clips, overlay
    ledger = every_byte(lab)
    assert b"PatientName" in ledger  # its removal is on record
    for data in (*outputs, ledger):
        for secret in (*secrets(), b"Janine_", NAME.encode()):
            assert secret not in data


def test_what_is_no_picture_is_not_stored(lab: Lab, tmp_path: Path) -> None:
    place = tmp_path / "letter.txt"
    place.write_text("Dear doctor")
    for wrong, says in ((place, "got text"), (tmp_path / "gone.png", "cannot be read"),
                        (Path("/dev/zero"), "no regular file")):  # fmt: skip
        with pytest.raises(RequestError, match=says):
            keep(lab, wrong, Context())
    assert rows(lab.ledger, "original") == []
    assert not lab.vault.has(digest_of(b"Dear doctor"))


def test_a_folder_enters_as_one_original(lab: Lab, tmp_path: Path) -> None:
    folder = tmp_path / "Janine"
    folder.mkdir()
    for n in (2, 10, 1):
        (folder / f"Janine{n}.png").write_bytes(encode(pictures.flat(10 * n, 32, 32)))
    entered = enter(lab, folder, Context())
    assert entered.outcome.response is not None
    assert entered.outcome.response.model_dump()["n_frames"] == 3
    assert b"Janine" not in lab.vault.get(entered.original)
    (tmp_path / "empty").mkdir()
    with pytest.raises(RequestError, match="a folder of 0 files, allowed: 1 to"):
        keep(lab, tmp_path / "empty", Context())


def campaign_with(lab: Lab, scan: Path) -> str:
    """A finished campaign that read a scan."""
    campaign_id = finished_campaign(lab)
    context = Context(origin=f"campaign:{campaign_id}:1:read", campaign_id=campaign_id)
    assert enter(lab, scan, context).outcome.is_usable
    return campaign_id


def test_a_crate_leaves_originals_at_home_unless_a_person_allows_it(
    lab: Lab, scan: Path, tmp_path: Path
) -> None:
    campaign_id = campaign_with(lab, scan)
    assert campaigns.get(lab.ledger, campaign_id).status == "done"
    original = digest_of(scan.read_bytes()).removeprefix("sha256:")
    export_campaign(lab, campaign_id, tmp_path / "without.zip")
    export_campaign(lab, campaign_id, tmp_path / "with.zip", None, Terms(with_originals=True))
    with zipfile.ZipFile(tmp_path / "without.zip") as crate:
        assert not [name for name in crate.namelist() if original in name]
        out = b"".join(crate.read(name) for name in crate.namelist())
        assert not any(secret in out for secret in secrets())
    with zipfile.ZipFile(tmp_path / "with.zip") as crate:
        assert f"artifacts/{original}" in crate.namelist()


def test_a_replay_says_that_the_original_stayed_at_home(
    lab: Lab, scan: Path, tmp_path: Path
) -> None:
    campaign_id = campaign_with(lab, scan)
    export_campaign(lab, campaign_id, tmp_path / "without.zip")
    left_out = {one.tool: one.reason for one in replay(tmp_path / "without.zip").left_out}
    assert "stayed at home" in left_out["image.read"]
    export_campaign(lab, campaign_id, tmp_path / "with.zip", None, Terms(with_originals=True))
    report = replay(tmp_path / "with.zip")
    assert "image.read" not in {one.tool for one in report.left_out}
    assert not [one for one in report.differences if one.tool == "image.read"]


def test_an_original_that_nobody_marked_stays_at_home_too(
    lab: Lab, scan: Path, tmp_path: Path
) -> None:
    campaign_id = finished_campaign(lab)
    digest = lab.vault.put(scan.read_bytes())
    context = Context(origin="test:read", campaign_id=campaign_id)
    assert lab.run("image.read", {"original": digest}, context).is_usable
    assert originals_among(lab.ledger, [digest]) == frozenset()
    export_campaign(lab, campaign_id, tmp_path / "c.zip")
    with zipfile.ZipFile(tmp_path / "c.zip") as crate:
        assert not [name for name in crate.namelist() if digest[7:] in name]


def test_the_ledger_has_a_place_for_originals(ledger: Ledger) -> None:
    assert originals_among(ledger, []) == frozenset()
