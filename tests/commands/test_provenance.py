"""Provenance from the command line: a number traced, a campaign exported and run again."""

import hashlib
import json
import zipfile
from pathlib import Path

import pytest

from heuresis.serving.open_lab import open_lab
from heuresis.settings import Settings


@pytest.fixture
def campaign_id(home: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    from fixtures_crate import finished_campaign  # on the path by `home`

    monkeypatch.setattr("fixtures_crate.ASKED", (("test.echo", [{"number": 3}, {"number": -3}]),))
    lab = open_lab(Settings(home=home))
    made = finished_campaign(lab)
    lab.ledger.close()
    return made


def test_a_number_is_traced_to_its_run(run) -> None:
    run_id = run("tool", "run", "test.echo", "--number=-21", "--json").json()["run_id"]
    (found,) = run("memory", "trace", "-42", "--json").json()
    assert (found["run"]["id"], found["run"]["request"]) == (run_id, {"number": -21})
    shown = run("memory", "trace", "-42.0").out
    assert shown.startswith("double: -42")
    for part in (run_id, "program:echo==1", '{"number": -21}', "0.1.0+src."):
        assert part in shown
    assert run("memory", "trace", run_id[:20]).code == 0


def test_what_traces_to_nothing_is_the_callers_mistake(run) -> None:
    ended = run("memory", "trace", "12.5")
    assert ended.code == 2
    assert "got nothing by that number or id" in ended.err


def test_a_campaign_is_exported_and_replayed(run, campaign_id: str, tmp_path: Path) -> None:
    crate = tmp_path / "crate.zip"
    made = run("campaign", "export", campaign_id[:20], "--out", str(crate), "--json").json()
    assert (made["n_runs"], made["path"]) == (2, str(crate))
    with zipfile.ZipFile(crate) as archive:
        assert "report/report.html" in archive.namelist()
    ended = run("replay", str(crate))
    assert ended.code == 0
    assert ended.out.startswith("repeated: 1 of 1 runs the same (100.0%)")
    assert "it ended failed" in ended.out
    found = run("replay", str(crate), "--json").json()
    assert (found["repeated"], found["share"], found["differences"]) == (True, 1.0, [])


def test_an_export_says_how_to_go_on_and_never_overwrites(run, campaign_id, tmp_path) -> None:
    place = str(tmp_path / "crate.zip")
    ended = run("campaign", "export", campaign_id, "--out", place, "--licence", "CC0-1.0")
    assert ended.out.startswith("2 runs in ")
    assert f"heuresis replay {place}" in ended.err
    again = run("campaign", "export", campaign_id, "--out", place)
    assert again.code == 2
    assert "exists already" in again.err


def test_a_replay_that_differs_exits_1_and_shows_where(run, campaign_id, tmp_path) -> None:
    folder = tmp_path / "crate"
    run("campaign", "export", campaign_id, "--out", str(folder))
    (response,) = folder.rglob("response.json")
    response.write_text(response.read_text().replace("6.0", "7.0"))
    ended = run("replay", str(folder))
    assert ended.code == 2
    assert "was altered" in ended.err
    metadata = json.loads((folder / "ro-crate-metadata.json").read_text())
    name = response.relative_to(folder).as_posix()
    (entity,) = (one for one in metadata["@graph"] if one["@id"] == name)
    entity["sha256"] = hashlib.sha256(response.read_bytes()).hexdigest()
    (folder / "ro-crate-metadata.json").write_text(json.dumps(metadata))
    ended = run("replay", str(folder))
    assert ended.code == 1
    assert ended.out.startswith("not repeated: 0 of 1")
    assert "double.value" in ended.out


def test_a_crate_that_is_not_there_is_the_callers_mistake(run, tmp_path: Path) -> None:
    ended = run("replay", str(tmp_path / "none.zip"))
    assert ended.code == 2
    assert "no such file or folder" in ended.err
    assert run("replay", str(tmp_path), "--rtol", "2").code == 2
